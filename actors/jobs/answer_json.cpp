// SPDX-License-Identifier: MIT
#include "actors/jobs/answer_json.hpp"

#include "core/error.hpp"
#include "net/usage.hpp"

#include <simdjson.h>

#include <cstdint>

namespace logos::jobs {
namespace {

bool is_json(std::string_view body) {
  simdjson::dom::parser parser;
  return parser.parse(body.data(), body.size()).error() == simdjson::SUCCESS;
}

std::string base64(std::string_view bytes) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= bytes.size() ? letters[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

} // namespace

std::string body_json(std::string_view content_type, std::string_view body) {
  if (body.empty()) return "null";
  if (net::content_kind_of(content_type) == net::content_kind::json && is_json(body)) return std::string{body};
  if (simdjson::validate_utf8(body.data(), body.size())) return core::json_string(body);
  return R"({"base64":")" + base64(body) + "\"}";
}

} // namespace logos::jobs
