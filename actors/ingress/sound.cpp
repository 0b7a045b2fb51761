// SPDX-License-Identifier: MIT
#include "actors/ingress/sound.hpp"

#include "net/multipart_look.hpp"
#include "net/wave.hpp"

namespace logos::ingress {
namespace {

constexpr std::uint64_t usual_bytes_per_ms = 16; // 128 kbit/s

} // namespace

std::optional<std::int64_t> most_sound(const net::request_view& form) {
  const auto parts = net::read_multipart(form.find("content-type"), form.body);
  if (!parts) return std::nullopt;
  std::optional<std::int64_t> sum_ms;
  for (const auto& part : *parts) {
    if (net::may_name_file(part)) return std::nullopt;
    if (!part.file) continue;
    const auto ms = net::length_of_wave(part.content);
    if (!ms) return std::nullopt;
    sum_ms = sum_ms.value_or(0) + *ms;
  }
  return sum_ms;
}

std::int64_t likely_sound(const net::request_view& form, const intent& i) {
  if (i.body != body_kind::multipart) return 0;
  if (const auto most = most_sound(form)) return *most;
  return static_cast<std::int64_t>(i.multipart.file_bytes / usual_bytes_per_ms);
}

} // namespace logos::ingress
