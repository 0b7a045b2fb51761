// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace logos::net {

/// Takes HTTP/1.1's chunked framing off, in place and split anywhere. Strict: CRLF line ends, hexadecimal sizes of at
/// most 16 digits, bounded extensions and trailers (which are dropped). One per message.
class chunk_decoder {
public:
  struct step {
    std::size_t payload = 0; // bytes of content, now at the front of what was given
    std::size_t taken = 0;   // bytes of what was given that belong to this message
    bool ok = true;
  };
  /// Takes from `bytes` what belongs to the message and moves its content to the front.
  step decode(std::span<char> bytes);
  /// The end has been seen.
  bool finished() const { return state_ == state::finished; }

private:
  enum class state : std::uint8_t {
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_lf,
    last_lf,
    finished
  };
  bool take(char c);
  bool take_size_digit(char c);

  state state_ = state::size_first;
  std::uint64_t left_ = 0;     // of the current chunk
  std::uint32_t overhead_ = 0; // bytes of extension and trailer so far
};

} // namespace logos::net
