// SPDX-License-Identifier: MIT
#include "actors/administration/past_decision.hpp"

#include "actors/catalog/passages.hpp"
#include "actors/catalog/policy_row.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

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

/// A wish for a topic: which it was is not kept. As it goes before a policy's, no change of one changes it.
constexpr std::string_view some_topic = "?";

std::int64_t told_id(simdjson::dom::object from, std::string_view name) {
  std::int64_t id = 0;
  return from[name].get(id) == simdjson::SUCCESS ? id : 0;
}

std::optional<std::int32_t> told_weight(simdjson::dom::object from, std::string_view name) {
  std::int64_t value = 0;
  if (from[name].get(value) != simdjson::SUCCESS) return std::nullopt;
  return catalog::narrow_weight(value);
}

std::optional<core::privacy_level> told_level(simdjson::dom::object from) {
  std::string_view word;
  return from["privacy"].get(word) == simdjson::SUCCESS ? core::parse_privacy_level(word) : std::nullopt;
}

past_decision::terms read_obeyed(simdjson::dom::object from) {
  past_decision::terms out;
  simdjson::dom::array ids;
  if (from["policies"].get(ids) == simdjson::SUCCESS)
    for (const auto each : ids)
      if (std::int64_t id = 0; each.get(id) == simdjson::SUCCESS) out.policies.push_back(id);
  out.named_id = told_id(from, "named");
  out.wished_id = told_id(from, "wished");
  auto& p = out.in_force;
  p.threshold_privacy = told_level(from).value_or(p.threshold_privacy);
  p.threshold_latency = told_weight(from, "latency").value_or(p.threshold_latency);
  p.threshold_accuracy = told_weight(from, "accuracy").value_or(p.threshold_accuracy);
  p.threshold_cost = told_weight(from, "cost").value_or(p.threshold_cost);
  p.threshold_quality = told_weight(from, "quality").value_or(p.threshold_quality);
  if (std::string_view topic; from["topic"].get(topic) == simdjson::SUCCESS) p.topic = topic;
  if (simdjson::dom::object said; from["wish"].get(said) == simdjson::SUCCESS) {
    auto& w = out.by_name.emplace();
    w.privacy = told_level(said);
    w.latency = told_weight(said, "latency");
    w.accuracy = told_weight(said, "accuracy");
    w.cost = told_weight(said, "cost");
    w.quality = told_weight(said, "quality");
    if (said["topic"].error() == simdjson::SUCCESS) w.topic = some_topic;
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

/// Whether both choose alike.
bool same_terms(const catalog::policy& a, const catalog::policy& b) {
  return a.threshold_privacy == b.threshold_privacy && a.threshold_latency == b.threshold_latency &&
         a.threshold_accuracy == b.threshold_accuracy && a.threshold_cost == b.threshold_cost &&
         a.threshold_quality == b.threshold_quality && a.topic == b.topic;
}
bool admit_alike(const catalog::policy& a, const catalog::policy& b) {
  return a.threshold_privacy == b.threshold_privacy && a.threshold_cost == b.threshold_cost;
}

cl::wanted_weights wanted_under(const catalog::policy& p, const std::vector<cl::model_weights>& among) {
  return cl::resolve({p.threshold_accuracy, p.threshold_quality, p.threshold_latency}, among);
}

const catalog::model* find_model_now(const catalog::snapshot& in, std::int64_t id) {
  const auto at =
      std::find_if(in.models.begin(), in.models.end(), [id](const catalog::model& m) { return m.id == id; });
  return at == in.models.end() ? nullptr : &*at;
}

struct contender {
  const past_decision::model* past; // in the order in which they were ranked
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

/// Whether `a` comes before `b` when they score so. The books round; who was before then, was by something.
bool goes_first(const contender& a, double a_score, const contender& b, double b_score) {
  return a_score != b_score ? a_score > b_score : a.past < b.past;
}

/// Who was first, by the same rounded numbers as whoever would be.
const past_decision::model& first_of(const past_decision& made) {
  const auto* first = &made.models.front();
  for (const auto& m : made.models)
    if (m.given.sum() > first->given.sum()) first = &m;
  return *first;
}

/// Whether the scores may be what the policy made of these models, all that were compared.
bool bears_out(const past_decision& made, const catalog::snapshot& now, const catalog::policy& policy) {
  const auto counts = made.weights[part::policy];
  std::vector<cl::model_weights> had;
  for (const auto& m : made.models)
    if (const auto* known = find_model_now(now, m.id)) had.push_back(weights_of(*known));
  const auto wanted = wanted_under(policy, had);
  constexpr double rounded = 0.01; // weights and contributions have three digits behind the point
  return std::all_of(made.models.begin(), made.models.end(), [&](const auto& m) {
    const auto* known = find_model_now(now, m.id);
    return known == nullptr ||
           std::abs(m.given[part::policy] - counts * cl::policy_stage(weights_of(*known), wanted)) < rounded;
  });
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
  if (simdjson::dom::object obeyed; root["obeyed"].get(obeyed) == simdjson::SUCCESS) out.obeyed = read_obeyed(obeyed);
  return out;
}

bool has_obeyed(const std::string& statistics, std::int64_t policy_id) {
  if (statistics.find(R"("obeyed")") == std::string::npos) return false;
  simdjson::dom::parser parser;
  simdjson::dom::array ids;
  if (parser.parse(statistics)["obeyed"]["policies"].get(ids) != simdjson::SUCCESS) return false;
  for (const auto each : ids)
    if (std::int64_t id = 0; each.get(id) == simdjson::SUCCESS && id == policy_id) return true;
  return false;
}

second_thought reconsider(const past_decision& made, const cl::petitioner& by, const catalog::snapshot& now,
                          const catalog::policy& before, const catalog::policy& after) {
  second_thought out;
  const auto& first = first_of(made);
  out.model_id = first.id;
  out.stays = same_terms(before, after);
  if (out.stays) return out;
  for (const auto& m : now.models) {
    const bool compared =
        std::any_of(made.models.begin(), made.models.end(), [&](const auto& past) { return past.id == m.id; });
    // Not for want of what was asked, but of the policy's leave.
    if (!compared && first_admitted(by, now, m.id, &after) != 0 && first_admitted(by, now, m.id, &before) == 0)
      out.wider = true;
  }
  if (first_admitted(by, now, first.id, &before) == 0 || (!made.obeyed && !bears_out(made, now, before))) {
    out.open = true;
    return out;
  }
  std::vector<contender> left;
  std::vector<cl::model_weights> had, has;
  for (const auto& past : made.models) {
    const auto* m = find_model_now(now, past.id);
    if (m == nullptr) continue;
    had.push_back(weights_of(*m));
    const auto where = first_admitted(by, now, m->id, &after);
    if (where == 0) continue;
    left.push_back({&past, m, where, 0, 0});
    has.push_back(had.back());
  }
  if (left.empty()) {
    out.model_id = 0;
    return out;
  }

  const auto wanted_before = wanted_under(before, had), wanted = wanted_under(after, has);
  const auto strength = [](const cl::model_weights& w) { return std::int64_t{w.accuracy} + w.quality; };
  const auto [weakest, strongest] = std::minmax_element(
      has.begin(), has.end(), [&](const auto& a, const auto& b) { return strength(a) < strength(b); });
  const auto least = strength(*weakest), span = strength(*strongest) - least;

  for (std::size_t i = 0; i < left.size(); ++i) {
    auto given = left[i].past->given;
    given[part::policy] +=
        made.weights[part::policy] * (cl::policy_stage(has[i], wanted) - cl::policy_stage(has[i], wanted_before));
    left[i].least = left[i].most = given.sum();
    const bool fits = tagged(*left[i].now, after.topic), did_fit = tagged(*left[i].now, before.topic);
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
  out.stays = best->past == &first;
  out.model_id = best->now->id;
  out.deployment_id = best->deployment_id;
  return out;
}

std::optional<bool> may_still_serve(const cl::petitioner& by, const catalog::snapshot& now, std::int64_t model_id,
                                    std::int64_t deployment_id, const catalog::policy& before,
                                    const catalog::policy& after) {
  if (admit_alike(before, after)) return true;
  if (deployment_id == 0) {
    if (first_admitted(by, now, model_id, &before) == 0) return std::nullopt;
    return first_admitted(by, now, model_id, &after) != 0;
  }
  const auto* d = now.find_deployment(deployment_id);
  if (d == nullptr || !cl::may_serve(*by.who, by.with, &before, *d)) return std::nullopt;
  return cl::may_serve(*by.who, by.with, &after, *d);
}

} // namespace logos::administration
