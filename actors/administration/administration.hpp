// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/metrics.hpp"
#include "actors/administration/model_orders.hpp"
#include "actors/administration/route_table.hpp"
#include "actors/administration/store_line.hpp"
#include "actors/administration/views.hpp"
#include "actors/alerting/guard.hpp"
#include "actors/hosted.hpp"
#include "net/json_look.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace logos::administration {

/// Whom ADMINISTRATION asks. All but `registry` and `catalog` may be empty.
struct neighbours {
  actors::registry_actor registry;
  actors::refresher_actor catalog; // NODE, or CATALOG of a node that stands alone
  actors::census_actor census;     // NODE or SUPERVISOR
  actors::ledger_actor ledger;
  actors::nodes_actor nodes; // NODE; empty: the node stands alone
  actors::tokenizer_actor tokenizer;
  actors::jobs_actor jobs;
  actors::explainer_actor explainer; // NODE; empty: only what has ended is explained
  actors::overseer_actor overseer;   // NODE; empty: no SCHEDULER can be reached
  actors::classifier_actor classifier;
  actors::learner_actor learner{};   // empty: nothing is learned
  actors::rememberer_actor others{}; // NODE; empty: no other node remembers anything
  actors::storage_actor storage{};   // empty: what the journal still has cannot be written now
  actors::gatherer_actor journals{}; // NODE; empty: there are no other nodes
  actors::registry_actor reports{};  // for what only reads and may take long; empty: `registry` does it
};

/// The caller, as the audit log names it.
storage::author author_of(const call& c);
/// An error in the form that the API which was asked has.
outcome refused(const net::request_view& request, const core::failure& f);

struct administration_options {
  std::string node{"local"};
  std::string version;
  std::shared_ptr<const core::secret_key> secret; // hashes new keys
  std::shared_ptr<const alerting::trusted_places> trusted = std::make_shared<const alerting::trusted_places>();
  bool metrics_public = false;
  job_terms jobs;
  std::int64_t most_charted = 250'000; // requests that statistics count one by one
  std::string currency = "EUR";        // that costs are in where nothing in the database says another
  /// The neighbours as they are now: actors may be made again. Called for each request.
  std::function<neighbours()> find_neighbours;
  std::function<bool()> draining;     // may be empty; any thread
  std::function<bool()> cannot_write; // STORAGE's rows wait in the journal; may be empty; any thread
  std::function<bool()> lacks_room;   // the journal has none for another segment; may be empty; any thread
  std::vector<metrics_source> metrics;
  std::shared_ptr<const scheduling::outlooks> outlooks; // of all deployments; may be null
  const core::clock* clock = &core::system_clock();     // outlives the actor
};

/// ADMINISTRATION: everything that the gateway answers itself. A change is answered when the catalog that has it is in
/// force everywhere; where that does not come about, the answer says so.
class administration_state {
public:
  using handle = actors::administration_actor;
  administration_state(actors::self_pointer<administration_state> self, administration_options options);
  handle::behavior_type make_behavior();

private:
  using call_ptr = std::shared_ptr<const call>;

  void handle_request(const net::exchange_ptr& x, const catalog::snapshot_ptr& snapshot, std::int64_t process_id);
  void tick();

  /// The failure's code is none when the caller may use the route.
  core::failure check_access(const route& to, const call& c, std::int64_t process_id) const;
  void serve(const route& to, const call_ptr& c);
  using operation = std::function<outcome(storage::store&, const call&)>;
  // Through REGISTRY (administration_store.cpp).
  /// As a job on its thread, in the caller's name; again for as long as there is more to do.
  /// `had_begun`: it is a further step.
  void run(const operation& what, const call_ptr& c, store_line& at, bool had_begun = false);
  void run(const operation& what, const call_ptr& c) { run(what, c, changes_); }
  /// What only reads and may take long: no change waits behind it, and no key's behind all of another one's.
  void report(const operation& what, const call_ptr& c);
  /// When its turn comes. Nothing is done of what has not begun when it is answered.
  void ask_store(store_line& at, store_turn turn);
  void serve_next(store_line& at);
  void send_to_store(store_line& at, store_turn turn, core::steady_time now);
  /// Has `tick` come when the first of those who wait is late.
  void remind(core::steady_time now);
  /// The same when what the journals of all nodes have is in the database; refused when this node's cannot be written.
  /// What other nodes' lack is told in the call.
  void run_behind_journal(const operation& what, const call_ptr& c);
  void run_behind_others(const operation& what, const call_ptr& c);
  void finish(const call_ptr& c, const outcome& done);
  /// Asks the LEDGER how far the limits and budgets are used that the answer shows.
  void tell_use(const call_ptr& c, const outcome& done);
  /// Answers when the catalog is in force, or says that it is not (administration_changes.cpp).
  void publish(const call_ptr& c, const outcome& done);
  void show_actors(const call_ptr& c);
  void show_scheduler_state(const call_ptr& c);
  void show_scheduler_state(const call_ptr& c, const actors::queue_page& queue);
  void show_nodes(const call_ptr& c);
  /// How far a request has come, from NODE or else from the books.
  void explain(const call_ptr& c);
  void explain_past(const call_ptr& c, const std::vector<std::string>& silent);
  // Through NODE to the SCHEDULERs of providers (administration_providers.cpp).
  void show_queue(const call_ptr& c);
  /// On the audit log first, then to the SCHEDULER.
  void order_model(const call_ptr& c);
  void send_order(const call_ptr& c, const model_wish& wish);
  /// Asks the CLASSIFIER as INGRESS would.
  void try_request(const call_ptr& c);
  void show_metrics(const call_ptr& c);
  void write_metrics(const call_ptr& c, const std::vector<actors::usage_entry>& totals);
  void finish_metrics(const call_ptr& c, core::metrics_text& text);
  void check_ready(const call_ptr& c);
  // To the LEARNER.
  void give_feedback(const call_ptr& c);
  void pass_on(const call_ptr& c, const learning::remark& said);
  /// The LEARNER does not remember a request: another node's may.
  void ask_others(const call_ptr& c, const learning::remark& said, const learning::remark_reply& no);
  void show_learning(const call_ptr& c);
  /// Hands the request to TOKENIZER, unless too much waits there.
  void tokenize(const call_ptr& c);
  /// Tells everybody who waits how the database is; empty: it is there.
  void database_is(std::string trouble);
  core::failure to_failure(const caf::error& e) const;

  actors::self_pointer<administration_state> self_;
  administration_options options_;
  core::wall_time started_;
  observations seen_;
  net::json_looker looker_; // for requests that are tried
  // Who waits for `registry`, and who for `reports`.
  store_line changes_{{}};
  store_line reports_{{.of_key = 8, .in_all = 64, .keys = 256}};
  std::optional<core::steady_time> reminded_for_; // a `tick` is on its way
  std::vector<call_ptr> asking_ready_;
  core::steady_time ready_by_{}; // when the first of them is answered whatever the database does
  std::size_t tokenizing_ = 0;   // bytes that wait for TOKENIZER
  bool checking_ = false;        // REGISTRY has been asked how the database is
};

} // namespace logos::administration
