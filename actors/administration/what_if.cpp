// SPDX-License-Identifier: MIT
#include "actors/administration/what_if.hpp"

#include "actors/administration/fields.hpp"
#include "actors/administration/members.hpp"
#include "actors/administration/past_decision.hpp"
#include "actors/administration/past_terms.hpp"
#include "actors/administration/resource_logic.hpp"
#include "actors/administration/wide_money.hpp"
#include "actors/catalog/policy_row.hpp"
#include "actors/ingress/needs.hpp"
#include "net/routes.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

constexpr int rows_at_once = 500;           // some ten milliseconds
constexpr std::int64_t most_rows = 200'000; // that are looked through for decisions
constexpr std::int64_t most_decisions = 10'000;
constexpr std::size_t most_examples = 20;

/// What was asked.
struct question : reform {
  storage::request_filter range;
  std::int64_t limit = 1000;
  std::string currency; // of costs
};

/// A mean of what is known.
struct mean {
  double sum = 0;
  std::int64_t count = 0;
  void add(double x) {
    sum += x;
    ++count;
  }
};

/// Who has served, or would.
struct server {
  std::int64_t model_id = 0, deployment_id = 0; // of the latter 0: none has
  auto operator<=>(const server&) const = default;
};

/// Decisions that would go to another model, or to the same elsewhere.
struct move {
  std::int64_t requests = 0;
  wide cost = 0; // after less before
};

struct example {
  std::string request_id;
  std::int64_t from = 0, to = 0;
};

struct run {
  question asked;
  earlier_catalogs earlier;
  std::string cursor;
  std::int64_t rows = 0, decisions = 0, unreadable = 0, undecided = 0, refused = 0, wider = 0;
  wide cost_before = 0, cost_after = 0;
  std::map<std::int64_t, mean> first_token_us;                 // by deployment, of all requests in the range
  std::map<std::pair<std::int64_t, std::int64_t>, move> moves; // from one model to another
  std::map<server, std::int64_t> before, after;                // decisions for each
  mean learned_before, learned_after;
  std::vector<example> examples;
  bool whole = true; // the range was looked through to its end
};

boost::system::result<storage::policy, failure> find_policy(storage::store& in, simdjson::dom::object body) {
  json_value given;
  if (body["policy"].get(given) != simdjson::SUCCESS)
    return failure{ec::bad_field, "'policy' is required: the id or the name of the policy to change.", "policy"};
  std::int64_t id = 0;
  std::string name;
  if (!read_value(given, id).empty() && !read_value(given, name).empty())
    return mismatch("policy", "the id or the name of a policy", given);
  std::optional<storage::policy> found;
  constexpr int at_once = 1000;
  for (std::int64_t after = 0;;) {
    const auto some = in.list<storage::policy>(after, at_once);
    if (!some) return some.error();
    for (const auto& p : *some) {
      after = p.id;
      if (id != 0 ? p.id != id : p.name != name) continue;
      if (found)
        return failure{ec::bad_field, "There are several policies of this name: give the id instead.", "policy"};
      found = p;
    }
    if (some->size() < at_once) break;
  }
  if (!found) return failure{ec::resource_not_found, "There is no policy " + simdjson::minify(given) + ".", "policy"};
  return *found;
}

failure read_limits(simdjson::dom::object body, core::wall_time now, question& out) {
  out.range.to = now;
  json_value given;
  for (const auto& [name, to] : {std::pair{"from", &out.range.from}, std::pair{"to", &out.range.to}})
    if (body[name].get(given) == simdjson::SUCCESS && !given.is_null()) {
      core::wall_time time{};
      if (const auto wanted = read_value(given, time); !wanted.empty()) return mismatch(name, wanted, given);
      *to = time;
    }
  if (!out.range.from) out.range.from = *out.range.to - std::chrono::hours{24};
  if (*out.range.from >= *out.range.to) return {ec::bad_field, "'from' must be before 'to'.", "from"};
  if (body["limit"].get(given) == simdjson::SUCCESS)
    if (given.get(out.limit) != simdjson::SUCCESS || out.limit < 1 || out.limit > most_decisions)
      return mismatch("limit", "a whole number from 1 to 10000", given);
  if (body["all"].get(given) == simdjson::SUCCESS)
    if (const auto wanted = read_value(given, out.all); !wanted.empty()) return mismatch("all", wanted, given);
  return {};
}

