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
  double least = 0, most = 0; // of its score; the same where it is known
};

struct bounds {
  double least, most;
};
/// What `feature_stage` gives, times its weight, when a policy's topic makes a model fit as well as can be: 0.6 + 0.4 ×
/// difficulty × strength. `now`: what it has given. Where the difficulty is not known: from 0.6 to what it has given
/// and all that its fit can lack.
bounds with_topic(double now, double counts, const std::optional<double>& difficulty, double strong) {
  if (!difficulty) return {std::max(now, counts * 0.6), std::max(now, std::min(counts, now + counts * 0.6))};
  const auto known = std::max(now, counts * (0.6 + 0.4 * *difficulty * strong));
  return {known, known};
}
/// Likewise when the topic does no longer speak for it: how well it fits without is on no books.
bounds without_topic(double now, double counts, const std::optional<double>& difficulty, double strong) {
  return {std::min(now, counts * 0.4 * difficulty.value_or(0) * strong), now};
}

/// Whether `a` comes before `b` when they score so.
bool goes_first(const contender& a, double a_score, const contender& b, double b_score) {
  return a_score != b_score ? a_score > b_score : a.now->id < b.now->id;
}

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
  double difficulty = 0;
  if (root["unread"].error() == simdjson::SUCCESS ||
      root["features"]["difficulty"].get(difficulty) == simdjson::SUCCESS)
    out.difficulty = difficulty;
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
      left.push_back({past->second, &m, where, 0, 0});
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

  for (std::size_t i = 0; i < left.size(); ++i) {
    auto given = left[i].past->given;
    given[part::policy] = made.weights[part::policy] * cl::policy_stage(has[i], wanted);
    left[i].least = left[i].most = given.sum();
    const bool fits = tagged(*left[i].now, topic_of(policy)), did_fit = tagged(*left[i].now, topic_of(before));
    if (fits == did_fit) continue;
    const auto strong = span == 0 ? 0.0 : static_cast<double>(strength(has[i]) - least) / static_cast<double>(span);
    const auto now_given = given[part::features];
    const auto may =
        (fits ? with_topic : without_topic)(now_given, made.weights[part::features], made.difficulty, strong);
    left[i].least += may.least - now_given;
    left[i].most += may.most - now_given;
  }
  const auto* best = &left.front();
  for (const auto& c : left)
    if (goes_first(c, c.least, *best, best->least)) best = &c;
  out.open = std::any_of(left.begin(), left.end(),
                         [&](const contender& c) { return &c != best && goes_first(c, c.most, *best, best->least); });
  out.model_id = best->now->id;
  out.deployment_id = best->deployment_id;
  const auto counts = made.weights[part::learned];
  out.learned = counts == 0 ? 0 : best->past->given[part::learned] / counts;
  return out;
}

} // namespace logos::administration
