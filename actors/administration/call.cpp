// SPDX-License-Identifier: MIT
#include "actors/administration/call.hpp"

#include "actors/ingress/intent.hpp"
#include "actors/ingress/terms.hpp"
#include "config/problem.hpp"
#include "core/database_words.hpp"
#include "core/utf8.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

std::optional<std::int64_t> parse_whole(std::string_view text, bool negative = false) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty() || (value < 0 && !negative))
    return std::nullopt;
  return value;
}

std::optional<std::string> decode(std::string_view text) {
  std::string plain{text};
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return ingress::percent_decode(plain);
}

} // namespace

namespace {

/// Calls `visit` with each name and value until it answers with a failure. Of one that is not properly encoded the
/// failure names as much as can be read.
template <class Visit>
failure each_parameter(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value)
      return {ec::bad_request, "The query is not properly percent-encoded, or holds control characters.",
              name ? name->substr(0, 100) : std::string{}};
    if (auto bad = visit(std::move(*name), std::move(*value)); bad.code != ec::none) return bad;
  }
  return {};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = core::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

} // namespace

boost::system::result<query, failure> parse_query(std::string_view text) {
  query out;
  auto bad = each_parameter(text, [&](std::string name, std::string value) {
    out.insert_or_assign(std::move(name), std::move(value));
    return failure{};
  });
  if (bad.code != ec::none) return bad;
  return out;
}

failure check_query(std::string_view text) {
  std::set<std::string> names;
  return each_parameter(text, [&](std::string name, const std::string& value) -> failure {
    const auto shown = name.substr(0, 100);
    if (!is_utf8(name) || !is_utf8(value))
      return {ec::bad_field, "The query parameter '" + shown + "' is not UTF-8.", shown};
    if (!names.insert(std::move(name)).second)
      return {ec::bad_field, "The query parameter '" + shown + "' is given more than once.", shown};
    return {};
  });
}

boost::system::result<std::int64_t, failure> call::id(bool negative) const {
  const auto value = path.empty() ? std::nullopt : parse_whole(path.front(), negative);
  if (!value || *value == 0) return failure{ec::bad_field, "The id in the path must be a positive integer.", "id"};
  return *value;
}

boost::system::result<const catalog::profile*, failure> chosen_profile(const call& c) {
  return ingress::find_profile(*c.who, c.request());
}

outcome to_outcome(int status, std::string body) {
  outcome out;
  out.answer.status = status;
  out.answer.body = std::move(body);
  if (status == 204) out.answer.content_type = {};
  return out;
}

outcome to_problem(const failure& f) {
  auto out = to_outcome(core::http_status(f.code), core::problem_json(f));
  out.answer.content_type = "application/problem+json";
  if (f.retry_after_s != 0) out.answer.headers = "retry-after: " + std::to_string(f.retry_after_s) + "\r\n";
  return out;
}

outcome to_openai_error(const failure& f) {
  if (core::has_database_words(f.message)) spdlog::warn("administration: {}", f.message); // the answer says less
  auto out = to_outcome(core::http_status(f.code), core::openai_error(f));
  if (f.retry_after_s != 0) out.answer.headers = "retry-after: " + std::to_string(f.retry_after_s) + "\r\n";
  return out;
}

outcome to_entity(int status, std::string body, std::string_view tag) {
  auto out = to_outcome(status, std::move(body));
  out.answer.headers = "ETag: \"" + std::string{tag} + "\"\r\n";
  return out;
}

boost::system::result<paging, failure> read_paging(const query& parameters, int most, bool negative) {
  paging out;
  if (const auto at = parameters.find("limit"); at != parameters.end()) {
    const auto value = parse_whole(at->second);
    if (!value || *value < 1 || *value > most)
      return failure{ec::bad_field, "'limit' must be a number from 1 to " + std::to_string(most) + ".", "limit"};
    out.limit = static_cast<int>(*value);
  }
  if (const auto at = parameters.find("cursor"); at != parameters.end()) {
    const auto value = parse_whole(at->second, negative);
    if (!value)
      return failure{ec::bad_field,
                     "'cursor' must be the `next` of an earlier answer; leave it out for the first page.", "cursor"};
    out.after = *value;
  }
  return out;
}

failure check_parameters(const query& parameters, std::span<const parameter> known) {
  for (const auto& given : parameters) {
    const auto& name = given.first;
    const auto is_it = [&](const parameter& p) { return p.name == name; };
    if (std::any_of(known.begin(), known.end(), is_it)) continue;
    const auto shown = name.substr(0, 100);
    if (known.empty()) return {ec::bad_field, "This address takes no query parameter, so no '" + shown + "'.", shown};
    std::vector<std::string_view> names;
    for (const auto& p : known)
      names.push_back(p.name);
    const auto nearest = config::nearest_of(shown, names);
    std::string message = "There is no query parameter '" + shown + "'";
    message += config::looks_alike(shown, nearest) ? "; did you mean '" + std::string{nearest} + "'?" : ".";
    return {ec::bad_field, std::move(message), shown};
  }
  return {};
}

} // namespace logos::administration
