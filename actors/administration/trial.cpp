// SPDX-License-Identifier: MIT
#include "actors/administration/trial.hpp"

#include "actors/administration/fields.hpp"
#include "actors/administration/resource_logic.hpp"
#include "actors/administration/rights.hpp"
#include "actors/administration/told_statistics.hpp"
#include "actors/catalog/key_scope.hpp"
#include "actors/catalog/passages.hpp"
#include "actors/classification/checks/inspection.hpp"
#include "actors/ingress/extent.hpp"
#include "actors/ingress/needs.hpp"
#include "actors/ingress/reach.hpp"
#include "actors/ingress/terms.hpp"
#include "net/header_policy.hpp"
#include "net/routes.hpp"
#include "storage/records.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;
namespace od = simdjson::ondemand;

/// The members of the request for a trial.
struct wish_to_try {
  std::int64_t process_id = 0; // 0: the caller's
  std::string policy;          // id or name
  std::string path = "/v1/chat/completions";
  std::string_view body; // as it stands in the request
};

/// The bytes of a member that is an object, where they stand.
std::string_view text_of(std::string_view whole, std::string_view name) {
  od::parser parser;
  od::document document;
  od::object members;
  if (parser.iterate(whole.data(), whole.size(), whole.size() + simdjson::SIMDJSON_PADDING).get(document) ||
      document.get_object().get(members))
    return {};
  std::string_view found;
  for (auto each : members) {
    od::field member;
    std::string_view key, text;
    od::object inner;
    if (std::move(each).get(member) || member.unescaped_key().get(key)) return {};
    if (key != name) continue;
    if (member.value().get_object().get(inner) || inner.raw_json().get(text)) return {};
    found = text;
  }
  return found;
}

expectation read_policy(json_value from, std::string& out) {
  std::int64_t id = 0;
  if (read_needed_id(from, id).empty()) {
    out = std::to_string(id);
    return {};
  }
  return read_value(from, out).empty() ? expectation{} : expectation{"the id or the name of a policy"};
}

boost::system::result<wish_to_try, failure> read_wish_to_try(const call& c) {
  static constexpr std::array<std::string_view, 4> known{"process_id", "policy", "path", "body"};
  body_object read;
  if (auto bad = read.parse(c.request()); bad.code != ec::none) return bad;
  const auto given = read.object();
  for (const auto [name, value] : given)
    if (std::find(known.begin(), known.end(), name) == known.end()) return unknown_field(name, known);
  wish_to_try out;
  json_value value;
  if (given["process_id"].get(value) == simdjson::SUCCESS)
    if (const auto wanted = read_id(value, out.process_id); !wanted.empty())
      return mismatch("process_id", wanted, value);
  if (given["policy"].get(value) == simdjson::SUCCESS && !value.is_null())
    if (const auto wanted = read_policy(value, out.policy); !wanted.empty()) return mismatch("policy", wanted, value);
  if (given["path"].get(value) == simdjson::SUCCESS)
    if (const auto wanted = read_value(value, out.path); !wanted.empty()) return mismatch("path", wanted, value);
  if (given["body"].get(value) != simdjson::SUCCESS)
    return failure{ec::bad_field, "'body' is required: the JSON body of the request to be tried.", "body"};
  if (!value.is_object()) return mismatch("body", "the JSON body of a request, an object", value);
  out.body = text_of(c.request().body, "body");
  if (out.body.empty()) return failure{ec::bad_field, "'body' cannot be read: give it once, as an object.", "body"};
  return out;
}

/// Those of its headers that the request that is tried would have, too.
std::vector<net::header_view> headers_for(const net::request_view& given, std::string_view policy) {
  static constexpr std::array<std::string_view, 3> shared{"use_profile", "policy", "provider"};
  std::vector<net::header_view> out{{"content-type", "application/json"}};
  if (!policy.empty()) out.push_back({"policy", policy}); // the first of a name counts
  for (const auto& h : given.headers)
    if (std::any_of(shared.begin(), shared.end(), [&](auto name) { return net::equal_names(h.name, name); }))
      out.push_back(h);
  return out;
}

/// For whom it is tried.
boost::system::result<const catalog::principal*, failure> find_holder(const call& c, std::int64_t process_id) {
  if (process_id == 0 || process_id == c.who->process_id) return c.who;
  if (!administers(c))
    return failure{ec::forbidden, "Only an administrator may try a request of another process: leave 'process_id' out.",
                   "process_id"};
  const auto& all = c.snapshot->principals;
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const catalog::principal& p) { return p.process_id == process_id; });
  if (at == all.end()) {
    auto gone = not_there("process", process_id);
    gone.param = "process_id";
    return gone;
  }
  return &*at;
}

