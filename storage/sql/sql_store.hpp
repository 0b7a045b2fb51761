// SPDX-License-Identifier: MIT
#pragma once
#include "storage/migrations/migration.hpp"
#include "storage/records.hpp"
#include "storage/sql/batches.hpp"
#include "storage/sql/jobs.hpp"
#include "storage/sql/session.hpp"
#include "storage/store.hpp"

#include <functional>
#include <optional>

namespace logos::storage::sql {

/// How rows go into the log: `whole` is the fastest, and may fail for a row that is known or bad; `apart` passes over
/// known rows; `as_texts` likewise, with JSON columns as JSON strings, which always fit.
enum class insertion { whole, apart, as_texts };

/// What both databases share: the SQL that both understand, over a session. Where they differ (the batch insert, locks,
/// the cluster) the databases' own stores come in.
class sql_store : public store {
public:
  sql_store(session& on, dialect of, const core::secret_key& secret);

  result<std::vector<int>> migrate() override;
  result<void> check() override;
  result<void> verify_secret() override;
  result<void> note_secrets(std::string_view node) override;
  result<secret_rotation> rotate_secret(std::span<const std::string> running) override;
  const core::secret_key& secret() const override { return secret_; }
  result<bool> first_start(const core::key_hash& root_key, std::string_view key_prefix) override;
  result<bool> change_root_key(const core::key_hash& root_key, std::string_view key_prefix) override;

  result<catalog_data> load_catalog() override;
  result<std::int64_t> catalog_version() override;
  result<void> note_in_force(std::string_view node, std::int64_t version) override;
  result<std::int64_t> version_in_force(std::string_view node) override;
  result<config_outcome> sync_config(const config_declarations& declared) override;
  result<void> together(const std::function<result<void>()>& work) override;

  result<void> record(const change& what) override;
  result<std::vector<audit_event>> list_events(const event_filter& filter, std::int64_t before, int limit) override;
  result<audit_event> find_event(std::int64_t id) override;
  result<chain_check> check_events(const chain_check& so_far, int limit) override;

  result<batch_report> write_batch(std::span<const finished> rows, std::span<const segment_progress> progress,
                                   std::span<const std::string> forget) override;
  result<std::vector<segment_progress>> load_progress() override;
  result<request_page> list_requests(const request_filter& filter, std::string_view cursor, int limit) override;
  result<request_row> find_request(std::string_view request_id) override;
  result<std::vector<usage_row>> usage(std::span<const usage_group> group_by, core::wall_time from, core::wall_time to,
                                       const usage_filter& which, int most) override;
  result<std::vector<last_use>> last_uses(std::span<const std::int64_t> process_ids) override;
  result<void> recount_budgets() override;
  result<past> read_past(std::span<const past_query> queries, std::span<const past_request> requests) override;
  result<rerate_batch> rerate(const rerate_range& range, std::string_view cursor, int limit, const repricer& price,
                              bool dry_run) override;
  result<void> write_objects(std::span<const newly_stored> objects) override;
  result<std::vector<stored_object>> find_objects(std::span<const core::uuid> objects) override;
  result<void> write_snapshots(std::span<const provider_snapshot> snapshots) override;
  result<std::vector<provider_snapshot>> list_snapshots(core::wall_time from, core::wall_time to) override;
  result<std::vector<provider_snapshot>> list_snapshots(const snapshot_filter& filter, int limit) override;
  result<void> write_experience(std::span<const deployment_experience> learned, core::wall_time now) override;
  result<std::vector<deployment_experience>> load_experience(std::int64_t provider_id) override;
  result<std::vector<event_group>> count_events(core::wall_time from, core::wall_time to, std::chrono::seconds bucket,
                                                const whose& of) override;
  result<std::vector<depth_count>> count_depths(core::wall_time from, core::wall_time to, const whose& of) override;
  result<std::size_t> write_past_jobs(std::span<const past_job> jobs) override;

