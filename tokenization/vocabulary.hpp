// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace logos::tokenization {

/// A token's number. That of an ordinary token is also its rank: of two pairs of neighbours, the one that makes the
/// token of the lower rank is merged first.
using token = std::uint32_t;
inline constexpr token no_token = std::numeric_limits<token>::max();

/// The ordinary tokens of an encoding: their bytes by number, and their numbers by bytes. Immutable, any thread.
class vocabulary {
public:
  /// `ranks`: a file as tools/make_ranks.py makes it; kept, not copied.
  explicit vocabulary(std::string_view ranks);

  /// The token that is exactly these bytes; `no_token` when there is none.
  token find(std::string_view bytes) const;
  /// `t` is below `size`.
  std::string_view bytes(token t) const;
  std::size_t size() const { return starts_.size(); }

private:
  static constexpr std::size_t pair(std::string_view two) {
    return std::size_t{static_cast<unsigned char>(two[0])} << 8 | static_cast<unsigned char>(two[1]);
  }
  void insert(token t);

  const char* ranks_;
  std::size_t longest_ = 0;
  std::vector<std::uint32_t> starts_; // where in `ranks_` a token's length stands
  std::array<token, 256> single_;     // tokens of one byte
  std::vector<token> pairs_;          // tokens of two bytes: most that is looked up in a long piece
  std::vector<std::uint64_t> slots_;  // open addressing: upper half of the hash, token + 1; 0: empty
  std::size_t mask_ = 0;              // slots_.size() - 1, a power of two less 1
};

/// The ranks of OpenAI's encodings; they are part of the program.
std::string_view o200k_ranks();
std::string_view cl100k_ranks();

} // namespace logos::tokenization
