// SPDX-License-Identifier: MIT
#include "actors/catalog/process_limits.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace logos::catalog {
namespace {

using simdjson::SUCCESS;

struct known_limit {
  std::string_view name;
  core::limit_kind kind;
};
constexpr std::array<known_limit, 2> known{{{"rate_limit_rpm", core::limit_kind::requests_per_minute},
                                            {"rate_limit_tpm", core::limit_kind::tokens_per_minute}}};

/// Upstream's forms write numbers as texts, and Python's JSON may write them with a fraction.
std::optional<std::int64_t> whole_number(simdjson::dom::element e) {
  constexpr double most = 9e15; // beyond that a floating-point number is not exact
  std::int64_t whole = 0;
  double real = 0;
  std::string_view text;
  if (e.get(whole) == SUCCESS) return whole >= 0 ? std::optional{whole} : std::nullopt;
  if (e.get(real) == SUCCESS)
    return real >= 0 && real <= most && real == std::trunc(real) ? std::optional{static_cast<std::int64_t>(real)}
                                                                 : std::nullopt;
  if (e.get(text) != SUCCESS) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  return error == std::errc{} && end == text.data() + text.size() && whole >= 0 ? std::optional{whole} : std::nullopt;
}

/// Calls `visit` with each of the limits that is there and not null.
template <class Visit>
void each_limit(std::string_view settings, Visit visit) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (settings.empty() || parser.parse(settings.data(), settings.size()).get(object) != SUCCESS) return;
  for (std::size_t i = 0; i < known.size(); ++i)
    if (simdjson::dom::element e; object[known[i].name].get(e) == SUCCESS && !e.is_null()) visit(i, whole_number(e));
}

} // namespace

std::vector<accounting::limit_rule> limits_of_settings(std::int64_t process_id, std::string_view settings) {
  std::vector<accounting::limit_rule> out;
  each_limit(settings, [&](std::size_t i, std::optional<std::int64_t> value) {
    const auto id = -2 * process_id - static_cast<std::int64_t>(i);
    if (value) out.push_back({id, core::scope::process, process_id, known[i].kind, *value});
  });
  return out;
}

std::int64_t process_of_limit(std::int64_t id) { return id < 0 ? -(id / 2) : 0; }

std::string_view setting_of_limit(core::limit_kind kind) {
  const auto* const at = std::find_if(known.begin(), known.end(), [&](const known_limit& l) { return l.kind == kind; });
  return at == known.end() ? std::string_view{} : at->name;
}

std::string unknown_limit(std::string_view settings) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (settings.empty() || parser.parse(settings.data(), settings.size()).get(object) != SUCCESS) return {};
  for (const auto [name, value] : object)
    if (name.starts_with("rate_limit") &&
        std::none_of(known.begin(), known.end(), [n = name](const auto& limit) { return limit.name == n; }))
      return std::string{name};
  return {};
}

std::string_view wrong_limit(std::string_view settings) {
  std::string_view wrong;
  each_limit(settings, [&](std::size_t i, std::optional<std::int64_t> value) {
    if (!value && wrong.empty()) wrong = known[i].name;
  });
  return wrong;
}

} // namespace logos::catalog