  job_store& jobs() override { return jobs_; }
  batch_store& batches() override { return batches_; }
  result<std::size_t> note_crossings(std::span<const crossing> crossings) override;
  result<claimed_alerts> claim_alerts(core::wall_time now, std::chrono::seconds lease, int limit) override;
  result<void> settle_alert(const alert_outcome& outcome) override;
  result<std::vector<budget_alert>> list_alerts(const alert_filter& filter, std::int64_t before, int limit) override;
  result<budget_alert> find_alert(std::int64_t id) override;
  result<budget_alert> make_test_alert(std::int64_t budget_id, core::wall_time now) override;
  result<std::vector<appended_feedback>> append_feedback(std::span<const feedback_row> rows, std::int64_t known,
                                                         const learn_rows& learn) override;
  result<learned_parts> learned_after(std::int64_t number) override;
  result<std::vector<feedback_row>> feedback_after(std::int64_t after, int limit) override;
  result<std::vector<feedback_row>> list_feedback(const feedback_filter& filter, std::int64_t before,
                                                  int limit) override;
  result<std::size_t> remove_feedback(core::wall_time past, int limit) override;
  result<std::size_t> merge_sums(int limit) override;
  result<std::size_t> open_months() override { return std::size_t{0}; }
  result<retention_batch> remove_past(const retention_cut& cut, int limit) override;

  // Without a cluster: `not_implemented`.
  bool clustered() const override { return false; }
  result<void> announce(const node_facts& facts) override;
  result<void> heartbeat(const node_facts& facts) override;
  result<std::vector<live_node>> live_nodes(std::chrono::microseconds max_age) override;
  result<void> leave(std::string_view node, std::string_view incarnation) override;
  result<lease> acquire(std::string_view resource, std::string_view node, std::string_view incarnation,
                        std::chrono::microseconds ttl) override;
  result<std::vector<lease>> renew_all(std::string_view incarnation, std::chrono::microseconds ttl) override;
  result<bool> release(std::string_view resource, std::string_view incarnation) override;
  result<std::vector<lease>> list_leases() override;

protected:
  result<fields> create_row(const table& kind, const fields& values, std::int64_t wanted_id) override;
  result<fields> find_row(const table& kind, std::int64_t id) override;
  result<fields> find_row_version(const table& kind, std::int64_t id, std::int64_t version) override;
  result<std::vector<fields>> list_rows(const table& kind, std::int64_t after, int limit) override;
  result<fields> update_row(const table& kind, std::int64_t id, const fields& values,
                            std::int64_t expected_version) override;
  result<void> remove_row(const table& kind, std::int64_t id, std::int64_t expected_version) override;

  /// What `migrate` does last.
  result<void> open_months_at_start();
  /// Serialises schema changes and first starts over all nodes, until the transaction ends.
  virtual result<void> lock_installation() = 0;
  /// Lets one node at a time keep the books in order, until the transaction ends. False: another one does.
  virtual result<bool> lock_upkeep() = 0;
  /// `open_months`, within a transaction that is open.
  virtual result<std::size_t> make_months() { return std::size_t{0}; }
  /// Removes a month of requests that is past as a whole, and tells how many they were; nothing: there is none.
  virtual result<std::optional<std::size_t>> drop_month(core::wall_time /*before*/) { return std::nullopt; }
  /// Inserts all rows or none; returns how many were new. After an error the caller takes back what it has begun.
  virtual result<std::size_t> insert_log(std::span<const finished> rows, insertion how) = 0;

  // Parts of a transaction that is open.
  /// `wanted_id` is taken when it is not 0 and no row ever had it.
  result<fields> insert(const table& kind, const fields& values, core::origin origin, std::string_view file,
                        std::int64_t wanted_id = 0);
  result<fields> replace(const table& kind, std::int64_t id, const fields& values);
  result<void> bump_catalog();
  /// Whoever changes entities without knowing yet whether takes this before anything else, as bump_catalog does.
  result<void> lock_catalog();
  /// Writes down what became of an entity's row; `before` null: it was made, `after` null: it was removed.
  result<void> note_change(const table& kind, std::string_view action, const fields* before, const fields* after);
  result<void> note_change(const table& kind, std::string_view action, std::int64_t id, const fields* before);
  result<void> append_event(const change& what);
  /// Seals the end of an audit log that has no events yet: an empty one that is not sealed has been emptied.
  result<void> seal_new_chain();
  /// The same for an installation that is older than the audit log: it has its secret key already.
  result<void> seal_old_installation();
  /// The end of the audit log gets the seal of the present key; whether the former one was good has been checked.
  result<void> seal_again();
  /// A failure when the end of the audit log is not as its head says.
  result<void> check_head();
  /// Works with the secret key that the database belongs to now; a `conflict` when this node does not have it.
  result<void> follow_secret();

