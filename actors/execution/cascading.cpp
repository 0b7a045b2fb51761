// SPDX-License-Identifier: MIT
#include "actors/execution/cascading.hpp"

#include "actors/execution/admission.hpp"

#include <utility>

namespace logos::execution {
namespace {

/// A JSON object with one member more.
std::string with_member(const std::string& object, std::string_view name, const std::string& json) {
  auto out = object.substr(0, object.rfind('}'));
  if (out.empty()) out = "{";
  if (out.find(':') != out.npos) out += ',';
  return out.append("\"").append(name).append("\":").append(json).append("}");
}

std::string json_of(const admission& a, const cascading::dropped_answer& d) {
  const auto* where = a.snapshot->find_deployment(d.deployment_id);
  std::string out = R"({"request_id":")" + d.row.str() + '"';
  if (where != nullptr)
    out += R"(,"model":)" + core::json_string(where->model->name) + R"(,"provider":)" +
           core::json_string(where->provider->name);
  out.append(R"(,"failed":")").append(word_of(d.why));
  out += R"(","prompt_tokens":)" + std::to_string(d.tokens.prompt_tokens) + R"(,"completion_tokens":)" +
         std::to_string(d.tokens.completion_tokens) + R"(,"cost_nano":)" + std::to_string(d.cost) +
         R"(,"dropped_after_us":)" + std::to_string(d.took.count());
  return out + "}";
}

std::string list_of(const core::check_set& checks) {
  std::string out;
  for (const auto& word : core::words_of(checks))
    out.append(out.empty() ? "\"" : ",\"").append(word).append("\"");
  return "[" + out + "]";
}

} // namespace

core::nano cascading::spent() const {
  core::nano out = 0;
  for (const auto& d : dropped)
    out = out > accounting::most_money - d.cost ? accounting::most_money : out + d.cost;
  return out;
}

bool next_step(admission& a) {
  if (!a.cascade || !a.cascade->more()) return false;
  a.candidates = a.cascade->steps[++a.cascade->at];
  a.failed.clear();
  a.sent_back = 0;
  note_cascade(a);
  return true;
}

void note_cascade(admission& a) {
  const auto& c = *a.cascade;
  std::string dropped;
  for (const auto& d : c.dropped)
    dropped.append(dropped.empty() ? "" : ",").append(json_of(a, d));
  a.statistics = with_member(c.choice, "cascade",
                             R"({"checks":)" + list_of(c.rules.checks) + R"(,"step":)" + std::to_string(c.at + 1) +
                                 R"(,"steps":)" + std::to_string(c.steps.size()) + R"(,"dropped":[)" + dropped + "]}");
}

std::string_view word_of(const std::optional<core::answer_check>& why) { return why ? to_string(*why) : "cut"; }

std::string statistics_of_dropped(const admission& a, const core::uuid& request,
                                  const std::optional<core::answer_check>& why) {
  const auto& c = *a.cascade;
  return with_member(c.choice, "cascade",
                     R"({"of":")" + request.str() + R"(","step":)" + std::to_string(c.at + 1) + R"(,"steps":)" +
                         std::to_string(c.steps.size()) + R"(,"failed":")" + std::string{word_of(why)} + "\"}");
}

} // namespace logos::execution
