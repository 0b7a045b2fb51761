// SPDX-License-Identifier: MIT
#pragma once
#include "cluster/membership.hpp"
#include "storage/store.hpp"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace logos::cluster {

/// What the nodes of a test have in common instead of PostgreSQL: who lives and who holds which lease, in the test's
/// time. One thread.
struct fake_database {
  struct presence {
    storage::node_facts facts;
    core::steady_time seen{};
  };
  struct tenancy {
    storage::lease lease;
    core::steady_time until{};
  };

  explicit fake_database(const core::clock& clock_) : clock{clock_} {}

  const core::clock& clock;
  bool away = false;
  std::map<std::string, presence> nodes; // by name
  std::map<std::string, tenancy> leases; // by resource
};

/// A node's way to it.
class fake_store final : public storage::store {
public:
  explicit fake_store(fake_database& database) : db_{database} {}

  bool clustered() const override { return true; }
  storage::job_store& jobs() override { throw std::logic_error{"no jobs here"}; }
  storage::batch_store& batches() override { throw std::logic_error{"no batches here"}; }
  storage::result<void> announce(const storage::node_facts& facts) override {
    if (db_.away) return away();
    db_.nodes[facts.node] = {facts, now()};
    return {};
  }
  storage::result<void> heartbeat(const storage::node_facts& facts) override {
    if (db_.away) return away();
    auto& known = db_.nodes[facts.node];
    if (known.facts.incarnation != facts.incarnation) return core::failure{core::ec::conflict, "another run"};
    known.seen = now();
    return {};
  }
  storage::result<std::vector<storage::live_node>> live_nodes(std::chrono::microseconds max_age) override {
    if (db_.away) return away();
    std::vector<storage::live_node> live;
    for (const auto& [name, p] : db_.nodes) {
      if (now() - p.seen > max_age) continue;
      storage::live_node n;
      static_cast<storage::node_facts&>(n) = p.facts;
      n.address.clear(); // the test makes the connections
      n.age = std::chrono::duration_cast<std::chrono::microseconds>(now() - p.seen);
      live.push_back(std::move(n));
    }
    return live;
  }
  storage::result<void> leave(std::string_view node, std::string_view) override {
    if (db_.away) return away();
    db_.nodes.erase(std::string{node});
    return {};
  }
  storage::result<storage::lease> acquire(std::string_view resource, std::string_view node,
                                          std::string_view incarnation, std::chrono::microseconds ttl) override {
    if (db_.away) return away();
    auto& t = db_.leases[std::string{resource}];
    auto& l = t.lease;
    if (l.incarnation != incarnation) {
      if (t.until > now()) {
        auto theirs = l;
        theirs.mine = false;
        theirs.remaining = std::chrono::duration_cast<std::chrono::microseconds>(t.until - now());
        return theirs;
      }
      l = {std::string{resource}, std::string{node}, std::string{incarnation}, l.epoch + 1, {}, true};
    }
    l.node = node;
    t.until = now() + ttl;
    l.remaining = ttl;
    return l;
  }
  storage::result<std::vector<storage::lease>> renew_all(std::string_view incarnation,
                                                         std::chrono::microseconds ttl) override {
    if (db_.away) return away();
    std::vector<storage::lease> held;
    for (auto& [resource, t] : db_.leases) {
      if (t.lease.incarnation != incarnation || t.until <= now()) continue;
      t.until = now() + ttl;
      held.push_back(t.lease);
    }
    return held;
  }
  storage::result<bool> release(std::string_view resource, std::string_view incarnation) override {
    if (db_.away) return away();
    auto& t = db_.leases[std::string{resource}];
    if (t.lease.incarnation != incarnation) return false;
    t.until = now();
    return true;
  }
  storage::result<std::vector<storage::lease>> list_leases() override {
    if (db_.away) return away();
    std::vector<storage::lease> all;
    for (const auto& [resource, t] : db_.leases) {
      all.push_back(t.lease);
      all.back().mine = false;
      all.back().remaining = std::chrono::duration_cast<std::chrono::microseconds>(t.until - now());
    }
    return all;
  }