  /// Where the audit log ends: the row `audit_head` of `installation`.
  struct chain_head {
    std::int64_t id = 0;
    std::string hash;
    std::string seal;
  };
  static chain_head parse_head(std::string_view text);
  result<bool> sealed_by_us(const chain_head& head);
  result<void> seal_head(const chain_head& head);
  /// Appends an event and moves `head` on; it is not sealed yet.
  result<void> write_event(chain_head& head, const change& what);

  session& session_;
  const dialect dialect_;
  core::secret_key secret_;
  std::string followed_; // verifier of the key that the database was last seen to belong to

private:
  sql_jobs jobs_;
  sql_batches batches_;

  result<void> check_references(const table& kind, const fields& values);
  /// Whether somebody is root; false for tables that do not matter for it.
  result<bool> has_root(const table& kind);
  /// A `conflict` when somebody was root and nobody is any more.
  result<void> keep_root(const table& kind, bool had);
  /// Another live row that is called the same but for the case of letters or blanks around it.
  struct namesake {
    std::int64_t id = 0;
    std::string name;
    bool declared = false; // by a file: origin `config`
    std::string column;    // that has the name
    std::string within{};  // whose it is, where names are somebody's own: `process_id 3`
  };
  /// Among rows of the kind, and of the same process where names are a process' own. `id` 0: of a new row.
  result<std::optional<namesake>> find_namesake(const table& kind, std::int64_t id, const fields& values);
  static core::failure name_taken(const table& kind, std::string_view wanted, const namesake& by);
  /// `bad_field` when it is no name (core/name_text.hpp), a `conflict` when there is a namesake; of models, also when
  /// the name or an alias is one of another model's. What a row has been called so far it may go on being called.
  result<void> check_names(const table& kind, std::int64_t id, const fields& values);
  result<void> check_model_names(const table& kind, std::int64_t id, const fields& values);
  /// `bad_field` when a limit or a budget is about nobody who is there, a `conflict` when a price or a budget is in
  /// another currency than the others.
  result<void> check_money(const table& kind, std::int64_t id, const fields& values);
  /// `bad_field` when a new credit is of nothing, or does not take back what it says that it reverses; a `conflict`
  /// when that was reversed already.
  result<void> check_credit(const table& kind, const fields& values);
  /// The currency of costs and budgets: as sync_config has settled it, else as budgets and prices have it, else as what
  /// was booked; or empty.
  result<std::string> home_currency();
  /// What the costs that were booked are in; empty: there are none, or it was not noted.
  result<std::string> counted_currency();
  result<void> note_currency(const std::string& home);
  /// Whether some rate says what a unit of it is worth, so that it is not the one that costs are in.
  result<bool> has_rate(const std::string& currency);
  /// What the settings say of it is followed, unless budgets or prices that people have made are in another one.
  result<void> settle_currency(const std::string& wanted, config_outcome& outcome);
  /// A `conflict` when a price, a budget or a rate is in a currency that it cannot be in.
  result<void> check_currency(const table& kind, std::int64_t id, const fields& values);
  /// `bad_field` when nothing is counted as what the price is about.
  result<void> check_priced(const fields& values);
  /// A `conflict` when a price is left without a rate from its beginning on.
  result<void> check_rates();
  /// A `conflict` for what is built in, what prices name, and what is counted already.
  /// A `bad_field` when an example is of neither a model nor a topic, or of both; a `conflict` when there are too many.
  result<void> check_example(const table& kind, std::int64_t id, const fields& values);
  result<void> check_token_type(const table& kind, std::int64_t id, const fields* values);
  /// Adds what was counted of own token types to groups of requests.
  result<void> add_own_counts(std::vector<usage_row>& to, std::span<const usage_group> group_by, core::wall_time from,
                              core::wall_time after, const usage_filter& which);
  /// How far estimates are off, of the models and providers of each group.
  result<void> add_estimates(std::vector<usage_row>& to, std::span<const usage_group> group_by, core::wall_time from,
                             core::wall_time after, const usage_filter& which);
  /// The limits and budgets of what is being removed go with it.
  result<void> erase_rules(const table& kind, std::int64_t id);
  result<bool> is_free(const table& kind, std::int64_t id);
  /// What comes next is above every id that is there. For PostgreSQL; SQLite does it by itself.
  result<void> advance_ids(const table& kind);
  /// Whether the API may change it now.
  result<void> check_change(const table& kind, std::int64_t id, std::int64_t expected_version);
  result<void> erase(const table& kind, std::int64_t id);
  /// A `conflict` that names them when another live row has the same values in all columns of a key of several. `id` 0:
  /// of a new row.
  result<void> check_key(const table& kind, std::int64_t id, const fields& values);
  result<std::string> key_member(const table& kind, std::size_t column, const cell& of);
  core::failure clash(const table& kind, const fields& values, const core::failure& from) const;

