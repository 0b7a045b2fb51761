// SPDX-License-Identifier: MIT
#pragma once
#include "net/usage.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace logos::net {

/// Overwrites the provider's key in an answer that comes in pieces, where the answer tells of an error: everywhere when
/// its status says so, else from the event, line or body on in which a member `error` stands that is not null. Other
/// answers keep their bytes. What may be the beginning of the key is held back until more is there.
class answer_mask {
public:
  /// `secret` outlives it. `readable`: the body is not compressed; else nothing can be found in it.
  answer_mask(std::string_view secret, int status, content_kind kind, bool readable);

  /// What may go on; valid until the next call. After `last` nothing is held back.
  std::string_view feed(std::string_view piece, bool last);

private:
  enum class scope : std::uint8_t { nothing, after_error, all };

  bool tells_error(std::string_view piece, bool last);
  /// Where in `out_` begins what may not go on yet, as long as nothing has told of an error.
  std::size_t undecided() const;

  std::string_view secret_;
  scope scope_ = scope::nothing;
  content_kind kind_;
  std::array<char, 12> tail_{}; // the beginning of a word that tells of an error
  std::size_t tail_size_ = 0;
  std::string out_;
  std::string held_;
};

} // namespace logos::net
