// SPDX-License-Identifier: MIT
#include "actors/transfer/unload.hpp"

#include "actors/transfer/credit_order.hpp"
#include "actors/transfer/holders.hpp"
#include "actors/transfer/providers.hpp"
#include "storage/sql/fields.hpp"
#include "storage/sql/scopes.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

namespace logos::transfer {
namespace {

using core::ec;
using core::failure;
using ids = std::unordered_map<std::int64_t, std::int64_t>; // the file's → the database's

constexpr std::size_t batch = 500;
constexpr std::int64_t largest_kept_id = 1'000'000'000; // what is taken over must leave room above it

failure located(failure f, const std::string& where) {
  f.message = where + (f.param.empty() ? "" : ", field " + f.param) + ": " + f.message;
  return f;
}

/// The columns by which an entity is known again.
template <class Entity>
std::vector<std::string_view> identity() {
  using namespace storage;
  if constexpr (std::is_same_v<Entity, process>) return {"logos_key"};
  if constexpr (std::is_same_v<Entity, profile>) return {"process_id", "name"};
  if constexpr (std::is_same_v<Entity, permission>) return {"profile_id", "model_id"};
  if constexpr (std::is_same_v<Entity, deployment>) return {"model_id", "provider_id"};
  if constexpr (std::is_same_v<Entity, policy>) return {"entity_id", "name"};
  if constexpr (std::is_same_v<Entity, price>) return {"model_id", "provider_id", "token_type", "valid_from"};
  if constexpr (std::is_same_v<Entity, rate>) return {"currency", "valid_from"};
  if constexpr (std::is_same_v<Entity, limit>) return {"scope", "scope_id", "kind"};
  if constexpr (std::is_same_v<Entity, budget>) return {"scope", "scope_id", "period"};
  if constexpr (std::is_same_v<Entity, credit>) return {"budget_id", "made_at", "amount_nano", "reason", "reverses"};
  if constexpr (std::is_same_v<Entity, example>) return {"model_id", "topic", "text"};
  return {storage::table_of<Entity>().key};
}

std::string joined(const storage::table& kind, const storage::fields& row, const std::vector<std::string_view>& by) {
  std::string out;
  for (const auto name : by) {
    const auto at = std::find(kind.columns.begin(), kind.columns.end(), name) - kind.columns.begin();
    out.append(row[static_cast<std::size_t>(at)].value_or("")).append("\n");
  }
  return out;
}

template <class Entity>
std::string identity_of(const Entity& e) {
  return joined(storage::table_of<Entity>(), storage::to_fields(e, nullptr), identity<Entity>());
}

/// A process whose key is not known: whose it is, and its name.
std::string owner_and_name(const storage::process& p) {
  return std::to_string(p.user_id) + "\n" + std::to_string(p.service_id) + "\n" + p.name;
}

/// Replaces what an entity refers to.
struct mapping {
  const std::map<std::string_view, ids>& maps;
  failure wrong{};

  void field(std::string_view, const auto&) {}
  /// A scope's models, a profile's providers. One that the file does not have stays one that nobody has: left out, it
  /// would widen what it narrows.
  void field(std::string_view column, std::vector<std::int64_t>& list) {
    const auto& map = maps.at(column == "allowed_providers" ? "providers" : "models");
    for (auto& id : list) {
      const auto at = map.find(id);
      id = at != map.end() ? at->second : -std::abs(id);
    }
  }
  void json(std::string_view, const auto&) {}
  void secret(std::string_view, const auto&) {}
  void address(std::string_view, const auto&) {}
  void reference(std::string_view column, std::int64_t& id, std::string_view table, std::string_view noun) {
    if (id == 0 || wrong.code != ec::none) return;
    const auto& map = maps.at(table);
    if (const auto at = map.find(id); at != map.end())
      id = at->second;
    else
      wrong = {ec::bad_field, "the file has no " + std::string{noun} + " " + std::to_string(id) + ".",
               std::string{column}};
  }
};

/// Two of a file that are one here would have one another's keys, or one key.
template <class Entity>
constexpr bool has_namesakes = std::is_same_v<Entity, storage::user> || std::is_same_v<Entity, storage::service> ||
                               std::is_same_v<Entity, storage::process>;

class unloading {
public:
  unloading(storage::store& to, cargo& from, const options& how) : store_{to}, cargo_{from}, how_{how} {
    report_.dry_run = how.dry_run;
    report_.notes = from.notes;
    report_.warnings = from.warnings;
  }