/// In which order models would be asked; empty: there is no cascade.
std::string cascade_json(const trial& t, const actors::verdict& v) {
  if (!t.may_cascade || v.found.ranked.empty()) return {};
  const auto& rules = t.asked.policy->cascade;
  const auto steps = classification::cascade_of(v.found.ranked, *t.asked.snapshot, rules, t.use);
  if (steps.size() < 2) return {};
  std::string checks, order;
  for (const auto& word : core::words_of(rules.checks))
    checks.append(checks.empty() ? "" : ",").append(core::json_string(word));
  for (const auto& step : steps)
    order.append(order.empty() ? "" : ",").append(core::json_string(step.model->name));
  return R"(,"cascade":{"checks":[)" + checks + R"(],"order":[)" + order + "]}";
}

} // namespace

boost::system::result<trial, failure> read_trial(const call& c, net::json_looker& looker) {
  const auto wish = read_wish_to_try(c);
  if (!wish) return wish.error();
  const auto holder = find_holder(c, wish->process_id);
  if (!holder) return holder.error();
  const auto& who = **holder;

  const auto route = net::classify("POST", wish->path);
  if (route.to != net::route::inference || route.bad_path)
    return failure{ec::bad_field, "'path' must be one that leads to a model, such as /v1/chat/completions.", "path"};
  const auto headers = headers_for(c.request(), wish->policy);
  net::request_view request;
  request.method = "POST";
  request.target = request.path = wish->path;
  request.headers = headers;
  request.body = wish->body;

  // As INGRESS does, in its order. The address that another process calls from is not known.
  if (who.scope != nullptr && &who == c.who)
    if (auto bad = who.scope->check(request.path, c.exchange->client_address()); bad.code != ec::none) return bad;
  if (auto bad = ingress::check_reach(who, {request.method, request.path, route.rest, c.jobs.batches});
      bad.code != ec::none)
    return bad;
  const auto profile = ingress::find_profile(who, request);
  if (!profile) return profile.error();
  const classification::petitioner by{c.snapshot, &who, *profile};
  classification::petition petition;
  if (auto bad = ingress::read_petition(by, request, petition); bad.code != ec::none) return bad;
  const auto wanted = ingress::read_intent(request, route, looker);
  if (!wanted) return wanted.error();
  auto settled = ingress::settle(by, *wanted, request.body.size(), petition);
  if (!settled) return settled.error();
  std::int64_t provider_id = 0;
  if (!wanted->provider.empty()) {
    const auto p = catalog::choose_provider(*c.snapshot, who, *profile, wanted->provider);
    if (!p) return p.error();
    provider_id = (*p)->id;
  }
  trial out;
  if (const auto named = classification::select_named(
          {*c.snapshot, who, *profile, settled->policy.get(), wanted->model, provider_id, settled->needs})) {
    if (named->failure.code != ec::none) return named->failure;
    out.named = wanted->model;
    settled->needs = ingress::needs_of(*wanted, request.body.size(), true); // beside those that would be chosen
  }
  out.asked = {c.exchange->id(),           c.snapshot, &who,        *profile,
               std::move(settled->policy), {},         provider_id, settled->needs};
  out.asked.exchange = c.exchange;
  out.asked.body = wish->body;
  out.asked.tokens = wanted->tokens;
  out.asked.prompt_tokens = wanted->prompt_tokens;
  out.asked.received = c.now;
  out.asked.shown = std::numeric_limits<std::uint32_t>::max();
  out.asked.petition = std::move(petition);
  out.may_cascade = out.named.empty() && checks::can_judge(*wanted);
  const auto may = ingress::estimate(*wanted, request.body.size(), 0);
  out.use = {may.prompt, may.answer * may.answers, c.now};
  return out;
}

outcome answer_trial(const trial& t, const actors::verdict& v) {
  if (v.found.failure.code != ec::none) return to_problem(v.found.failure);
  // It is told to whoever has sent the prompt, and kept nowhere.
  auto told = tell_statistics(storage::with_features(v.found.statistics, v.found.features));
  if (!t.named.empty()) told.insert(told.size() - 1, R"(,"named":)" + core::json_string(t.named));
  told.insert(told.size() - 1, cascade_json(t, v) + R"(,"not_regarded":["limits","budgets"])");
  return to_outcome(200, std::move(told));
}

} // namespace logos::administration
