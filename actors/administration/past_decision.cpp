// SPDX-License-Identifier: MIT
#include "actors/administration/past_decision.hpp"

#include "actors/catalog/passages.hpp"

#include <simdjson.h>

#include <algorithm>
#include <map>

namespace logos::administration {
namespace {

namespace cl = classification;
using cl::part;

cl::contributions read_parts(simdjson::dom::element from) {
  cl::contributions out;
  for (std::size_t p = 0; p < cl::parts; ++p) {
    double value = 0;
    if (from[cl::to_string(static_cast<part>(p))].get(value) == simdjson::SUCCESS) out.of[p] = value;
  }
  return out;
}

bool tagged(const catalog::model& m, std::string_view topic) {
  const auto lower = [](std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
  };
  const auto tags = " " + lower(m.tags) + " ";
  return !topic.empty() && tags.find(" " + lower(topic) + " ") != std::string::npos;
}

cl::model_weights weights_of(const catalog::model& m) {
  return {m.weight_accuracy, m.weight_quality, m.weight_latency, m.weight_cost};
}

/// The first of the model's deployments that may serve under the policy; by id, as the catalog has them.
std::int64_t first_admitted(const cl::petitioner& by, const catalog::snapshot& in, std::int64_t model_id,
                            const catalog::policy* policy) {
  for (const auto* d : in.deployments_of(model_id))
    if (!catalog::is_passage(*d) && cl::may_serve(*by.who, by.with, policy, *d)) return d->id;
  return 0;
}

struct contender {
  const past_decision::model* past;
  const catalog::model* now;
  std::int64_t deployment_id;
};

} // namespace

std::optional<past_decision> read_decision(const std::string& statistics) {
  simdjson::dom::parser parser;
  simdjson::dom::element root, balance;
  simdjson::dom::array models;
  if (parser.parse(statistics).get(root) != simdjson::SUCCESS || root["candidates"].get(models) != simdjson::SUCCESS ||
      root["balance"].get(balance) != simdjson::SUCCESS)
    return std::nullopt;
  // Not the best was asked, but the cheapest first, or one to learn of: what was served tells nothing of the ranking.
  if (root["cascade"].error() == simdjson::SUCCESS || root["exploration"].error() == simdjson::SUCCESS)
    return std::nullopt;
  past_decision out;
  out.weights = read_parts(balance);
  for (const auto each : models) {
    past_decision::model m;
    simdjson::dom::element given;
    if (each["model_id"].get(m.id) != simdjson::SUCCESS || each["contributions"].get(given) != simdjson::SUCCESS)
      return std::nullopt;
    m.given = read_parts(given);
    out.models.push_back(m);
  }
  if (out.models.empty()) return std::nullopt;
  if (root["features"]["difficulty"].get(out.difficulty) != simdjson::SUCCESS) out.difficulty = 0;
  return out;
}

second_thought reconsider(const past_decision& made, const cl::petitioner& by, const catalog::snapshot& now,
                          const catalog::policy* before, const catalog::policy* policy) {
  second_thought out;
  std::map<std::int64_t, const past_decision::model*> compared;
  for (const auto& m : made.models)
    compared.emplace(m.id, &m);
  std::vector<contender> left;
  for (const auto& m : now.models) {
    if (!catalog::snapshot::permits(*by.who, by.with, m.id)) continue;
    const auto where = first_admitted(by, now, m.id, policy);
    const auto past = compared.find(m.id);
    if (where == 0) continue;
    if (past != compared.end())
      left.push_back({past->second, &m, where});
    else if (first_admitted(by, now, m.id, before) == 0)
      out.wider = true; // not for want of what was asked, but of the policy's leave
  }
  if (left.empty()) return out;

  std::vector<cl::model_weights> has;
  for (const auto& c : left)
    has.push_back(weights_of(*c.now));
  cl::wanted_weights wanted;
  if (policy != nullptr) wanted = {policy->threshold_accuracy, policy->threshold_quality, policy->threshold_latency};
  wanted = cl::resolve(wanted, has);
  const auto strength = [](const cl::model_weights& w) { return std::int64_t{w.accuracy} + w.quality; };
  const auto [weakest, strongest] = std::minmax_element(
      has.begin(), has.end(), [&](const auto& a, const auto& b) { return strength(a) < strength(b); });
  const auto least = strength(*weakest), span = strength(*strongest) - least;
  const auto topic_of = [](const catalog::policy* p) { return p != nullptr ? std::string_view{p->topic} : ""; };
  const bool other_topic = topic_of(policy) != topic_of(before);

  const contender* best = nullptr;
  double most = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto given = left[i].past->given;
    given[part::policy] = made.weights[part::policy] * cl::policy_stage(has[i], wanted);
    if (other_topic && tagged(*left[i].now, topic_of(policy))) {
      cl::features shape;
      shape.difficulty = static_cast<float>(made.difficulty);
      const auto strong = span == 0 ? 0.0 : static_cast<double>(strength(has[i]) - least) / static_cast<double>(span);
      const auto fits = made.weights[part::features] * (cl::feature_stage(shape, 0, strong) + 0.6);
      given[part::features] = std::max(given[part::features], fits);
    }
    const auto score = given.sum();
    if (best != nullptr && (score < most || (score == most && left[i].now->id > best->now->id))) continue;
    best = &left[i];
    most = score;
  }
  out.model_id = best->now->id;
  out.deployment_id = best->deployment_id;
  const auto counts = made.weights[part::learned];
  out.learned = counts == 0 ? 0 : best->past->given[part::learned] / counts;
  return out;
}

} // namespace logos::administration