boost::system::result<question, failure> read_question(storage::store& in, const call& c) {
  static constexpr std::array<std::string_view, 6> known{"policy", "change", "from", "to", "limit", "all"};
  body_object read;
  if (auto bad = read.parse(c.request()); bad.code != ec::none) return bad;
  const auto body = read.object();
  for (const auto [name, value] : body)
    if (std::find(known.begin(), known.end(), name) == known.end()) return unknown_field(name, known);
  question out;
  out.now = c.snapshot;
  if (auto bad = read_limits(body, c.now, out); bad.code != ec::none) return bad;
  auto row = find_policy(in, body);
  if (!row) return row.error();
  simdjson::dom::object change;
  json_value given;
  if (body["change"].get(given) != simdjson::SUCCESS)
    return failure{ec::bad_field, "'change' is required: the members of the policy that would be others.", "change"};
  if (given.get(change) != simdjson::SUCCESS) return mismatch("change", "an object", given);
  if (change["cascade"].error() == simdjson::SUCCESS)
    return failure{ec::bad_field,
                   "'change.cascade' cannot be told from the books: which answers a check would refuse "
                   "is not known before they are given.",
                   "change.cascade"};
  names by{in};
  if (auto bad = read_fields(change, *row, by, false); bad.code != ec::none) {
    bad.param = "change." + bad.param;
    return bad;
  }
  out.policy_id = row->id;
  out.changed = with_policy(c.snapshot, catalog::to_policy(*row), row->enabled);
  return out;
}

std::optional<std::int64_t> first_token_of(const storage::request_row& row) {
  if (row.time_at_first_token <= row.timestamp_request) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::microseconds>(row.time_at_first_token - row.timestamp_request).count();
}

/// What a row's request would have cost there.
core::nano cost_at(const catalog::snapshot& in, std::int64_t deployment_id, const storage::request_row& row) {
  const auto* d = in.find_deployment(deployment_id);
  const auto own = storage::read_own_counts(row.own_counts);
  const auto found =
      in.prices.cost_of(d->model->id, d->provider->id, accounting::counts_of(row.usage, own), row.timestamp_request);
  return found ? found->amount : 0;
}

/// What the books tell of what a request needs of its model: what its path is for.
core::needs needs_by_path(const storage::request_row& row) {
  ingress::intent i;
  i.route = net::classify("POST", row.path);
  i.at = ingress::endpoint_of(i.route.rest);
  return ingress::needs_of(i, 0, false);
}

/// What was learned of the model with such prompts, -1 to 1; nothing: that did not count, or it was not compared.
std::optional<double> learned_of(const past_decision& made, std::int64_t model_id) {
  const auto counts = made.weights[classification::part::learned];
  const auto at = std::find_if(made.models.begin(), made.models.end(), [&](const auto& m) { return m.id == model_id; });
  if (counts == 0 || at == made.models.end()) return std::nullopt;
  return at->given[classification::part::learned] / counts;
}

/// Who would serve; without a model: nobody may. Nothing: it cannot be told.
std::optional<server> would_serve(run& r, const storage::request_row& row, const past_decision& made,
                                  const classification::petitioner& by, const server& was) {
  const auto terms = terms_of(r.asked, r.earlier, *by.who, by.with, made, row.ids.policy_id, needs_by_path(row));
  if (terms.forbidden) return server{};
  const auto then = reconsider(made, by, *r.asked.now, terms.before, terms.after);
  if (then.open) return std::nullopt;
  const auto may_stay = may_still_serve(by, *r.asked.now, was.model_id, was.deployment_id, terms.before, terms.after);
  if (!may_stay) return std::nullopt;
  r.wider += then.wider ? 1 : 0;
  // Where another had to stand in for the first, it would have again.
  if (*may_stay && (then.stays || then.model_id == was.model_id)) return was;
  return server{then.model_id, then.deployment_id};
}

void count_move(run& r, const storage::request_row& row, const server& from, const server& to, core::nano cost) {
  auto& m = r.moves[{from.model_id, to.model_id}];
  ++m.requests;
  m.cost += static_cast<wide>(cost) - row.cost_nano;
  if (r.examples.size() < most_examples) r.examples.push_back({row.request_id_text, from.model_id, to.model_id});
}

void look_at(run& r, const storage::request_row& row) {
  if (const auto us = first_token_of(row); us && row.ids.deployment_id != 0)
    r.first_token_us[row.ids.deployment_id].add(static_cast<double>(*us));
  const auto& asked = r.asked;
  if (row.classification_statistics.empty()) return;
  if (!asked.all && row.ids.policy_id != asked.policy_id && !has_obeyed(row.classification_statistics, asked.policy_id))
    return;
  const auto& all = asked.now->principals;
  const auto who = std::find_if(all.begin(), all.end(),
                                [&](const catalog::principal& p) { return p.process_id == row.ids.process_id; });
  const auto made = read_decision(row.classification_statistics);
  if (!made || who == all.end()) {
    ++r.unreadable;
    return;
  }
  const classification::petitioner by{asked.now, &*who, who->find_profile(row.ids.profile_id)};
  server was{row.ids.model_id, row.ids.deployment_id};
  if (was.model_id == 0) was = {made->models.front().id, 0};
  const auto then = would_serve(r, row, *made, by, was);
  if (!then) {
    ++r.undecided;
    return;
  }
  ++r.decisions;
  ++r.before[was];
  ++r.after[*then];
  r.cost_before += row.cost_nano;
  core::nano cost = row.cost_nano;
  if (then->model_id == 0) {
    ++r.refused;
    cost = 0;
  } else if (*then != was) {
    cost = cost_at(*asked.now, then->deployment_id, row);
  }
  r.cost_after += cost;
  if (const auto learned = learned_of(*made, was.model_id)) r.learned_before.add(*learned);
  if (const auto learned = learned_of(*made, then->model_id)) r.learned_after.add(*learned);
  if (*then != was) count_move(r, row, was, *then, cost);
}