  /// Of rows that do not tell whose the key was: whoever has it now.
  result<void> find_owners(std::span<finished> rows);
  result<batch_report> write_batch(std::span<const finished> rows, std::span<const segment_progress> progress,
                                   std::span<const std::string> forget, insertion how);
  /// Of rows that tell of something that a provider has stored.
  result<void> insert_objects(std::span<const finished> rows);
  result<void> insert_objects(std::vector<newly_stored> objects);
  result<void> insert_log_bisecting(std::span<const finished> rows, batch_report& report);
  result<void> set_aside(const finished& row, const core::failure& reason);
  result<int> schema_version();

  /// A value of the table `installation`; empty: there is none.
  result<std::string> installation_value(std::string_view name);
  result<void> set_installation_value(std::string_view name, std::string_view to);
  /// The values with their secrets sealed by the key that is at work now: it may have been replaced since.
  fields sealed_now(const table& kind, fields values) const;
  // Parts of rotate_secret.
  result<void> check_nodes(std::span<const std::string> running, const std::string& verifier);
  result<void> reseal(const table& kind, std::size_t column, const core::secret_key& next, secret_rotation& report);
  result<void> check_sealed(const core::secret_key& by, secret_rotation& report);

  // Parts of a transaction that is open.
  result<core::nano> spent(core::scope scope, std::int64_t scope_id, core::wall_time from);
  result<std::vector<recent_use>> recent_uses(core::scope scope, std::int64_t scope_id, core::wall_time from,
                                              bool late);
  result<bool> is_booked(const past_request& request);
  /// True: it was not known before.
  result<bool> insert_alert(const crossing& what);
  result<std::optional<feedback_row>> find_said(const feedback_row& row);
  result<appended_feedback> append_one(feedback_row row);
  result<std::vector<appended_feedback>> append_all(std::span<const feedback_row> rows);
  result<learned_parts> learned_parts_after(std::int64_t number);
  result<void> write_learned(const learned_parts& changed);
  /// Adds what the alert's budget says now.
  result<void> complete(due_alert& alert);
  /// Makes whatever is missing of root; its process has this key then.
  result<void> restore_root(const core::key_hash& root_key, std::string_view key_prefix);
  result<void> permit_everything(std::int64_t process);
  /// The id of the row that `find` finds, else of the one that `insert` makes.
  result<std::int64_t> find_or_insert(const table& kind, const std::string& find, std::initializer_list<value> by,
                                      const std::string& insert, std::initializer_list<value> with);

  struct sync_state;
  template <class Entity>
  result<std::int64_t> sync_entity(sync_state& state, const Entity& declared, std::string_view name,
                                   std::string_view where, std::initializer_list<value> keys);
  result<bool> is_undeclared(const table& kind, const namesake& of);
  result<void> sync_rates(sync_state& state);
  result<void> drop_rates(sync_state& state);
  result<void> sync_prices(sync_state& state);
  result<std::optional<std::int64_t>> find_named(std::string_view kind, std::string_view name);
  template <class Entity>
  result<void> disable_undeclared(sync_state& state, std::string_view name_sql);
};

} // namespace logos::storage::sql
