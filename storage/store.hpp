// SPDX-License-Identifier: MIT
#pragma once
#include "storage/alerts.hpp"
#include "storage/audit.hpp"
#include "storage/batches.hpp"
#include "storage/cluster.hpp"
#include "storage/entities.hpp"
#include "storage/history.hpp"
#include "storage/jobs.hpp"
#include "storage/progress.hpp"
#include "storage/reports.hpp"
#include "storage/rerate.hpp"
#include "storage/result.hpp"
#include "storage/retention.hpp"
#include "storage/rotation.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::storage {

struct table;

/// A way to the database. Every call blocks until the database has answered, connects (again) by itself where needed,
/// and is one transaction. One store per thread: not thread-safe; stores of other threads and nodes may work on the
/// same database.
///
/// `Entity` is one of user, service, process, profile, permission, provider, model, deployment, policy, price, limit,
/// budget.
class store {
public:
  virtual ~store() = default;
  store() = default;
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  // --- the schema ---

  /// Applies the migrations that are missing, under a lock that one node holds at a time, and returns their numbers. A
  /// database that is newer than this program is refused.
  virtual result<std::vector<int>> migrate() = 0;
  /// Whether the database answers and has this program's schema.
  virtual result<void> check() = 0;
  /// Keeps the secret key's verifier at the first start, afterwards compares: another key is a `conflict`.
  virtual result<void> verify_secret() = 0;
  /// Notes which secret keys this node knows; `rotate_secret` asks for it.
  virtual result<void> note_secrets(std::string_view node) = 0;
  /// Replaces the secret key of the database by the newest that this store knows: seals every secret and the audit
  /// log's head anew and looks whether they open, all in one transaction. Doing it again only looks. `conflict`, and
  /// nothing changes: a node among those that are `running` does not know the new key, or something opens with neither.
  virtual result<secret_rotation> rotate_secret(std::span<const std::string> running) = 0;
  /// Seals and opens provider secrets. What it seals with is settled by verify_secret and follows the database.
  virtual const core::secret_key& secret() const = 0;
  /// Makes the root user, its process, profile and permission for every model, unless there is or ever was one. True:
  /// made.
  virtual result<bool> first_start(const core::key_hash& root_key, std::string_view key_prefix) = 0;
  /// Takes the root key that the settings name: it replaces the present one, or makes root anew, unless it is the same
  /// as at the last call (it may have been rotated or revoked since) or was revoked. True: it is a root key now.
  virtual result<bool> change_root_key(const core::key_hash& root_key, std::string_view key_prefix) = 0;

  // --- entities ---

  /// Every live entity. Blocks for as long as reading all of them takes.
  virtual result<catalog_data> load_catalog() = 0;
  /// One cheap query: differs from the version last loaded exactly when something changed.
  virtual result<std::int64_t> catalog_version() = 0;

  /// Returns the entity with its id and version. An id that is not 0 is kept when no row ever had it. `conflict` when
  /// its name is taken, `bad_field` when a referenced id is not a live entity's.
  template <class Entity>
  result<Entity> create(const Entity& entity);
  template <class Entity>
  result<Entity> find(std::int64_t id);
  /// Live entities with an id above `after`, in the order of their ids.
  template <class Entity>
  result<std::vector<Entity>> list(std::int64_t after, int limit);
  /// Replaces every field. `expected_version` 0: whatever the version is.
  template <class Entity>
  result<Entity> update(const Entity& entity, std::int64_t expected_version);
  /// Softly: the row stays for the books, the name is free again, and what hangs on it (a process' profiles, …) goes
  /// too.
  template <class Entity>
  result<void> remove(std::int64_t id, std::int64_t expected_version = 0);

  // --- the audit log: written by every change of an entity, in its transaction ---

  /// Who makes the changes from here on; returns who did until now. Better: an `acting`, which ends by itself.
  author act_as(author who) { return std::exchange(author_, std::move(who)); }
  /// Writes down a change that is no entity's.
  virtual result<void> record(const change& what) = 0;
  /// The newest first, with ids below `before` (0: from the newest on).
  virtual result<std::vector<audit_event>> list_events(const event_filter& filter, std::int64_t before, int limit) = 0;
  virtual result<audit_event> find_event(std::int64_t id) = 0;
  /// Follows the chain over `limit` events more, until it is `done`.
  virtual result<chain_check> check_events(const chain_check& so_far, int limit) = 0;

  /// Makes the entities with origin `config` equal to what the live nodes' files declare.
  virtual result<config_outcome> sync_config(const config_declarations& declared) = 0;

  /// Runs `work` as one transaction: what it asks this store for happens together, or not at all when it fails. A
  /// failure within must be returned.
  virtual result<void> together(const std::function<result<void>()>& work) = 0;

  // --- requests ---

