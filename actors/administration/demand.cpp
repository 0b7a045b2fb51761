// SPDX-License-Identifier: MIT
#include "actors/administration/demand.hpp"

#include "net/header_policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

constexpr std::string_view blanks = " \t";

void skip(std::string_view& text, std::string_view what) {
  text.remove_prefix(std::min(text.find_first_not_of(what), text.size()));
}

bool is_tag_character(unsigned char c) { return c == 0x21 || (c >= 0x23 && c != 0x7f); }

/// Takes an entity tag off the front of `text`: what stands between its quotes. A version's bare number does, too.
std::optional<std::string> take_tag(std::string_view& text, bool& weak) {
  weak = text.starts_with("W/");
  if (weak) text.remove_prefix(2);
  const bool quoted = text.starts_with('"');
  if (!quoted) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    if (end == 0 || weak) return std::nullopt;
    std::string tag{text.substr(0, end)};
    text.remove_prefix(end);
    return tag;
  }
  const auto end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string tag{text.substr(1, end - 1)};
  text.remove_prefix(end + 1);
  return std::all_of(tag.begin(), tag.end(), is_tag_character) ? std::optional{std::move(tag)} : std::nullopt;
}

/// Adds the tags of a list, of the weak ones only where they count; false: it is none.
bool read_list(std::string_view text, bool weak_count, std::vector<std::string>& out) {
  for (;;) {
    skip(text, " \t,"); // members may be empty
    if (text.empty()) return true;
    bool weak = false;
    auto tag = take_tag(text, weak);
    if (!tag) return false;
    if (!weak || weak_count) out.push_back(std::move(*tag));
    skip(text, blanks);
    if (!text.empty() && text.front() != ',') return false;
  }
}

std::string_view trim(std::string_view text) {
  skip(text, blanks);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

} // namespace

boost::system::result<demand, failure> demand::read(const net::request_view& request) {
  demand out;
  bool every = false;
  for (const auto& header : request.headers) {
    if (!net::equal_names(header.name, "if-match")) continue;
    out.any_ = false;
    const auto text = trim(header.value);
    every = every || text == "*";
    if (text != "*" && !read_list(text, false, out.tags_))
      return failure{ec::precondition_failed,
                     "'If-Match' must be the ETag of an earlier answer, a list of such, or *; nothing was changed.",
                     "If-Match"};
  }
  out.any_ = out.any_ || every;
  return out;
}

bool demand::admits(std::int64_t version) const {
  return any_ || std::any_of(tags_.begin(), tags_.end(), [text = std::to_string(version)](std::string_view tag) {
           return tag.substr(0, tag.find('-')) == text;
         });
}

failure demand::check(std::int64_t version) const {
  if (admits(version)) return {};
  return {ec::precondition_failed,
          "'If-Match' does not name the present version: it is now \"" + std::to_string(version) + "\".", "If-Match"};
}

std::string tag_of(std::int64_t version, std::uint64_t told) {
  auto out = std::to_string(version);
  if (told == 0) return out;
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), told, 16).ptr;
  return out.append("-").append(digits.begin(), end);
}

bool is_known(const net::request_view& request, std::string_view tag) {
  std::vector<std::string> tags;
  for (const auto& header : request.headers) {
    if (!net::equal_names(header.name, "if-none-match")) continue;
    const auto text = trim(header.value);
    if (text == "*") return true;
    if (!read_list(text, true, tags)) return false;
  }
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

} // namespace logos::administration
