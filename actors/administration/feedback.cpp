// SPDX-License-Identifier: MIT
#include "actors/administration/feedback.hpp"

#include "actors/administration/fields.hpp"
#include "actors/administration/members.hpp"
#include "actors/administration/parameters.hpp"
#include "actors/administration/resource_logic.hpp"
#include "actors/administration/rights.hpp"
#include "actors/classification/aptitude/lesson.hpp"
#include "actors/learning/tenant.hpp"
#include "net/json_look.hpp"
#include "storage/store.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;
using learning::remark;

constexpr std::size_t longest_label = 100;
constexpr std::size_t longest_comment = 4096;
constexpr std::array<std::string_view, 9> signal_words{"score",     "preferred", "retry", "regenerate", "error",
                                                       "abandoned", "forgotten", "unfit", "accepted"};

expectation read_score(json_value from, std::optional<float>& out) {
  double value = 0;
  if (from.get(value) != simdjson::SUCCESS || !(value >= 0 && value <= 1)) return "a number from 0 (bad) to 1 (good)";
  out = static_cast<float>(value);
  return {};
}

expectation read_bounded(json_value from, std::string& out, std::size_t most, expectation words) {
  std::string text;
  if (auto wanted = read_value(from, text); !wanted.empty()) return wanted;
  if (text.size() > most) return words;
  out = std::move(text);
  return {};
}

/// A model by name, if the caller may use it.
const catalog::model* find_model(const call& c, std::string_view name) {
  const auto* found = c.snapshot == nullptr ? nullptr : c.snapshot->find_model(name);
  if (found == nullptr || administers(c)) return found;
  for (const auto& profile : c.who->profiles)
    if (c.snapshot->reaches(*c.who, &profile, found->id)) return found;
  return nullptr;
}

failure no_model(std::string_view member, std::string_view name) {
  return {ec::model_not_found, "There is no model '" + std::string{name.substr(0, 200)} + "' that this key may use.",
          std::string{member}};
}

/// `preferred_over`: a model, or a request that another model has answered.
failure read_other(const call& c, json_value from, remark& out) {
  std::string text;
  if (const auto wanted = read_value(from, text); !wanted.empty()) return mismatch("preferred_over", wanted, from);
  if ((out.other_request = core::uuid::parse(text))) return {};
  const auto* found = find_model(c, text);
  if (found == nullptr) return no_model("preferred_over", text);
  out.other_model = found->id;
  return {};
}

/// `body` and `model`: what was asked of which, without a request.
failure read_example(const call& c, simdjson::dom::object given, json_value body, remark& out) {
  if (!out.trusted)
    return {ec::forbidden, "Only an administrator may teach without a request: give its 'request_id'.", "body"};
  if (!body.is_object()) return mismatch("body", "the JSON body of a request, an object", body);
  std::string name;
  json_value value;
  if (given["model"].get(value) != simdjson::SUCCESS)
    return {ec::bad_field, "'model' is required beside 'body': which model has answered.", "model"};
  if (const auto wanted = read_value(value, name); !wanted.empty()) return mismatch("model", wanted, value);
  const auto* found = find_model(c, name);
  if (found == nullptr) return no_model("model", name);
  out.model = found->id;
  out.body = simdjson::minify(body).append(net::json_padding, '\0');
  return {};
}

failure read_request(simdjson::dom::object given, remark& out) {
  json_value value;
  if (given["request_id"].get(value) != simdjson::SUCCESS)
    return {ec::bad_field, "'request_id' is required: the x-request-id of the answer that this is about.",
            "request_id"};
  std::string text;
  if (const auto wanted = read_value(value, text); !wanted.empty()) return mismatch("request_id", wanted, value);
  const auto id = core::uuid::parse(text);
  if (!id) return mismatch("request_id", "the x-request-id of an answer, a UUID", value);
  out.request = *id;
  return {};
}

failure read_words(const call& c, simdjson::dom::object given, remark& out) {
  const auto read = [&](std::string_view name, const auto& by) -> failure {
    json_value value;
    if (given[name].get(value) != simdjson::SUCCESS || value.is_null()) return {};
    return by(value);
  };
  const auto plain = [](std::string_view name, const auto& by) {
    return [name, by](json_value value) -> failure {
      const auto wanted = by(value);
      return wanted.empty() ? failure{} : mismatch(name, wanted, value);
    };
  };
  for (auto bad :
       {read("score", plain("score", [&](json_value v) { return read_score(v, out.score); })),
        read("label", plain("label",
                            [&](json_value v) {
                              return read_bounded(v, out.label, longest_label, "a string of at most 100 bytes");
                            })),
        read("comment", plain("comment",
                              [&](json_value v) {
                                return read_bounded(v, out.comment, longest_comment, "a string of at most 4096 bytes");
                              })),
        read("preferred_over", [&](json_value v) { return read_other(c, v, out); })})
    if (bad.code != ec::none) return bad;
  if (!out.score && !out.label.empty()) out.score = classification::score_of(out.label);
  return {};
}

