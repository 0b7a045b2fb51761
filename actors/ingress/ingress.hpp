// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/admission.hpp"
#include "actors/execution/workplace.hpp"
#include "actors/hosted.hpp"
#include "actors/ingress/object_names.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "net/json_look.hpp"

#include <memory>
#include <unordered_map>

namespace logos::ingress {

/// The INGRESS of an I/O thread: finds out who asks and what for, sees that it is permitted, gets a permit from a
/// SCHEDULER and hands it to the EXECUTOR. Holds every request that has no permit yet.
class ingress {
public:
  using handle = actors::ingress_actor;
  /// `at`, `secret` and `clock` outlive the actor. Must be pinned to `at.unit`.
  ingress(actors::self_pointer<ingress> self, execution::workplace& at, const core::secret_key& secret,
          const core::clock& clock, bool public_metrics);
  /// Refuses and books whoever still waits: this INGRESS has died.
  ~ingress();
  ingress(const ingress&) = delete;
  ingress& operator=(const ingress&) = delete;
  handle::behavior_type make_behavior();

private:
  using admission = execution::admission;

  // A request comes in.
  void handle_request(const net::exchange_ptr& x);
  void admit(const net::exchange_ptr& x, const net::route_match& route, const catalog::principal& who);
  /// With a provider's own key.
  void admit_visitor(const net::exchange_ptr& x, const net::route_match& route);
  bool choose_profile(net::exchange& x, admission& a);
  bool choose_policy(net::exchange& x, admission& a);
  /// What it has to obey, with what the model's name says, and what it needs of its model.
  static core::failure settle_policy(const net::exchange& x, admission& a);

  // It gets its permit.
  void on_verdict(actors::verdict& v);
  void on_selection(const net::exchange_ptr& x, classification::selection found);
  /// Takes out whom the key may not ask this; a failure when nobody is left.
  core::failure keep_reachable(const net::exchange& x, admission& a) const;
  /// Takes out where a model that the request names beside the first is not there or not permitted.
  static core::failure keep_permitted(const net::exchange& x, admission& a);
  /// Puts the models in the order in which they are asked, where the policy wants a cheap one to answer first.
  void plan_cascade(const net::exchange& x, admission& a, std::vector<classification::allowed_model> ranked) const;
  /// Lets those on that name nothing that a provider keeps, or nothing but what they may use (ingress_stored.cpp).
  void check_named(const net::exchange_ptr& x);
  /// Whether a deployment does what the request's path says, though it may have one of its own, which takes its place
  /// (own_path.hpp). `in_path`: the path names something that a provider keeps.
  static bool is_fitting(const admission& a, std::int64_t deployment_id, bool in_path);
  /// Whoever names one need not say which model, and whose provider keeps it is known only later: adds a deployment of
  /// each other provider that the key may use. `in_path`: the path names it.
  static void widen(admission& a, bool in_path);
  /// Takes out whose provider keeps something of that name that the key may not use, or nobody knows of. False, and
  /// nothing is taken out: nobody would be left.
  bool keep_owned(admission& a, const std::vector<object_name>& names) const;
  bool may_use(const admission& a, const object_name& n, std::int64_t deployment_id) const;
  /// Of what is named, what the key may not use at any candidate's provider, or the first: of each, at another's.
  const object_name& missing_of(const admission& a, const std::vector<object_name>& names) const;
  void find_owners(const core::uuid& request);
  void on_owners(const core::uuid& request, const actors::store_reply& reply);
  /// Whoever may use all goes on, to whichever provider was chosen.
  bool goes_on_unread(const net::exchange_ptr& x);
  void refuse_unread(const core::uuid& request);
  /// Has the batch judged that the request hands in: a long one on TOKENIZER's thread.
  void judge_batch(const net::exchange_ptr& x);
  /// Nothing but its batch and what it may use is to be found out.
  void go_on(const net::exchange_ptr& x);
  void on_batch_verdict(actors::batch_verdict& v);
  /// Its candidates are known: reserves what it may use.
  void reserve(const net::exchange_ptr& x);
  void on_ruling(const accounting::ruling& r);
  /// Whether budgets about it, or that it is closed, are not what they were when it was let in or last asked about.
  bool was_ruled_otherwise(admission& a);
  /// Budgets have changed since it was let in: has the LEDGER say whether it still may, before it takes its place.
  void reserve_again(const net::exchange_ptr& x);
  /// Rules have changed: has those counted that were let in when none was about them, and run, or have cost something,
  /// or wait and come under a limit.
  void count_running();
  /// It may not be refused any more.
  void count_admitted(net::exchange& x);
  /// Whether a limit is about it now. Budgets judge who waits when its turn comes, limits do not.
  bool is_limited(const admission& a) const;
  void ask(net::exchange& x, admission& a, core::steady_time now);
  void send_ticket(actors::ticket t);
  void on_offer(const actors::offer& o);
  void on_refusal(const actors::refusal& r);
  void weigh_anew(net::exchange& x, std::int64_t refused);
  void on_retry(const net::exchange_ptr& x, const actors::refusal& why);
  void wait_for_permit(const net::exchange_ptr& x);
  bool still_allowed(const net::exchange& x, const admission& a, std::int64_t deployment_id) const;
  /// What may be used has changed since it came: goes on to the first step that leaves it anybody.
  void pass_over_forbidden(const net::exchange& x, admission& a) const;
  bool visitor_still_allowed(const admission& a, std::int64_t deployment_id) const;
  /// A later model of its cascade, which has been given limits or a budget meanwhile.
  bool is_passed_over(const admission& a, const catalog::deployment& d) const;
  void withdraw(const core::uuid& request, admission& a, std::int64_t except);
  void give_back(const actors::offer& o, bool sole);

