// SPDX-License-Identifier: MIT
#pragma once
#include "cluster/adoptions.hpp"
#include "cluster/connector.hpp"
#include "cluster/estate.hpp"
#include "cluster/fences.hpp"
#include "cluster/membership.hpp"
#include "cluster/node.hpp"
#include "cluster/placement.hpp"
#include "cluster/sightings.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace logos::cluster {

/// The NODE of a gateway that is one of several. Owns the providers that placement gives it while it has their leases,
/// keeps a DELEGATE for every provider, and points it to the owner's SCHEDULER wherever that is.
class member_state {
public:
  using handle = actors::node_actor;
  /// `facts`: as announced to the other nodes; their address is where this node is published.
  member_state(actors::self_pointer<member_state> self, node_parts parts, caf::io::middleman_actor middleman,
               storage::node_facts facts);
  handle::behavior_type make_behavior();

private:
  enum class phase : std::uint8_t { starting, serving, leaving };
  struct peer {
    actors::peer_actor handle;
    std::string incarnation;
    core::steady_time answered;   // when it last answered a heartbeat
    core::steady_time promised{}; // when the last heartbeat was sent that it answered with a promise
  };
  struct claim { // who owns a provider, as its owner says
    std::string incarnation;
    std::uint64_t epoch = 0;
    actors::scheduler_actor scheduler;
    actors::accounts_actor ledger; // only of the LEDGER
  };
  struct attempt { // to own a provider
    bool under_way = false;
    core::steady_time due{};
  };
  struct spreading { // the newest catalog, on its way to every node
    struct peer_to_adopt {
      std::string incarnation;
      bool asked = false;
      core::steady_time due{}; // when to ask, or to ask again
    };
    core::steady_time until;
    std::map<std::string, peer_to_adopt> silent{}; // those that have not confirmed it, by name
    std::uint64_t version = 0;                     // that this node has adopted
    bool here = false;                             // it has, and has told the LEDGER what it claimed then
    bool over = false;
    caf::error trouble{}; // why this node cannot
    std::function<void(const spreading&)> then{};
  };
  using spreading_ptr = std::shared_ptr<spreading>;
  using statuses = std::vector<actors::actor_status>;
  static constexpr std::chrono::milliseconds beat_every{100};
  // So long before a lease ends nothing is begun under it, what runs is ended, and peers are told.
  static constexpr std::chrono::milliseconds lease_guard = 3 * beat_every;

  // for this node's actors (member.cpp)
  caf::result<std::uint64_t> adopt(const catalog::snapshot_ptr& snapshot);
  void subscribe(const std::string& name, const actors::ingress_actor& ingress);
  void stand_in(const catalog::provider& p);
  void delegate_made(std::int64_t provider_id, const actors::delegate_actor& delegate);
  void point(std::int64_t provider_id);
  /// Nobody owns it any more; another node can in so long, as far as is known.
  void vacate(std::int64_t provider_id, std::chrono::milliseconds vacant_in);
  void point_teller();
  caf::result<statuses> tree();
  caf::result<statuses> tree_here();
  caf::result<actors::progress> explain(const core::uuid& request);
  caf::result<actors::progress> explain_own(const core::uuid& request);
  caf::result<std::string> recollect(const core::uuid& request);
  caf::result<std::string> recollect_own(const core::uuid& request);
  caf::result<std::vector<std::string>> flush();
  caf::result<std::uint64_t> flush_own();
  std::map<std::int64_t, actors::scheduler_actor> schedulers() const;
  void saw(const actors::provider_observation& seen);
  std::string nodes() const;
  std::string condition() const;

  // the newest catalog, on all nodes (member_refresh.cpp)
  caf::result<std::uint64_t> refresh();
  caf::result<std::uint64_t> refresh_here();
  caf::result<std::vector<std::string>> level();
  /// Has every node adopt the newest catalog, and calls `then` when all have that are not lost by then, this node
  /// cannot, or the time is up.
  void spread(std::chrono::milliseconds at_most, std::function<void(const spreading&)> then);
  void ask_silent(const spreading_ptr& s);
  void settle(const spreading_ptr& s);
  void heed_spreads();
  void when_told(std::function<void()> then);

