// SPDX-License-Identifier: MIT
#include "net/chunk_decoder.hpp"
#include "net/message_head.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace logos;

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() || part == "/" || (part.data() >= whole.data() && part.end() <= whole.end());
}

/// Scans in pieces of `step` bytes and returns the head's length, 0 when there is none.
std::size_t head_length(std::string_view bytes, std::size_t step, net::head_scanner::state& state) {
  net::head_scanner scanner;
  for (std::size_t n = step;; n += step) {
    const bool all = n >= bytes.size();
    state = scanner.scan(bytes.substr(0, all ? bytes.size() : n));
    if (state == net::head_scanner::state::complete) return scanner.length();
    if (all || state != net::head_scanner::state::more) return 0;
  }
}

std::string decode(std::string bytes, std::size_t step, bool& ok) {
  net::chunk_decoder decoder;
  std::string content;
  ok = true;
  for (std::size_t at = 0; at < bytes.size() && ok && !decoder.finished();) {
    const auto n = std::min(step, bytes.size() - at);
    const auto result = decoder.decode({bytes.data() + at, n});
    if (result.taken > n || result.payload > result.taken) std::abort();
    content.append(bytes.data() + at, result.payload);
    at += result.taken;
    ok = result.ok;
  }
  return content;
}

} // namespace

/// Arbitrary bytes as a request and as an answer: nothing crashes, views stay inside, framing is never ambiguous, and
/// what is understood does not depend on how the bytes are split.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t step = 1 + data[0] % 16;
  const std::string bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::string_view all{bytes};
  net::head_scanner::state whole, split;
  const auto length = head_length(all, all.size() + 1, whole);
  if (head_length(all, step, split) != length || whole != split) std::abort();
  static_cast<void>(net::refuse_early(all));
  if (length != 0) {
    const auto head = all.substr(0, length);
    net::request_head request;
    if (net::parse_request_head(head, 8192, request).code == core::ec::none) {
      if (request.chunked && request.content_length) std::abort();
      if (!inside(request.method, head) || !inside(request.target, head) || request.target.empty()) std::abort();
      if (request.target.find_first_of(std::string_view{"\0\r\n ", 4}) != std::string_view::npos) std::abort();
      for (const auto& h : request.headers)
        if (h.name.empty() || !inside(h.name, head) || !inside(h.value, head) ||
            h.value.find_first_of(std::string_view{"\0\r\n", 3}) != std::string_view::npos)
          std::abort();
    }
    net::response_head response;
    std::string why;
    if (net::parse_response_head(head, response, why) && response.chunked && response.content_length) std::abort();
  }
  const auto body = bytes.substr(length);
  bool ok_whole = true, ok_split = true;
  const auto content = decode(body, body.size() + 1, ok_whole);
  if (decode(body, step, ok_split) != content || ok_whole != ok_split) std::abort();
  return 0;
}
