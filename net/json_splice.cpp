// SPDX-License-Identifier: MIT
#include "net/json_splice.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace logos::net {
namespace {

/// Meant for the gateway: no provider sees them.
constexpr std::array own_fields{body_field::priority, body_field::mode, body_field::timeout_s};

} // namespace

/// Collects the changes to one body, then cuts it.
class splicer {
public:
  splicer(std::string_view body, const json_look& found) : body_{body}, found_{found}, kept_{found.member_count} {}

  void remove(std::span<const body_field> fields);
  void set_model(std::string_view name);
  void set_include_usage();
  void set_integer(body_field field, std::int64_t value);
  void replace(std::size_t begin, std::size_t end, std::string_view text) {
    changes_[count_++] = {begin, end, patches_.size(), text.size()};
    patches_ += text;
  }
  spliced_body cut();

private:
  struct change {
    std::size_t begin, end;          // in the body
    std::size_t patch, patch_length; // in patches_
  };

  void insert(std::string_view name, std::string_view value) {
    inserted_.append(inserted_.empty() ? "\"" : ",\"").append(name).append("\":").append(value);
  }

  std::string_view body_;
  const json_look& found_;
  std::uint32_t kept_; // members of the original that stay
  std::array<change, 11> changes_{};
  std::size_t count_ = 0;
  std::string patches_;
  std::string inserted_; // new members, right after the opening brace
};

void splicer::remove(std::span<const body_field> fields) {
  std::array<const json_member*, static_cast<std::size_t>(body_field::count_)> gone{};
  std::size_t count = 0;
  for (const auto f : fields)
    if (found_[f].present) gone[count++] = &found_[f];
  std::sort(gone.begin(), gone.begin() + count, [](auto* a, auto* b) { return a->ordinal < b->ordinal; });
  for (std::size_t i = 0; i < count; ++i) {
    const auto& m = *gone[i];
    if (m.ordinal > i) { // something before it stays: the comma before it goes
      replace(body_.rfind(',', m.key_begin), m.value_end, {});
    } else { // it is the first now: the comma after it goes, if there is one
      const auto next = body_.find_first_not_of(" \t\r\n", m.value_end);
      const bool comma = next != std::string_view::npos && body_[next] == ',';
      replace(m.key_begin, comma ? next + 1 : m.value_end, {});
    }
  }
  kept_ -= static_cast<std::uint32_t>(count);
}

void splicer::set_model(std::string_view name) {
  const auto& m = found_[body_field::model];
  if (!m.present)
    insert("model", core::json_string(name));
  else if (m.null || found_.model() != name)
    replace(m.value_begin, m.value_end, core::json_string(name));
}

void splicer::set_include_usage() {
  if (found_.include_usage) return;
  const auto& options = found_[body_field::stream_options];
  const auto& inner = found_.include_usage_member;
  if (inner.present)
    replace(inner.value_begin, inner.value_end, "true");
  else if (!options.present)
    insert("stream_options", R"({"include_usage":true})");
  else if (options.null)
    replace(options.value_begin, options.value_end, R"({"include_usage":true})");
  else
    replace(options.value_begin + 1, options.value_begin + 1,
            found_.stream_options_members != 0 ? R"("include_usage":true,)" : R"("include_usage":true)");
}

void splicer::set_integer(body_field field, std::int64_t value) {
  const auto& m = found_[field];
  const auto text = std::to_string(value);
  if (m.present)
    replace(m.value_begin, m.value_end, text);
  else
    insert(to_string(field), text);
}

spliced_body splicer::cut() {
  if (!inserted_.empty()) {
    if (kept_ != 0) inserted_ += ',';
    replace(found_.open, found_.open, inserted_);
  }
  // A removal may begin where the insertion stands; the insertion, which is empty in the body, comes first.
  std::sort(changes_.begin(), changes_.begin() + count_,
            [](const change& a, const change& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
  spliced_body out;
  out.patches_.assign(patches_.begin(), patches_.end());
  const auto add = [&](std::string_view piece) {
    if (piece.empty()) return;
    out.pieces_[out.count_++] = piece;
    out.size_ += piece.size();
  };
  std::size_t at = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& c = changes_[i];
    add(body_.substr(at, c.begin - at));
    add(std::string_view{out.patches_.data() + c.patch, c.patch_length});
    at = c.end;
  }
  add(body_.substr(at));
  return out;
}

std::string spliced_body::str() const {
  std::string out;
  out.reserve(size_);
  for (const auto piece : pieces())
    out += piece;
  return out;
}

bool changes_anything(const json_look& found, const json_edits& edits) {
  const auto is_there = [&](body_field f) { return found[f].present; };
  return edits.model || edits.include_usage || !edits.integers.empty() ||
         (edits.remove_own_fields && std::any_of(own_fields.begin(), own_fields.end(), is_there));
}

spliced_body splice(std::string_view body, const json_look& found, const json_edits& edits) {
  splicer s{body, found};
  if (edits.remove_own_fields) s.remove(own_fields);
  if (edits.model) s.set_model(*edits.model);
  if (edits.include_usage) s.set_include_usage();
  for (const auto& [field, value] : edits.integers)
    s.set_integer(field, value);
  return s.cut();
}

spliced_body splice_range(std::string_view body, std::size_t begin, std::size_t end, std::string_view value) {
  const json_look nothing;
  splicer s{body, nothing};
  s.replace(begin, end, value);
  return s.cut();
}

} // namespace logos::net