  storage::result<report> run() {
    failure taken_back{ec::conflict, "a dry run"};
    bool whole = false;
    const auto done = store_.together([&]() -> storage::result<void> {
      if (auto placed = place_entities(); !placed) return placed;
      if (!how_.dry_run) return {};
      if (auto written = write_past(); !written) return written;
      whole = true;
      return taken_back;
    });
    if (!done && !whole) return done.error();
    if (!how_.dry_run)
      if (auto written = write_past(); !written) return written.error();
    return std::move(report_);
  }

private:
  storage::result<void> place_entities() {
    const auto there = store_.load_catalog();
    if (!there) return there.error();
    remember(*there);
    storage::result<void> done;
    all_kinds::each([&]<class Entity>() {
      done = place_all<Entity>();
      return static_cast<bool>(done);
    });
    return done;
  }

  void remember(const storage::catalog_data& there) {
    const auto note = [&]<class Entity>(const std::vector<Entity>& all) {
      auto& known = known_[storage::table_of<Entity>().name];
      for (const auto& e : all)
        known.emplace(identity_of(e), e.id);
    };
    note(there.users);
    note(there.services);
    note(there.processes);
    note(there.profiles);
    note(there.permissions);
    note(there.providers);
    note(there.models);
    note(there.deployments);
    note(there.policies);
    note(there.token_types);
    note(there.rates);
    note(there.prices);
    note(there.limits);
    note(there.budgets);
    note(there.credits);
    note(there.examples);
    for (const auto& u : there.users)
      learn(u);
    for (const auto& s : there.services)
      learn(s);
    for (const auto& p : there.processes) {
      if (p.previous_hash) {
        auto former = p;
        former.hash = *p.previous_hash;
        if (known_[storage::table_of<storage::process>().name].emplace(identity_of(former), p.id).second)
          rotated_.insert(identity_of(former));
      }
      owners_[owner_and_name(p)].push_back(p.id);
      holders_.learn(p);
      has_root_ = has_root_ || (is_root(p.user_id) && p.allowed_endpoints.empty() && p.allowed_addresses.empty());
    }
    for (const auto& p : there.providers)
      learn(p);
  }

  template <class Entity>
  storage::result<void> place_all() {
    const auto table = storage::table_of<Entity>().name;
    auto& map = maps_[table];
    tally count{std::string{storage::table_of<Entity>().noun} + "s"};
    if constexpr (std::is_same_v<Entity, storage::policy>) count.what = "policies";
    if constexpr (std::is_same_v<Entity, storage::process>) count.what = "processes";
    if constexpr (std::is_same_v<Entity, storage::credit>) put_in_order(cargo_.of<Entity>());
    for (auto& [entity, where] : cargo_.of<Entity>()) {
      const auto named = entity.id;
      mapping refer{maps_};
      storage::description<Entity>::visit(refer, entity);
      if (refer.wrong.code != ec::none) return located(refer.wrong, where);
      if constexpr (std::is_same_v<Entity, storage::provider> || std::is_same_v<Entity, storage::deployment>)
        if (auto bad = check(entity); bad.code != ec::none) return located(bad, where);
      if (auto scoped = map_scope(entity); scoped.code != ec::none) return located(scoped, where);
      const auto id = place(entity, where, count);
      if (!id) return located(id.error(), where);
      if (named != 0) map.emplace(named, *id);
    }
    if (count.made + count.known != 0) enter(count);
    return {};
  }

  template <class Entity>
  void learn(const Entity& e) {
    if constexpr (std::is_same_v<Entity, storage::user>) roles_.emplace(e.id, storage::role_of(e));
    if constexpr (std::is_same_v<Entity, storage::user> || std::is_same_v<Entity, storage::service>) holders_.learn(e);
    if constexpr (std::is_same_v<Entity, storage::provider>) addresses_.emplace(e.id, e.base_url);
  }

  bool is_root(std::int64_t user) const {
    const auto at = roles_.find(user);
    return at != roles_.end() && at->second == core::role::root;
  }