  /// Rows and the journal's progress in one transaction; a row that is there already is left as it is, one that the
  /// database refuses is set aside in `log_entry_rejected`. `storage_away`: nothing was written, or it is not known
  /// whether; write the same again. `forget` names segments that are gone.
  virtual result<batch_report> write_batch(std::span<const finished> rows, std::span<const segment_progress> progress,
                                           std::span<const std::string> forget) = 0;
  virtual result<std::vector<segment_progress>> load_progress() = 0;
  /// The newest first.
  virtual result<request_page> list_requests(const request_filter& filter, std::string_view cursor, int limit) = 0;
  virtual result<request_row> find_request(std::string_view request_id) = 0;
  /// Sums over requests that came in from `from` up to before `to`, per group, the most requests first, and no more
  /// than `most` (0: all).
  virtual result<std::vector<usage_row>> usage(std::span<const usage_group> group_by, core::wall_time from,
                                               core::wall_time to, const whose& of = {}, int most = 0) = 0;
  /// By their ids.
  virtual result<std::vector<token_type_row>> token_types() = 0;
  /// Answers all of it as of one moment.
  virtual result<past> read_past(std::span<const past_query> queries, std::span<const core::uuid> requests) = 0;
  /// Prices up to `limit` requests anew, in the order of their times, beginning after `cursor` (empty: with the first),
  /// in one transaction; `dry_run`: only counts. Doing it again changes nothing more.
  virtual result<rerate_batch> rerate(const rerate_range& range, std::string_view cursor, int limit,
                                      const repricer& price, bool dry_run) = 0;
  virtual result<void> write_snapshots(std::span<const provider_snapshot> snapshots) = 0;
  /// Of all providers, by provider and time, the oldest first; at most 100000.
  virtual result<std::vector<provider_snapshot>> list_snapshots(core::wall_time from, core::wall_time to) = 0;
  /// Requests that came in from `from` up to before `to`, counted per bucket of time.
  virtual result<std::vector<event_group>> count_events(core::wall_time from, core::wall_time to,
                                                        std::chrono::seconds bucket, const whose& of = {}) = 0;
  virtual result<std::vector<depth_count>> count_depths(core::wall_time from, core::wall_time to,
                                                        const whose& of = {}) = 0;
  /// Jobs that ended elsewhere; returns how many were new.
  virtual result<std::size_t> write_past_jobs(std::span<const past_job> jobs) = 0;

  /// Jobs, in the same database and over the same connection. Lives as long as this store.
  virtual job_store& jobs() = 0;
  /// The same for batches and their files.
  virtual batch_store& batches() = 0;

  // --- alerts of budgets ---

  /// Writes down what is new of these, each once for ever, and returns how many that were. What concerns a budget that
  /// is gone is left out.
  virtual result<std::size_t> note_crossings(std::span<const crossing> crossings) = 0;
  /// Takes up to `limit` alerts that are due at `now`: nobody else gets them before `lease` has passed.
  virtual result<claimed_alerts> claim_alerts(core::wall_time now, std::chrono::seconds lease, int limit) = 0;
  virtual result<void> settle_alert(const alert_outcome& outcome) = 0;
  /// The newest first, with ids below `before` (0: from the newest on).
  virtual result<std::vector<budget_alert>> list_alerts(const alert_filter& filter, std::int64_t before, int limit) = 0;
  virtual result<budget_alert> find_alert(std::int64_t id) = 0;
  /// An alert that tells nothing, to try the way to its receiver.
  virtual result<budget_alert> make_test_alert(std::int64_t budget_id, core::wall_time now) = 0;

  /// Adds up to `limit` of the newest entries to the tables of sums, from which reports are made. What reports say does
  /// not depend on it, only how long they take. Returns how many; 0 also while another node is at it.
  virtual result<std::size_t> merge_sums(int limit) = 0;
  /// Removes up to `limit` of each kind of what is past its time; nothing while another node is at it. Reports and
  /// what somebody has spent stay as they are, but for edges of ranges that lie inside an hour.
  virtual result<retention_batch> remove_past(const retention_cut& cut, int limit) = 0;

  // --- the cluster: PostgreSQL only ---

  virtual bool clustered() const = 0;
  /// Says that this incarnation lives. It replaces an earlier one of the same name.
  virtual result<void> announce(const node_facts& facts) = 0;
  /// `conflict` when a later incarnation of the same node has announced itself: this one must end.
  virtual result<void> heartbeat(const node_facts& facts) = 0;
  /// Nodes seen within `max_age`, in the order of their names.
  virtual result<std::vector<live_node>> live_nodes(std::chrono::microseconds max_age) = 0;
  virtual result<void> leave(std::string_view node, std::string_view incarnation) = 0;
  /// Takes the lease when it is free or has run out (epoch + 1), renews it when it is already held by this incarnation
  /// (same epoch); otherwise returns the present owner's, with `mine` false.
  virtual result<lease> acquire(std::string_view resource, std::string_view node, std::string_view incarnation,
                                std::chrono::microseconds ttl) = 0;
  /// Renews every lease of this incarnation that has not run out, and returns them.
  virtual result<std::vector<lease>> renew_all(std::string_view incarnation, std::chrono::microseconds ttl) = 0;
  /// True: it was this incarnation's and has ended now.
  virtual result<bool> release(std::string_view resource, std::string_view incarnation) = 0;
  virtual result<std::vector<lease>> list_leases() = 0;

protected:
  using fields = std::vector<std::optional<std::string>>;
  /// `wanted_id` 0: whichever is next.
  virtual result<fields> create_row(const table& kind, const fields& values, std::int64_t wanted_id) = 0;
  virtual result<fields> find_row(const table& kind, std::int64_t id) = 0;
  virtual result<std::vector<fields>> list_rows(const table& kind, std::int64_t after, int limit) = 0;
  virtual result<fields> update_row(const table& kind, std::int64_t id, const fields& values,
                                    std::int64_t expected_version) = 0;
  virtual result<void> remove_row(const table& kind, std::int64_t id, std::int64_t expected_version) = 0;

  author author_; // of the changes that are made now
};

} // namespace logos::storage
