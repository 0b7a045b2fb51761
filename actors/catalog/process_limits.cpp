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

/// Whether who writes such a name means a limit: `rate_limit…` as upstream, `rpm_limit`, `cloud_tpm` as its later
/// versions, `requestsPerMinute`.
bool means_limit(std::string_view name) {
  std::string letters;
  std::string word;
  const auto is_short_form = [&] {
    return word.size() == 3 && (word[0] == 'r' || word[0] == 't') && word[1] == 'p' &&
           std::string_view{"smhd"}.find(word[2]) != std::string_view::npos;
  };
  bool short_form = false;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z', letter = upper || (c >= 'a' && c <= 'z');
    if (!letter || (upper && !word.empty() && !(letters.back() >= 'A' && letters.back() <= 'Z'))) {
      short_form = short_form || is_short_form();
      word.clear();
    }
    if (!letter) continue;
    word += static_cast<char>(upper ? c - 'A' + 'a' : c);
    letters += c;
  }
  for (auto& c : letters)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto has = [&](std::string_view part) { return letters.find(part) != letters.npos; };
  return short_form || is_short_form() || has("ratelimit") || has("perminute") || has("requestlimit") ||
         has("tokenlimit") || has("parallelrequests");
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
    if (means_limit(name) &&
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