  template <class Entity>
  failure map_scope(Entity& e) {
    if constexpr (std::is_same_v<Entity, storage::limit> || std::is_same_v<Entity, storage::budget>) {
      const auto& map = maps_[storage::sql::table_of_scope(e.scope)];
      const auto at = map.find(e.scope_id);
      if (at == map.end())
        return {ec::bad_field,
                "the file has no " + std::string{to_string(e.scope)} + " " + std::to_string(e.scope_id) + ".",
                "scope_id"};
      e.scope_id = at->second;
    }
    return {};
  }

  template <class Entity>
  storage::result<std::int64_t> place(Entity& e, const std::string& where, tally& count) {
    auto& known = known_[storage::table_of<Entity>().name];
    if constexpr (std::is_same_v<Entity, storage::process>)
      if (e.hash == core::key_hash{}) return place_keyless(e, where, count);
    const auto name = identity_of(e);
    if constexpr (has_namesakes<Entity>)
      if (const auto [first, fresh] = met_[storage::table_of<Entity>().name].emplace(name, where); !fresh)
        return failure{ec::conflict, "it would be one with " + first->second + ", which has the same.",
                       std::string{identity<Entity>().front()}};
    if (const auto at = known.find(name); at != known.end()) {
      ++count.known;
      if constexpr (std::is_same_v<Entity, storage::process>)
        if (rotated_.contains(name))
          report_.notes.push_back(where + ": the key of the process " + core::json_string(e.name) +
                                  " was rotated here since (id " + std::to_string(at->second) +
                                  "); the new one stays, and this one is not taken in again.");
      if constexpr (std::is_same_v<Entity, storage::process>)
        if (auto warning = holders_.warning(e, at->second, where); !warning.empty())
          report_.warnings.push_back(std::move(warning));
      if constexpr (std::is_same_v<Entity, storage::provider>)
        if (addresses_[at->second] != e.base_url)
          report_.notes.push_back(where + ": there is a provider " + core::json_string(e.name) +
                                  " with another address already; it stays as it is.");
      if constexpr (std::is_same_v<Entity, storage::user>)
        if (roles_[at->second] != storage::role_of(e))
          report_.notes.push_back(where + ": there is a user " + core::json_string(e.username) + " with the role " +
                                  std::string{to_string(roles_[at->second])} + " already; it stays as it is.");
      return at->second;
    }
    auto id = make(e, count);
    if (id) known.emplace(name, *id);
    if (!id) return id;
    auto made_now = e;
    made_now.id = *id;
    learn(made_now);
    return id;
  }

  /// What has no key in the file is known by whose it is and its name; of several, the first in the file is the first
  /// here, and so on. A new one gets a key that nobody has.
  storage::result<std::int64_t> place_keyless(storage::process& p, const std::string& where, tally& count) {
    if (auto& alike = owners_[owner_and_name(p)]; !alike.empty()) {
      ++count.known;
      const auto id = alike.front();
      alike.pop_front();
      return id;
    }
    if (is_root(p.user_id) && !has_root_)
      return failure{ec::conflict, "the file has no keys, and nobody is root here yet: start the gateway once, so that "
                                   "it has a root key of its own, and import then."};
    p.hash = core::secret_key{core::random_text(32)}.hash(core::random_text(32));
    auto id = make(p, count);
    if (!id) return id;
    report_.notes.push_back(where + ": the process " + core::json_string(p.name) +
                            " has no key in the file; give it one with: logos key rotate " + std::to_string(*id));
    return id;
  }

  template <class Entity>
  storage::result<std::int64_t> make(Entity& e, tally& count) {
    if constexpr (std::is_same_v<Entity, storage::budget>)
      if (auto bad = alerting::check_alert_url(e.alert_url, how_.trusted); bad.code != ec::none) return bad;
    if (e.id < 0 || e.id > largest_kept_id) e.id = 0;
    const auto made = store_.create(e);
    if (!made) return made.error();
    ++count.made;
    return made->id;
  }

  std::int64_t mapped(std::string_view table, std::int64_t id) const {
    const auto at = maps_.find(table);
    if (id == 0 || at == maps_.end()) return 0;
    const auto found = at->second.find(id);
    return found == at->second.end() ? 0 : found->second;
  }

  std::string counted(const std::vector<core::own_count>& own) const {
    std::map<std::int64_t, std::int64_t> sums;
    for (const auto& c : own)
      if (const auto type = mapped("token_types", c.type); type != 0) sums[type] += c.count;
    std::vector<core::own_count> all;
    for (const auto& [type, count] : sums)
      all.push_back({type, count});
    return storage::own_counts_json(all);
  }