std::string row_json(const storage::feedback_row& row, const call& c) {
  const catalog::model* model = nullptr;
  if (c.snapshot)
    for (const auto& m : c.snapshot->models)
      if (m.id == row.model_id) model = &m;
  members m;
  m.add("id", row.number).add("given_at", row.given_at).add("request_id", row.request_id);
  m.id("process_id", row.process_id).id("model_id", row.model_id);
  m.text("model", model == nullptr ? std::string{} : model->name);
  m.id("preferred_over_model_id", row.other_model_id);
  const auto signal = static_cast<std::size_t>(row.signal);
  m.add("signal", std::string{signal < signal_words.size() ? signal_words[signal] : "unknown"});
  std::array<char, 32> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<float>(row.score.value_or(0)));
  m.raw("score", row.score ? std::string_view{digits.data(), static_cast<std::size_t>(end.ptr - digits.data())}
                           : std::string_view{"null"});
  m.text("label", row.label).text("comment", row.comment).add("trusted", row.trusted);
  return m.finish();
}

} // namespace

boost::system::result<remark, failure> read_remark(const call& c) {
  static constexpr std::array<std::string_view, 7> known{"request_id",     "score", "label", "comment",
                                                         "preferred_over", "body",  "model"};
  body_object read;
  if (auto bad = read.parse(c.request()); bad.code != ec::none) return bad;
  const auto given = read.object();
  for (const auto [name, value] : given)
    if (std::find(known.begin(), known.end(), name) == known.end()) return unknown_field(name, known);
  remark out;
  out.process_id = c.who->process_id;
  out.tenant_id = learning::tenant_of(*c.who);
  out.trusted = administers(c);
  out.full = c.who->log == core::log_level::full;
  json_value body;
  const bool is_example = given["body"].get(body) == simdjson::SUCCESS;
  if (auto bad = is_example ? read_example(c, given, body, out) : read_request(given, out); bad.code != ec::none)
    return bad;
  if (!is_example && read.has("model"))
    return failure{ec::bad_field, "'model' goes with 'body' only: a request's model is known.", "model"};
  if (auto bad = read_words(c, given, out); bad.code != ec::none) return bad;
  if (!out.score && out.label.empty() && out.comment.empty() && out.other_model == 0 && !out.other_request)
    return failure{ec::bad_field, "Nothing is said: give 'score', 'label', 'comment' or 'preferred_over'.", "score"};
  return out;
}

outcome show_remark(const call& c, const remark& said, const learning::remark_reply& done) {
  const catalog::model* model = nullptr;
  for (const auto& m : c.snapshot->models)
    if (m.id == done.model_id) model = &m;
  members m;
  m.add("id", done.number);
  if (said.body.empty())
    m.add("request_id", said.request.str());
  else
    m.raw("request_id", "null");
  m.text("model", model == nullptr ? std::string{} : model->name);
  return to_outcome(200, m.add("learned", done.teaches).add("repeated", done.repeated).finish());
}

outcome list_feedback(storage::store& in, const call& c) {
  storage::feedback_filter filter;
  for (const auto& bad : {read_id_filter(c.parameters, "process_id", filter.process_id),
                          read_id_filter(c.parameters, "model_id", filter.model_id),
                          read_text_filter(c.parameters, "request_id", filter.request_id)})
    if (bad.code != ec::none) return to_problem(bad);
  const auto page = read_paging(c.parameters);
  if (!page) return to_problem(page.error());
  const auto found = in.list_feedback(filter, page->after, page->limit + 1);
  if (!found) return to_problem(found.error());
  const auto shown = std::min(found->size(), static_cast<std::size_t>(page->limit));
  std::string data;
  for (std::size_t i = 0; i < shown; ++i)
    data.append(data.empty() ? "" : ",").append(row_json((*found)[i], c));
  const auto next = shown < found->size() ? "\"" + std::to_string((*found)[shown - 1].number) + "\"" : "null";
  return to_outcome(200, R"({"data":[)" + data + R"(],"next":)" + next + "}");
}

} // namespace logos::administration