  // Nothing of a cluster.
  storage::result<std::vector<int>> migrate() override { return away(); }
  storage::result<void> check() override { return away(); }
  storage::result<void> verify_secret() override { return away(); }
  storage::result<void> note_secrets(std::string_view) override { return away(); }
  storage::result<storage::secret_rotation> rotate_secret(std::span<const std::string>) override { return away(); }
  const core::secret_key& secret() const override {
    static const core::secret_key none{"no secret is kept here, and none is asked for"};
    return none;
  }
  storage::result<bool> first_start(const core::key_hash&, std::string_view) override { return away(); }
  storage::result<bool> change_root_key(const core::key_hash&, std::string_view) override { return away(); }
  storage::result<storage::catalog_data> load_catalog() override { return away(); }
  storage::result<std::int64_t> catalog_version() override { return away(); }
  storage::result<void> note_in_force(std::string_view, std::int64_t) override { return away(); }
  storage::result<std::int64_t> version_in_force(std::string_view) override { return away(); }
  storage::result<storage::config_outcome> sync_config(const storage::config_declarations&) override { return away(); }
  storage::result<void> record(const storage::change&) override { return away(); }
  storage::result<std::vector<storage::audit_event>> list_events(const storage::event_filter&, std::int64_t,
                                                                 int) override {
    return away();
  }
  storage::result<storage::audit_event> find_event(std::int64_t) override { return away(); }
  storage::result<storage::chain_check> check_events(const storage::chain_check&, int) override { return away(); }
  storage::result<storage::batch_report> write_batch(std::span<const storage::finished>,
                                                     std::span<const storage::segment_progress>,
                                                     std::span<const std::string>) override {
    return away();
  }
  storage::result<std::vector<storage::segment_progress>> load_progress() override { return away(); }
  storage::result<void> write_objects(std::span<const storage::newly_stored>) override { return away(); }
  storage::result<std::vector<storage::stored_object>> find_objects(std::span<const core::uuid>) override {
    return away();
  }
  storage::result<storage::request_page> list_requests(const storage::request_filter&, std::string_view, int) override {
    return away();
  }
  storage::result<storage::request_row> find_request(std::string_view) override { return away(); }
  storage::result<std::vector<storage::usage_row>> usage(std::span<const storage::usage_group>, core::wall_time,
                                                         core::wall_time, const storage::usage_filter&, int) override {
    return away();
  }
  storage::result<std::vector<storage::last_use>> last_uses(std::span<const std::int64_t>) override { return away(); }
  storage::result<storage::past> read_past(std::span<const storage::past_query> queries,
                                           std::span<const storage::past_request>) override {
    return storage::past{std::vector<storage::past_answer>(queries.size()), {}};
  }
  storage::result<storage::rerate_batch> rerate(const storage::rerate_range&, std::string_view, int,
                                                const storage::repricer&, bool) override {
    return away();
  }
  storage::result<void> recount_budgets() override { return away(); }
  storage::result<std::size_t> note_crossings(std::span<const storage::crossing>) override { return away(); }
  storage::result<storage::claimed_alerts> claim_alerts(core::wall_time, std::chrono::seconds, int) override {
    return away();
  }
  storage::result<void> settle_alert(const storage::alert_outcome&) override { return away(); }
  storage::result<std::vector<storage::budget_alert>> list_alerts(const storage::alert_filter&, std::int64_t,
                                                                  int) override {
    return away();
  }
  storage::result<storage::budget_alert> find_alert(std::int64_t) override { return away(); }
  storage::result<storage::budget_alert> make_test_alert(std::int64_t, core::wall_time) override { return away(); }
  storage::result<std::vector<storage::appended_feedback>>
  append_feedback(std::span<const storage::feedback_row>, std::int64_t, const storage::learn_rows&) override {
    return away();
  }
  storage::result<storage::learned_parts> learned_after(std::int64_t) override { return away(); }
  storage::result<std::vector<storage::feedback_row>> feedback_after(std::int64_t, int) override { return away(); }
  storage::result<std::vector<storage::feedback_row>> list_feedback(const storage::feedback_filter&, std::int64_t,
                                                                    int) override {
    return away();
  }
  storage::result<std::size_t> remove_feedback(core::wall_time, int) override { return away(); }
  storage::result<void> write_snapshots(std::span<const storage::provider_snapshot>) override { return away(); }
  storage::result<void> write_experience(std::span<const storage::deployment_experience>, core::wall_time) override {
    return away();
  }
  storage::result<std::vector<storage::deployment_experience>> load_experience(std::int64_t) override { return away(); }
  storage::result<void> together(const std::function<storage::result<void>()>&) override { return away(); }
  storage::result<std::vector<storage::provider_snapshot>> list_snapshots(core::wall_time, core::wall_time) override {
    return away();
  }
  storage::result<std::vector<storage::provider_snapshot>> list_snapshots(const storage::snapshot_filter&,
                                                                          int) override {
    return away();
  }
  storage::result<std::vector<storage::event_group>>
  count_events(core::wall_time, core::wall_time, std::chrono::seconds, const storage::whose&) override {
    return away();
  }
  storage::result<std::vector<storage::depth_count>> count_depths(core::wall_time, core::wall_time,
                                                                  const storage::whose&) override {
    return away();
  }
  storage::result<std::size_t> write_past_jobs(std::span<const storage::past_job>) override { return away(); }
  storage::result<std::size_t> merge_sums(int) override { return away(); }
  storage::result<std::size_t> open_months() override { return away(); }
  storage::result<storage::retention_batch> remove_past(const storage::retention_cut&, int) override { return away(); }

protected:
  storage::result<fields> create_row(const storage::table&, const fields&, std::int64_t) override { return away(); }
  storage::result<fields> find_row(const storage::table&, std::int64_t) override { return away(); }
  storage::result<fields> find_row_version(const storage::table&, std::int64_t, std::int64_t) override {
    return away();
  }
  storage::result<std::vector<fields>> list_rows(const storage::table&, std::int64_t, int) override { return away(); }
  storage::result<fields> update_row(const storage::table&, std::int64_t, const fields&, std::int64_t) override {
    return away();
  }
  storage::result<void> remove_row(const storage::table&, std::int64_t, std::int64_t) override { return away(); }

private:
  core::steady_time now() const { return db_.clock.steady(); }
  static core::failure away() { return {core::ec::storage_away, "the database is away"}; }

  fake_database& db_;
};

} // namespace logos::cluster