  storage::result<void> write_past() {
    if (cargo_.requests.empty()) return write_jobs();
    const auto now = store_.load_catalog();
    if (!now) return now.error();
    // The file does not say whose a key was then: it is given to those who have it, as by the migration `owners`.
    std::map<std::int64_t, storage::request_owner> owners;
    for (const auto& p : now->processes)
      owners.emplace(p.id, storage::request_owner{p.user_id, p.service_id});
    tally requests{"requests"};
    std::vector<storage::finished> rows;
    std::deque<std::string> counts;
    for (std::size_t i = 0; i < cargo_.requests.size(); i += batch) {
      rows.clear();
      counts.clear();
      const auto end = std::min(cargo_.requests.size(), i + batch);
      for (auto at = i; at < end; ++at) {
        auto& row = rows.emplace_back(cargo_.requests[at].row);
        row.ids.process_id = mapped("process", row.ids.process_id);
        if (const auto owner = owners.find(row.ids.process_id); owner != owners.end()) row.owner = owner->second;
        row.ids.profile_id = mapped("profiles", row.ids.profile_id);
        row.ids.policy_id = mapped("policies", row.ids.policy_id);
        row.ids.provider_id = mapped("providers", row.ids.provider_id);
        row.ids.model_id = mapped("models", row.ids.model_id);
        if (const auto& own = cargo_.requests[at].own; !own.empty()) row.own_counts = counts.emplace_back(counted(own));
      }
      storage::batch_report written;
      const auto done = store_.together([&]() -> storage::result<void> {
        const auto batched = store_.write_batch(rows, {}, {});
        if (!batched) return batched.error();
        written = *batched;
        return note("request", written.written);
      });
      if (!done) return located(done.error(), cargo_.requests[i].where + " and what follows");
      requests.made += written.written;
      requests.known += written.known;
      if (written.rejected != 0)
        report_.notes.push_back(std::to_string(written.rejected) + " requests from " + cargo_.requests[i].where +
                                " on were refused by the database; they stand in log_entry_rejected.");
      if (how_.say && end % (batch * 20) == 0) how_.say(std::to_string(end) + " requests");
    }
    enter(requests);
    return write_jobs();
  }

  storage::result<void> write_jobs() {
    if (cargo_.jobs.empty()) return {};
    tally count{"jobs"};
    std::vector<storage::past_job> jobs;
    for (const auto& [job, where] : cargo_.jobs) {
      jobs.push_back(job);
      jobs.back().process_id = mapped("process", job.process_id);
      jobs.back().profile_id = mapped("profiles", job.profile_id);
    }
    const auto done = store_.together([&]() -> storage::result<void> {
      const auto made = store_.write_past_jobs(jobs);
      if (!made) return made.error();
      count.made = *made;
      return note("job", *made);
    });
    if (!done) return located(done.error(), "table jobs");
    count.known = jobs.size() - count.made;
    enter(count);
    return {};
  }

  /// The audit log tells of the past in sums; of entities it tells one by one.
  storage::result<void> note(std::string_view resource, std::size_t made) {
    if (made == 0) return {};
    return store_.record({"import", std::string{resource}, 0, {}, {}, R"({"made":)" + std::to_string(made) + "}"});
  }

  void enter(const tally& count) { report_.tallies.push_back(count); }

  storage::store& store_;
  cargo& cargo_;
  const options& how_;
  report report_;
  std::map<std::string_view, ids> maps_;
  std::map<std::string_view, std::map<std::string, std::int64_t>> known_; // by table, then by identity
  std::map<std::string, std::deque<std::int64_t>> owners_; // processes that are still to be met in the file
  std::set<std::string> rotated_;                          // identities by keys that processes had before
  std::map<std::int64_t, std::string> addresses_;          // of providers
  std::map<std::int64_t, core::role> roles_;               // of users
  holders holders_;
  std::map<std::string_view, std::map<std::string, std::string>> met_; // by table and identity: where in the file
  bool has_root_ = false;                                              // a key of root's is there
};

} // namespace

storage::result<report> unload(storage::store& to, cargo& from, const options& how) {
  return unloading{to, from, how}.run();
}

} // namespace logos::transfer
