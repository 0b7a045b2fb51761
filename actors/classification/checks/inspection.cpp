// SPDX-License-Identifier: MIT
#include "actors/classification/checks/inspection.hpp"

#include "actors/classification/checks/refusal.hpp"
#include "actors/classification/checks/schema.hpp"

#include <algorithm>
#include <cmath>

namespace logos::checks {
namespace {

using core::answer_check;
using simdjson::SUCCESS;
using element = simdjson::dom::element;

/// A beginning longer than this that still tells no text will not be waited for.
constexpr std::size_t longest_beginning = 32 * 1024;
/// The schema of a longer request is not looked for: that would hold up other requests of the thread.
constexpr std::size_t longest_request = 1U << 20;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

bool declines(const told_answer& a) {
  return a.filtered || !is_blank(a.refusal) || (!a.calls() && begins_with_refusal(a.text));
}

bool is_json(std::string_view text) {
  simdjson::dom::parser parser;
  element read;
  return parser.parse(text.data(), text.size()).get(read) == SUCCESS;
}

/// No arguments are none that are wrong.
bool all_are_json(const std::vector<std::string>& arguments) {
  return std::all_of(arguments.begin(), arguments.end(), [](const auto& a) { return is_blank(a) || is_json(a); });
}

/// The format that a request asks for, wherever its API has it.
std::optional<element> find_format(element request) {
  element found;
  for (const auto* const path : {"/response_format", "/text/format", "/output_format", "/output_config/format"})
    if (request.at_pointer(path).get(found) == SUCCESS && found.is_object()) return found;
  return std::nullopt;
}

bool needs_the_end(const core::check_set& checks) {
  return checks.has(answer_check::schema) || checks.has(answer_check::confidence) || checks.has(answer_check::tools) ||
         checks.has(answer_check::truncated);
}

std::optional<answer_check> first_failed(const core::cascade& rules, std::string_view request, const told_answer& a) {
  const auto wants = [&](answer_check c) { return rules.checks.has(c); };
  if (wants(answer_check::refusal) && declines(a)) return answer_check::refusal;
  if (wants(answer_check::empty) && !a.calls() && is_blank(a.text) && is_blank(a.refusal)) return answer_check::empty;
  if (wants(answer_check::truncated) && a.cut) return answer_check::truncated;
  if (wants(answer_check::tools) && !all_are_json(a.arguments)) return answer_check::tools;
  // Who calls a tool has not answered yet, and who declines not in that form.
  if (wants(answer_check::schema) && !a.calls() && is_blank(a.refusal) && !has_wanted_form(request, a.text))
    return answer_check::schema;
  if (wants(answer_check::confidence))
    if (const auto sure = confidence_of(a); sure && *sure * 1000 < static_cast<double>(rules.min_confidence_permille))
      return answer_check::confidence;
  return std::nullopt;
}

} // namespace

std::optional<double> confidence_of(const told_answer& a) {
  if (a.logprobs == 0) return std::nullopt;
  return std::exp(a.logprob_sum / static_cast<double>(a.logprobs));
}

bool has_wanted_form(std::string_view request, std::string_view text) {
  if (request.size() > longest_request) return true;
  simdjson::dom::parser of_request, of_text;
  element asked, given, schema;
  if (of_request.parse(request.data(), request.size()).get(asked) != SUCCESS || !asked.is_object()) return true;
  const auto format = find_format(asked);
  std::string_view type;
  if (!format || (*format)["type"].get(type) != SUCCESS || (type != "json_object" && type != "json_schema"))
    return true;
  if (of_text.parse(text.data(), text.size()).get(given) != SUCCESS) return false;
  if (type == "json_object") return given.is_object();
  if (format->at_pointer("/json_schema/schema").get(schema) != SUCCESS && (*format)["schema"].get(schema) != SUCCESS)
    return true;
  return conform(given, schema) != conformity::violates;
}

bool can_judge(const ingress::intent& i) {
  return i.body == ingress::body_kind::json && !i.reads && !i.json.names_models && can_read(i.at);
}

finding inspect(const core::cascade& rules, ingress::endpoint at, std::string_view request, net::content_kind kind,
                std::string_view bytes, bool whole) {
  if (!rules.on() || !can_read(at)) return {true, {}};
  const bool late = needs_the_end(rules.checks);
  // Of JSON there is nothing to be known before its end, and of a stream only by some checks.
  if (!whole && kind != net::content_kind::sse) return {};
  if (!whole && late && !rules.checks.has(answer_check::refusal)) return {};
  const bool long_enough = bytes.size() > longest_beginning;
  if (!whole && late && long_enough) return {};
  const auto told = read_answer(at, kind, bytes);
  if (whole) return {true, told.readable ? first_failed(rules, request, told) : std::nullopt};
  if (rules.checks.has(answer_check::refusal) && declines(told) &&
      (told.text.size() >= beginning_bytes || long_enough || told.filtered || !is_blank(told.refusal)))
    return {true, answer_check::refusal};
  if (late) return {};
  const bool begun = told.calls() || told.text.size() >= beginning_bytes ||
                     (!rules.checks.has(answer_check::refusal) && !is_blank(told.text));
  return {begun || long_enough, {}};
}

} // namespace logos::checks
