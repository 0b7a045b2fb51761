// SPDX-License-Identifier: MIT
#include "actors/administration/route_table.hpp"

#include "actors/administration/alerts.hpp"
#include "actors/administration/balance.hpp"
#include "actors/administration/books.hpp"
#include "actors/administration/events.hpp"
#include "actors/administration/feedback.hpp"
#include "actors/administration/fields.hpp"
#include "actors/administration/jobs.hpp"
#include "actors/administration/limit_use.hpp"
#include "actors/administration/logosdb.hpp"
#include "actors/administration/provider_snapshots.hpp"
#include "actors/administration/queries.hpp"
#include "actors/administration/rerate.hpp"
#include "actors/administration/resources.hpp"
#include "actors/administration/served_routes.hpp"
#include "actors/administration/transfers.hpp"
#include "actors/administration/what_if.hpp"
#include "actors/ingress/intent.hpp"
#include "core/words.hpp"

#include <optional>

namespace logos::administration {
namespace {

constexpr core::words<6> access_words{"open", "key", "user", "admin", "root", "nobody"};

template <class Entity>
struct operations {
  store_operation create = create_entity<Entity>;
  store_operation list = list_entities<Entity>;
  store_operation show = show_entity<Entity>;
  std::span<const parameter> shown_by{}; // what `show` takes behind `?`
};

/// Of what costs are made of: each version can be shown.
template <class Entity>
operations<Entity> with_versions() {
  operations<Entity> by;
  by.show = show_any_version<Entity>;
  by.shown_by = version_query;
  return by;
}

/// Who may do what with a resource.
struct grants {
  access read = access::nobody;
  access create = access::nobody;
  access change = access::nobody;
  access remove = access::nobody;
};
constexpr grants administrators{access::admin, access::admin, access::admin, access::admin};
/// Others look at their own, or at what is everybody's.
constexpr grants shown_to_all{access::key, access::admin, access::admin, access::admin};

/// What is never changed, nor removed by itself; else empty.
template <class Entity>
constexpr std::string_view entry_rule{};
template <>
constexpr std::string_view entry_rule<storage::credit>{
    "A credit is never changed or removed: make another one that reverses it."};

template <class Entity>
void add_resource(std::vector<route>& to, std::string_view one, const grants& who, const operations<Entity>& by = {}) {
  const auto& n = noun_of<Entity>();
  const auto path = kept("/admin/v1/" + std::string{n.plural});
  const auto item = kept(std::string{path} + "/{id}");
  const std::string a{one};
  const auto row = [&](std::string_view method, std::string_view at, access may, store_operation run,
                       const std::string& summary) {
    route r{method, at, may, service::store, run, kept(summary), n.plural};
    r.response = n.schema;
    return r;
  };
  auto list = row("GET", path, who.read, by.list, "List " + std::string{n.plural});
  list.list = true;
  list.query = parameters_of_list<Entity>();
  auto make = row("POST", path, who.create, by.create, "Make " + a);
  make.request = n.schema;
  make.status = 201;
  auto show = row("GET", item, who.read, by.show, "Show " + a);
  show.query = by.shown_by;
  show.versioned = true;
  list.no_other = make.no_other = show.no_other = entry_rule<Entity>;
  to.insert(to.end(), {list, make, show});
  if constexpr (entry_rule<Entity>.empty()) {
    auto change = row("PATCH", item, who.change, change_entity<Entity>, "Change " + a);
    change.request = kept(std::string{n.schema} + "Change");
    auto erase = row("DELETE", item, who.remove, remove_entity<Entity>, "Remove " + a);
    erase.response = {};
    erase.status = 204;
    change.versioned = erase.versioned = true;
    to.insert(to.end(), {change, erase});
  }
}

void add_feedback(std::vector<route>& to) {
  const auto row = [&](std::string_view method, std::string_view pattern, access who, service by,
                       std::string_view summary, std::string_view response) -> route& {
    to.push_back({method, pattern, who, by, nullptr, summary, "feedback"});
    to.back().response = response;
    return to.back();
  };
  row("POST", "/v1/feedback", access::key, service::feedback,
      "Say how good an answer was, so that the next choice of a model is better; about the key's own requests",
      "FeedbackReceipt")
      .request = "Feedback";
  row("POST", "/admin/v1/feedback", access::admin, service::feedback,
      "The same about any request, or about a prompt without one; it counts without a bound", "FeedbackReceipt")
      .request = "Feedback";
  auto& list = row("GET", "/admin/v1/feedback", access::admin, service::store,
                   "List what was said and noticed of answers, the newest first", "FeedbackRow");
  list.run = list_feedback;
  list.report = true;
  list.list = true;
  list.query = feedback_query;
  row("GET", "/admin/v1/learning", access::admin, service::learning,
      "How much was learned of each model, and what this node remembers", "Learning");
}

void add_admin_routes(std::vector<route>& to) {
  const auto get = [&](std::string_view pattern, access who, service by, store_operation run, std::string_view summary,
                       std::string_view tag, std::string_view response, std::span<const parameter> query = {}) {
    route r{"GET", pattern, who, by, run, summary, tag};
    r.response = response;
    r.query = query;
    r.list = std::any_of(query.begin(), query.end(), [](const parameter& p) { return p.name == "cursor"; });
    to.push_back(r);
  };
  // What is read of the log, of its sums and of the audit log.
  const auto report = [&](std::string_view pattern, access who, store_operation run, std::string_view summary,
                          std::string_view tag, std::string_view response, std::span<const parameter> query = {}) {
    get(pattern, who, service::store, run, summary, tag, response, query);
    to.back().report = true;
  };
  report("/admin/v1/requests", access::key, list_requests, "List requests, the newest first", "requests", "Request",
         request_query);
  report("/admin/v1/requests/{request_id}", access::key, show_request, "Show a request", "requests", "Request");
  get("/admin/v1/requests/{request_id}/why", access::key, service::why, nullptr,
      "Show why a request is where it is: what it waits for, where it runs, or how it went", "requests", "Why");
  get("/admin/v1/queue", access::key, service::queue, nullptr,
      "List who waits for a place, by deployment and request: everybody's requests, or those of the caller's user",
      "requests", "QueuedRequest", queue_query);
  get("/admin/v1/jobs", access::key, service::store, list_all_jobs,
      "List jobs, the newest first: everybody's, or those of the caller's user", "jobs", "Job", any_job_query);
  report("/admin/v1/usage", access::key, sum_usage, "Sum requests and tokens per group", "usage", "UsageReport",
         usage_query);
  get("/admin/v1/actors", access::admin, service::actors, nullptr, "The status of every actor of every node", "nodes",
      "ActorList");
  get("/admin/v1/providers/{id}/state", access::admin, service::provider_state, nullptr,
      "What is seen of a provider wherever it is owned, and what was learned of its deployments", "providers",
      "ProviderState");
  report("/admin/v1/providers/{id}/snapshots", access::admin, list_provider_snapshots,
         "List what was seen in an Ollama's memory, the newest first", "providers", "ProviderSnapshot", snapshot_query);
  get("/admin/v1/nodes", access::admin, service::nodes, nullptr, "The nodes of the cluster", "nodes", "NodeList");
  report("/admin/v1/events", access::admin, list_events, "List changes of the audit log, the newest first", "events",
         "Event", event_query);
  report("/admin/v1/events/verify", access::admin, verify_events,
         "Compute the audit log's chain of hashes anew and name the first event that does not fit", "events",
         "ChainCheck");
  report("/admin/v1/events/{id}", access::admin, show_event, "Show a change of the audit log", "events", "Event");
  get("/admin/v1/alerts", access::key, service::store, list_alerts, "List alerts of budgets, the newest first",
      "alerts", "Alert", alert_query);
  get("/admin/v1/alerts/{id}", access::key, service::store, show_alert, "Show an alert", "alerts", "Alert");
  report("/admin/v1/budgets/{id}/balance", access::key, show_balance,
         "Show what has been spent of a budget in the period that runs, what is held, and what remains", "budgets",
         "Balance");
  const auto order = [&](std::string_view pattern, std::string_view summary) {
    route r{"POST", pattern, access::admin, service::order, nullptr, summary, "deployments"};
    r.response = "ModelOrder";
    r.status = 202;
    to.push_back(r);
  };
  order("/admin/v1/deployments/{id}/load",
        "Have its model loaded by a provider that loads on demand, when there is room that nobody uses");
  order("/admin/v1/deployments/{id}/unload",
        "Have its model thrown out of a provider's memory, when what runs there has ended");
  route test{"POST",        "/admin/v1/budgets/{id}/test-alert",
             access::admin, service::store,
             test_alert,    "Send an alert that tells nothing, once; how that went is shown at /admin/v1/alerts/{id}",
             "alerts"};
  test.response = "Alert";
  test.status = 202;
  to.push_back(test);
  route tried{
      "POST",
      "/admin/v1/classify",
      access::key,
      service::trial,
      nullptr,
      "Show which model a request would get, and why, without sending it: for the caller's own process, for any "
      "to administrators",
      "policies"};
  tried.request = "Trial";
  tried.response = "Classification";
  to.push_back(tried);
  route anew{"POST",        "/admin/v1/rerate",
             access::admin, service::store,
             rerate,        "Price the requests of a time range anew with the prices as they are now",
             "usage"};
  anew.request = "RerateRequest", anew.response = "RerateReport";
  anew.behind_journal = true;
  to.push_back(anew);
  route again{"POST",        "/admin/v1/what-if",
              access::admin, service::store,
              what_if,       "What a changed policy would have made of past decisions: cost, latency, quality",
              "policies"};
  again.request = "WhatIfRequest";
  again.response = "WhatIfReport";
  again.report = true;
  to.push_back(again);
}

/// A process is a key: all of its routes by that name, too.
void add_keys(std::vector<route>& to) {
  constexpr std::string_view processes = "/admin/v1/processes";
  std::vector<route> same;
  for (const auto& r : to)
    if (r.pattern.starts_with(processes)) {
      same.push_back(r);
      same.back().pattern = kept("/admin/v1/keys" + std::string{r.pattern.substr(processes.size())});
      same.back().summary = kept(std::string{r.summary} + "; the same as at " + std::string{r.pattern});
    }
  to.insert(to.end(), same.begin(), same.end());
}

std::vector<route> make_routes() {
  std::vector<route> all;
  add_open_routes(all);
  add_extras(all);
  add_jobs(all);
  add_batches(all);
  add_feedback(all);
  add_resource<storage::user>(all, "a user", {access::user, access::admin, access::user, access::admin});
  add_resource<storage::service>(all, "a service", administrators);
  add_resource<storage::process>(all, "a process: one key, which is shown this once, and a first profile",
                                 {access::key, access::user, access::key, access::key}, {create_process});
  route rotate{"POST",         "/admin/v1/processes/{id}/rotate",
               access::key,    service::store,
               rotate_process, "Give a process a new key in place of the old one",
               "processes"};
  rotate.request = "Rotation";
  rotate.versioned = true;
  rotate.body_needed = false;
  rotate.response = "Process";
  all.push_back(rotate);
  add_keys(all);
  add_resource<storage::profile>(all, "a profile", shown_to_all, {create_profile});
  add_resource<storage::permission>(all, "a permission", shown_to_all, {create_permission});
  add_resource<storage::provider>(all, "a provider", administrators, {create_provider});
  add_resource<storage::model>(all, "a model", administrators, {create_model});
  add_resource<storage::deployment>(all, "a deployment: a model at a provider", administrators, {create_deployment});
  add_resource<storage::policy>(all, "a policy", administrators);
  add_resource<storage::token_type>(all, "a token type: what is counted of a provider's usage", shown_to_all,
                                    with_versions<storage::token_type>());
  add_resource<storage::rate>(all, "a rate of exchange, from when on", administrators, with_versions<storage::rate>());
  add_resource<storage::price>(all, "a price of a thousand tokens", shown_to_all, with_versions<storage::price>());
  add_resource<storage::limit>(all, "a limit on requests or tokens at a time", shown_to_all,
                               {create_entity<storage::limit>, list_limits, show_limit});
  add_resource<storage::budget>(all, "a budget", shown_to_all);
  add_resource<storage::credit>(all, "a credit: an entry on a budget, for the period in which it is made",
                                {access::key, access::admin});
  add_resource<storage::example>(all, "an example of what models are good or bad at", administrators);
  add_admin_routes(all);
  add_transfer(all);
  add_logosdb(all);
  return all;
}

/// Takes the first segment off `path`, which begins with a slash.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> found;
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_segment(pattern);
    if (wanted.ends_with("...}")) {
      auto rest = ingress::percent_decode(path.substr(1));
      if (!rest || rest->empty()) return std::nullopt;
      found.push_back(std::move(*rest));
      return found;
    }
    const auto segment = take_segment(path);
    if (wanted.starts_with('{')) {
      auto value = ingress::percent_decode(segment);
      if (!value || value->empty()) return std::nullopt;
      found.push_back(std::move(*value));
    } else if (wanted != segment) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return found;
}

} // namespace

std::string_view to_string(access who) { return core::word_of(access_words, who); }

std::span<const route> all_routes() {
  static const auto routes = make_routes();
  return routes;
}

routing find_route(std::string_view method, std::string_view path) {
  routing out;
  if (!path.starts_with('/')) return out;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto wanted = method == "HEAD" ? std::string_view{"GET"} : method;
  for (const auto& r : all_routes()) {
    auto found = r.by == service::relayed ? std::nullopt : match(r.pattern, path);
    if (!found) continue;
    // Two patterns may fit one path: `/events/verify`, `/events/{id}`.
    if (out.allow.find(r.method) == std::string::npos) {
      out.allow.append(out.allow.empty() ? "" : ", ").append(r.method);
      if (r.method == "GET") out.allow += ", HEAD";
    }
    if (!r.no_other.empty()) out.no_other = r.no_other;
    if (r.method != wanted || out.to != nullptr) continue;
    out.to = &r;
    out.path = std::move(*found);
  }
  return out;
}

} // namespace logos::administration