/// A model's name as it is now; null for one that is gone, and for none.
std::string name_json(const catalog::snapshot& in, std::int64_t id) {
  const auto at =
      std::find_if(in.models.begin(), in.models.end(), [id](const catalog::model& m) { return m.id == id; });
  return at == in.models.end() ? "null" : core::json_string(at->name);
}

std::string mean_json(const mean& of) {
  if (of.count == 0) return "null";
  std::string out;
  classification::append_decimal(out, of.sum / static_cast<double>(of.count));
  return out;
}

/// What the first token took the deployments that were, or would be, asked: the mean of what it took each of them in
/// the range, over the decisions that it is known for.
mean expected_first_token(const run& r, const std::map<server, std::int64_t>& decisions) {
  mean out;
  for (const auto& [who, count] : decisions)
    if (const auto known = r.first_token_us.find(who.deployment_id); known != r.first_token_us.end()) {
      out.sum += known->second.sum / static_cast<double>(known->second.count) / 1000 * static_cast<double>(count);
      out.count += count;
    }
  return out;
}

/// The mean of a weight of the models that were, or would be, asked.
mean mean_weight(const run& r, const std::map<server, std::int64_t>& decisions, std::int32_t catalog::model::*weight) {
  mean out;
  for (const auto& m : r.asked.now->models)
    for (const auto& [who, count] : decisions)
      if (who.model_id == m.id) {
        out.sum += static_cast<double>(m.*weight) * static_cast<double>(count);
        out.count += count;
      }
  return out;
}

std::string quality_json(const run& r, const mean& learned, const std::map<server, std::int64_t>& decisions) {
  return members{}
      .raw("learned", mean_json(learned))
      .raw("quality", mean_json(mean_weight(r, decisions, &catalog::model::weight_quality)))
      .raw("accuracy", mean_json(mean_weight(r, decisions, &catalog::model::weight_accuracy)))
      .finish();
}

template <class Rows, class Json>
std::string array_of(const Rows& rows, const Json& json) {
  std::string out = "[";
  for (const auto& row : rows)
    out.append(out.size() > 1 ? "," : "").append(json(row));
  return out + "]";
}

std::string report(const run& r) {
  const auto& now = *r.asked.now;
  std::int64_t changed = 0;
  for (const auto& [way, m] : r.moves)
    changed += m.requests;
  return members{}
      .id("policy_id", r.asked.policy_id)
      .add("from", *r.asked.range.from)
      .add("to", *r.asked.range.to)
      .add("requests", r.rows)
      .add("decisions", r.decisions)
      .add("complete", r.whole)
      .add("unreadable", r.unreadable)
      .add("undecided", r.undecided)
      .add("changed", changed)
      .add("refused", r.refused)
      .add("wider", r.wider)
      .add("cost_before", decimal(r.cost_before))
      .add("cost_after", decimal(r.cost_after))
      .add("difference", decimal(r.cost_after - r.cost_before))
      .add("currency", r.asked.currency)
      .raw("first_token_ms_before", mean_json(expected_first_token(r, r.before)))
      .raw("first_token_ms_after", mean_json(expected_first_token(r, r.after)))
      .raw("quality_before", quality_json(r, r.learned_before, r.before))
      .raw("quality_after", quality_json(r, r.learned_after, r.after))
      .raw("moves", array_of(r.moves,
                             [&](const auto& each) {
                               return members{}
                                   .raw("from", name_json(now, each.first.first))
                                   .raw("to", name_json(now, each.first.second))
                                   .add("requests", each.second.requests)
                                   .add("difference", decimal(each.second.cost))
                                   .finish();
                             }))
      .raw("examples", array_of(r.examples,
                                [&](const example& e) {
                                  return members{}
                                      .add("request_id", e.request_id)
                                      .raw("from", name_json(now, e.from))
                                      .raw("to", name_json(now, e.to))
                                      .finish();
                                }))
      .finish();
}

outcome go_on(storage::store& in, const std::shared_ptr<run>& r) {
  const auto page = in.list_requests(r->asked.range, r->cursor, rows_at_once);
  if (!page) return to_problem(page.error());
  for (const auto& row : page->rows) {
    if (r->decisions == r->asked.limit) {
      r->whole = false;
      return to_outcome(200, report(*r));
    }
    ++r->rows;
    look_at(*r, row);
  }
  r->cursor = page->next;
  r->whole = r->cursor.empty();
  if (r->whole || r->rows >= most_rows) return to_outcome(200, report(*r));
  outcome more;
  more.next = [r](storage::store& store, const call&) { return go_on(store, r); };
  return more;
}

} // namespace

outcome what_if(storage::store& in, const call& c) {
  auto asked = read_question(in, c);
  if (!asked) return to_problem(asked.error());
  const auto r = std::make_shared<run>();
  r->asked = std::move(*asked);
  r->asked.currency = c.currency;
  return go_on(in, r);
}

} // namespace logos::administration
