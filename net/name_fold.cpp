// SPDX-License-Identifier: MIT
#include "net/name_fold.hpp"

#include "net/path_text.hpp"

namespace logos::net {
namespace {

constexpr std::size_t longest = 64; // of what is compared: three times the longest name that is read

} // namespace

std::string folded(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  while (!name.empty()) {
    std::size_t length = 1;
    if (name.starts_with("\xc5\xbf")) {
      out += 's';
      length = 2;
    } else if (name.starts_with("\xe2\x84\xaa")) {
      out += 'k';
      length = 3;
    } else {
      const char c = name.front();
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    name.remove_prefix(length);
  }
  return out;
}

std::string_view resembled(std::string_view name, std::span<const std::string_view> names) {
  if (name.size() > longest || !has_case(name)) return {};
  const auto plain = folded(name);
  const auto found = std::find(names.begin(), names.end(), plain);
  return found == names.end() ? std::string_view{} : *found;
}

std::string lenient_field_name(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size() && i < 3 * longest;) {
    const auto [byte, length] = decode_at(name, i);
    const auto c = byte < 0 ? name[i] : static_cast<char>(byte);
    i += length;
    constexpr std::string_view dropped = "\\\"'[]\x7f";
    if (static_cast<unsigned char>(c) > ' ' && dropped.find(c) == std::string_view::npos) out += c;
  }
  return folded(out);
}

} // namespace logos::net
