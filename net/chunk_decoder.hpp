// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace logos::net {

/// Takes HTTP/1.1's chunked framing off, in place and split anywhere. Strict: CRLF line ends, hexadecimal sizes of at
/// most 16 digits, extensions only behind a semicolon. Extensions and trailers are dropped; of both together, and of
/// size lines that are longer than their chunks excuse, at most 16 KiB are taken. One per message.
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
    size_blank, // behind a size: only blanks and the semicolon of an extension may follow
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
  void pay_for_line();

  state state_ = state::size_first;
  std::uint64_t left_ = 0;     // of the current chunk
  std::uint32_t overhead_ = 0; // bytes of framing that no content has paid for
};

} // namespace logos::net
