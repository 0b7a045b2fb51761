// SPDX-License-Identifier: MIT
#include "actors/administration/parameters.hpp"

#include "config/units.hpp"

#include <charconv>

namespace logos::administration {

using core::ec;
using core::failure;

failure read_time(const query& parameters, std::string_view name, std::optional<core::wall_time>& out) {
  const auto at = parameters.find(name);
  if (at == parameters.end()) return {};
  const auto value = config::parse_time(at->second);
  if (!value || *value < core::wall_time{})
    return {ec::bad_field, "'" + std::string{name} + "' must be a time such as 2026-12-31T23:59:59Z or a day.",
            std::string{name}};
  out = *value;
  return {};
}

failure read_text_filter(const query& parameters, std::string_view name, std::string& out) {
  const auto at = parameters.find(name);
  if (at == parameters.end()) return {};
  out = at->second;
  if (!out.empty()) return {};
  return {ec::bad_field, "'" + std::string{name} + "' is empty; leave it out to see all.", std::string{name}};
}

failure read_id_filter(const query& parameters, std::string_view name, std::int64_t& out) {
  const auto at = parameters.find(name);
  if (at == parameters.end()) return {};
  const auto& text = at->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc{} && end == text.data() + text.size() && out > 0) return {};
  return {ec::bad_field, "'" + std::string{name} + "' must be a positive integer.", std::string{name}};
}

failure read_range(const query& parameters, core::wall_time& from, core::wall_time& to) {
  std::optional<core::wall_time> begin;
  std::optional<core::wall_time> end;
  if (auto bad = read_time(parameters, "from", begin); bad.code != ec::none) return bad;
  if (auto bad = read_time(parameters, "to", end); bad.code != ec::none) return bad;
  from = begin.value_or(core::wall_time{});
  to = end.value_or(far_away);
  return {};
}

} // namespace logos::administration