  // peers (member_peers.cpp)
  void meet(const std::string& name, const actors::peer_actor& found, const std::string& trouble);
  caf::result<actors::node_card> greeted(const actors::node_card& c, const caf::strong_actor_ptr& from);
  std::string objection(const actors::node_card& c) const;
  actors::node_card card() const;
  void welcome(const actors::node_card& c, const actors::peer_actor& joiner);
  void tell_all(const actors::peer_actor& joiner);
  void lose(const std::string& name);
  void farewell(const std::string& incarnation);
  void dial_missing(core::steady_time now);
  void send_pulses(core::steady_time now);
  actors::pulse pulse_of(const actors::pulse& from);
  void claimed(const std::string& incarnation, std::int64_t provider_id, std::uint64_t epoch,
               const actors::scheduler_actor& scheduler);
  void claimed(const std::string& incarnation, std::uint64_t epoch, const actors::accounts_actor& ledger);
  void overtaken(std::int64_t id, std::uint64_t epoch);
  void lapsed(const std::string& incarnation, std::int64_t provider_id);
  void given_up(const std::string& incarnation, std::int64_t provider_id);
  void forget_claims(const std::string& incarnation, core::steady_time answered, std::chrono::milliseconds lease_left);

  // the database, leases and what is owned (member_leases.cpp)
  void announce();
  void announced(const storage::result<std::vector<storage::live_node>>& reply);
  void beat();
  void read(const view& v);
  void database_failed(const core::failure& why);
  void keep_without_database(core::steady_time now);
  void heed_fences(core::steady_time now);
  void heed_lease(std::int64_t provider_id, bool holds);
  void proclaim(std::int64_t provider_id, const estate::holding& h);
  void tell_owner(const actors::peer_actor& whom, std::int64_t provider_id, const estate::holding& h);
  void end_calls(std::int64_t provider_id);
  void reconsider();
  void acquire(std::int64_t provider_id);
  void acquired(std::int64_t provider_id, const tenure& got);
  void hand_over(std::int64_t provider_id);
  void published(std::int64_t provider_id, std::uint64_t epoch, const actors::scheduler_actor& scheduler);
  void published(std::uint64_t epoch, const actors::ledger_actor& ledger);
  /// Whether this node takes part in what `id` names: a provider of the catalog, or the LEDGER.
  bool wanted(std::int64_t id) const;
  placed_provider placed(std::int64_t id) const;
  caf::result<bool> leave();
  void fail(const std::string& why);
  void tick();

  core::steady_time now() const { return parts_.clock->steady(); }
  const cluster_parts& own() const { return *parts_.cluster; }

  actors::self_pointer<member_state> self_;
  node_parts parts_;
  storage::node_facts facts_;
  estate estate_;
  membership membership_;
  adoptions adoptions_;
  fences fences_;
  sightings sightings_;
  connector_actor connector_;
  catalog::snapshot_ptr snapshot_ = std::make_shared<const catalog::snapshot>();

  phase phase_ = phase::starting;
  core::steady_time started_ = now();
  bool asking_ = false; // a heartbeat to the database is under way
  bool failed_ = false; // the node was told to end
  core::steady_time next_beat_{};
  core::steady_time next_pulse_{};
  core::steady_time last_view_{};
  std::string trouble_; // with the database

  std::vector<spreading_ptr> spreads_;
  std::map<std::string, peer> peers_;                 // by node name; joined
  std::map<std::string, core::steady_time> promises_; // incarnation → until when nothing is taken over from it
  std::map<std::int64_t, claim> claims_;
  std::map<std::int64_t, core::steady_time> vacant_at_; // of what nobody owns: when another node can
  std::map<std::int64_t, attempt> attempts_;
  std::map<std::int64_t, actors::delegate_actor> delegates_;
  std::map<std::int64_t, std::string> stand_ins_; // providers with a DELEGATE, and its name
  std::map<std::string, actors::ingress_actor> ingresses_;
  actors::teller_actor teller_;
};

} // namespace logos::cluster
