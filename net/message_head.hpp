// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "net/header_view.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace logos::net {

/// Finds the blank line that ends a message head, in bytes that come piece by piece; looks at no byte twice.
class head_scanner {
public:
  enum class state : std::uint8_t { more, complete, bare_lf, folded };
  /// `bytes`: all bytes so far, beginning with those of the last call.
  state scan(std::string_view bytes);
  /// After `complete`: the head's length, with its blank line.
  std::size_t length() const { return line_; }
  void reset() { *this = {}; }

private:
  std::size_t line_ = 0; // start of the line whose end has not been seen
  std::size_t seen_ = 0;
};

/// A request's head, taken apart. Views point into the bytes that were parsed; `headers` keeps its memory from one
/// request to the next.
struct request_head {
  std::string_view method;
  std::string_view target; // as sent
  std::string_view origin; // the value of Origin
  unsigned version = 11;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  bool preflight = false; // carries Access-Control-Request-Method
  std::optional<std::uint64_t> content_length;
  std::vector<header_view> headers;
};
/// Parses a complete head. Anything that two HTTP servers might understand differently is an error.
core::failure parse_request_head(std::string_view bytes, std::size_t most_target_bytes, request_head& into);
/// What is certainly not an HTTP/1 request, as soon as its first bytes tell; `code == none` if it still may be one.
core::failure refuse_early(std::string_view first_bytes);

/// A provider's head, taken apart. Views point into the bytes that were parsed.
struct response_head {
  int status = 0;
  unsigned version = 11;
  std::string_view reason;
  std::string_view connection;
  std::string_view content_type;
  std::string_view content_encoding;
  std::uint32_t retry_after_s = 0;
  bool keep_alive = true;
  bool chunked = false;
  bool dated = false; // has a Date
  std::optional<std::uint64_t> content_length;
  std::vector<header_view> headers;
};
/// False when it is not an HTTP/1 head that can be trusted; `why` says what is wrong with it.
bool parse_response_head(std::string_view bytes, response_head& into, std::string& why);

} // namespace logos::net
