// SPDX-License-Identifier: MIT
#include "net/rate_headers.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

bool sane(const logos::core::quota_word& q) {
  constexpr std::int64_t most = 1'000'000'000'000'000;
  return q.limit >= -1 && q.limit <= most && q.remaining >= -1 && q.remaining <= most && q.reset_us >= -1 &&
         q.reset_us <= 367LL * 24 * 3600 * 1'000'000;
}

} // namespace

/// Arbitrary lines as headers, name and value parted by the first colon: what is read is always within its bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  std::vector<logos::net::header_view> headers;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    headers.push_back({line.substr(0, colon), line.substr(colon + 1)});
  }
  const logos::core::wall_time now{std::chrono::microseconds{1'790'000'000'000'000}};
  const auto word = logos::net::read_rate_headers(headers, now);
  if (!sane(word.requests) || !sane(word.tokens) || word.pause_us < -1 || word.age_us != 0) std::abort();
  static_cast<void>(logos::net::forbids_retry(headers));
  return 0;
}
