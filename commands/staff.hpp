// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/ledger.hpp"
#include "actors/alerting/alerts.hpp"
#include "actors/alerting/guard.hpp"
#include "actors/classification/rulebook.hpp"
#include "actors/embedding/shelf.hpp"
#include "actors/hosted.hpp"
#include "actors/learning/board.hpp"
#include "actors/learning/intake.hpp"
#include "actors/recording/figures.hpp"
#include "actors/recording/upkeep.hpp"
#include "actors/scheduling/outlook.hpp"
#include "cluster/node.hpp"
#include "commands/installation.hpp"
#include "commands/io_place.hpp"
#include "config/settings.hpp"
#include "storage/journal/journal.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace logos::commands {

/// What the actors of a node are made with. All of it outlives them.
struct staff_parts {
  caf::actor_system& system;
  const config::settings& settings;
  const installation& installed;
  storage::journal& journal;
  recording::figures& figures;
  const std::atomic<bool>& draining;
  std::vector<std::unique_ptr<io_place>>& places;
  std::shared_ptr<const execution::wrong_keys> wrong_keys;
};

/// The actors of a node: makes them under the SUPERVISOR, tells each other's new handles when one was made again, and
/// ends them. One thread.
class staff {
public:
  explicit staff(staff_parts parts);
  ~staff();

  /// What works without a client: STORAGE, REGISTRYs, KEEPER, CATALOG, LEDGER, CLASSIFIER.
  void hire_back_office();
  /// ALERTS, ADMINISTRATION, and for each I/O thread its INGRESS and EXECUTOR.
  void hire_front_office();
  /// The NODE, which makes the SCHEDULERs and MONITORs.
  boost::system::result<void, core::failure> join(std::uint16_t http_port,
                                                  std::function<void(const std::string&)> fatal);
  /// EMBEDDER: when there are routes to providers.
  void hire_embedder();
  /// JOBS: when requests can be served.
  void begin_jobs();
  /// JOBS begins nothing any more, and within `at_most` ends what runs. The answer is there when all is written.
  std::future<bool> drain_jobs(std::chrono::milliseconds at_most);
  /// True once the INGRESS of every I/O thread knows a SCHEDULER for every provider of the snapshot.
  bool wait_for_routes(const catalog::snapshot_ptr& snapshot, std::chrono::milliseconds at_most);
  /// The CLASSIFIER's rules from the next request on. Any thread.
  void choose_by(classification::decision_rules_ptr rules) { choice_rules_->replace(std::move(rules)); }
  /// Loads the catalog anew, everywhere. False: not confirmed in time.
  bool refresh(std::chrono::milliseconds at_most);
  /// Hands over what this node owns and writes down what is finished.
  void leave(std::chrono::milliseconds at_most);
  /// Ends every actor. After the I/O threads have ended.
  void dismiss();

private:
  struct handles;
  template <class Handle>
  void supervise(std::string name, std::function<Handle(std::uint32_t restarts)> make,
                 std::function<void(const Handle&)> published);
  /// Runs `change` on every I/O thread there is.
  template <class Change>
  void tell_places(Change change);
  actors::identity who(std::string name, std::string kind, std::uint32_t restarts) const;
  void hire_ledger();
  /// For what nothing else may wait before.
  actors::registry_actor hire_registry(const std::string& name, std::uint32_t restarts = 0);
  /// Of a gateway that stands alone where others could, too.
  std::optional<cluster::sole_parts> sole_parts_of(const std::string& http_listen,
                                                   const std::function<void(const std::string&)>& fatal);
  /// In a cluster: its LEDGER is on one of the nodes.
  void hire_teller();
  /// Where learning is enabled.
  void hire_learner();
  void hire_alerts(const alerting::trusted_places& trusted);
  void seat(io_place& place);

  staff_parts parts_;
  std::shared_ptr<handles> desk_;
  accounting::ledger_parts accounts_; // outlive a LEDGER that is made again
  std::shared_ptr<alerting::figures> alerts_shown_ = std::make_shared<alerting::figures>();
  std::shared_ptr<scheduling::outlooks> outlooks_ = std::make_shared<scheduling::outlooks>();
  std::shared_ptr<classification::rulebook> choice_rules_ = std::make_shared<classification::rulebook>();
  std::shared_ptr<embedding::shelf> gists_ = std::make_shared<embedding::shelf>(); // of CLASSIFIER and EMBEDDER
  std::shared_ptr<learning::board> learned_;                                       // null: nothing is learned
  std::shared_ptr<learning::intake> lessons_;
  std::shared_ptr<execution::stored_objects> objects_ = std::make_shared<execution::stored_objects>();
  recording::upkeep_figures kept_;
  std::vector<std::string> names_; // of those that the SUPERVISOR keeps alive
  actors::supervisor_actor supervisor_;
  actors::node_actor node_;
  actors::registry_actor cluster_registry_;
};

} // namespace logos::commands