  // It ends without one.
  void refuse(net::exchange& x, core::failure why);
  void refuse_admitted(net::exchange_ptr x, core::failure why);
  void on_gone(const core::uuid& request);
  void leave(const net::exchange_ptr& x);

  // The world changes.
  std::uint64_t adopt(const catalog::snapshot_ptr& fresh);
  void close_route(std::int64_t provider_id);
  void end_calls(std::int64_t provider_id);
  void reroute(std::int64_t provider_id, const actors::scheduler_actor& scheduler);
  actors::ticket ticket_for(const net::exchange& x, const admission& a, const catalog::deployment& d,
                            std::uint32_t round, core::steady_time now) const;
  void tick();
  core::steady_time patience_ends(const net::exchange& x, const admission& a) const;

  // Somebody wants to know how it is (ingress_progress.cpp).
  actors::progress explain(const core::uuid& request) const;
  actors::progress describe(net::exchange& x, actors::stage at) const;
  actors::progress describe_waiting(net::exchange& x) const;
  actors::progress describe_running(const execution::errand& call) const;
  /// Tells clients that wait for events where they stand, each at the interval of heartbeats.
  void reassure(core::steady_time now);
  bool due(net::exchange& x, core::steady_time now) const;
  void ask_outlook(const net::exchange_ptr& x);

  actors::self_pointer<ingress> self_;
  execution::workplace& at_;
  const core::secret_key& secret_;
  const core::clock& clock_;
  bool public_metrics_;
  net::json_looker looker_;
  std::unordered_map<core::uuid, net::exchange_ptr, core::uuid_hash> pending_; // let in, no permit yet
  std::size_t being_judged_ = 0; // bytes of batches that wait at TOKENIZER

  /// Of a request of `pending_`: whose it is what it names, is being asked.
  struct inquiry {
    std::vector<object_name> names;
    std::vector<std::int64_t> chosen; // the candidates, whatever was named
    std::int64_t key = 0;
    std::size_t asked = 0; // how often
  };
  std::unordered_map<core::uuid, inquiry, core::uuid_hash> inquiries_;
};

} // namespace logos::ingress
