// SPDX-License-Identifier: MIT
#pragma once
#include "actors/hosted.hpp"
#include "cluster/slices.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace logos::cluster {

/// Where a DELEGATE stands.
struct delegate_post {
  std::string node; // what its inventories say; unique in the cluster
  std::int64_t provider_id = 0;
  std::vector<std::string> requesters; // the node's INGRESSes: the owner hears what runs when all of them have said
};

/// The DELEGATE of a provider on this node: stands for the SCHEDULER, wherever it lives. Keeps this node's waiting
/// tickets and permits, so that a change of the owner costs no one his place: the new owner is told what runs and gets
/// the tickets again. Grants from leased slices without asking.
///
/// The owner's permit ids are passed on as they are; ids granted here have the top bit set and a random number of this
/// DELEGATE in them. So a DELEGATE that was made again learns everything from the INGRESSes' inventories.
class delegate_state {
public:
  using handle = actors::delegate_actor;
  /// `clock` outlives it; `seed` makes the ids of different DELEGATEs differ.
  delegate_state(actors::self_pointer<delegate_state> self, delegate_post post, const core::clock& clock,
                 std::uint64_t seed);
  handle::behavior_type make_behavior();

private:
  struct ticket_key {
    core::uuid request;
    std::int64_t deployment_id;
    bool operator==(const ticket_key&) const = default;
  };
  struct ticket_hash {
    std::size_t operator()(const ticket_key& k) const noexcept {
      return core::uuid_hash{}(k.request) ^ static_cast<std::size_t>(k.deployment_id * 0x9e3779b97f4a7c15LL);
    }
  };
  struct waiting {
    actors::ticket ticket;
    actors::requester_actor asker;
    core::steady_time arrived; // at this node, earlier by what it had waited before
    core::steady_time patience;
    bool sent = false;       // the owner has it, or it stands in the outbox
    std::uint32_t round = 0; // the number under which the owner has it
    int stale = 0;           // ticks since its INGRESS was made again without asking for it; 0: it was not
  };
  struct running {
    actors::held_permit facts;
    actors::requester_actor asker;
    bool open = false;     // offered, not yet accepted
    bool leased = false;   // from a slice; the owner does not know it by its id
    bool reported = false; // told to the present owner in an inventory
  };
  /// A ticket that was withdrawn, of which the owner is to say what stood before it.
  struct parting {
    actors::requester_actor asker;
    std::uint32_t round = 0; // the asker's
    int tick = 0;            // when it was withdrawn
  };
  using permit_key = std::pair<std::uint64_t, std::uint64_t>; // permit, epoch
  struct permit_hash {
    std::size_t operator()(const permit_key& k) const noexcept {
      return static_cast<std::size_t>((k.first ^ (k.second << 48)) * 0x9e3779b97f4a7c15ULL);
    }
  };
  using permits = std::unordered_map<permit_key, running, permit_hash>;

  // towards the INGRESSes
  void queue(const actors::ticket& t, const actors::requester_actor& asker);
  bool grant_here(const actors::ticket& t, const actors::requester_actor& asker, core::steady_time now);
  void accept(const actors::acceptance& a);
  void withdraw(const actors::withdrawal& w);
  void release(const actors::release& r);
  void take_inventory(const actors::inventory& i, const actors::requester_actor& asker);
  void refuse(const waiting& w, core::ec code, std::string message);
  std::uint32_t retry_after_s() const;

  // towards the owner
  void adopt(std::uint64_t epoch, const actors::scheduler_actor& owner);
  void lose_owner(std::chrono::microseconds vacant_in);
  void settle_accounts();
  void submit(waiting& w, core::steady_time now);
  void pass_on(const actors::offer& o);
  void pass_on(const actors::refusal& r);
  void recall(std::int64_t deployment_id);
  void arrived(const actors::slice& s);
  void give_back(std::int64_t deployment_id, std::uint32_t places);
  void ask_for_more(std::int64_t deployment_id, core::steady_time now);
  void end_permit(permits::iterator at, const actors::release& r);
  void end_unwanted(const actors::offer& o);
  void schedule_flush();
  void flush();

  // what a request may expect (delegate_outlook.cpp)
  caf::result<std::vector<actors::outlook>> explain(const core::uuid& request);
  caf::result<actors::queue_page> explain(const actors::queue_question& asked);
  caf::result<actors::order_report> pass_on(std::int64_t deployment_id, bool load);
  std::vector<actors::outlook> outlooks_of(const core::uuid& request) const;
  actors::outlook outlook_of(const ticket_key& key, const waiting& w, core::steady_time now) const;
  actors::queue_page list_own(const actors::queue_question& asked) const;
  std::string condition() const;

  void tick();
  bool contended(std::int64_t deployment_id) const { return waiting_by_deployment_.contains(deployment_id); }
  void forget(std::unordered_map<ticket_key, waiting, ticket_hash>::iterator at);

  actors::self_pointer<delegate_state> self_;
  delegate_post post_;
  const core::clock& clock_;
  std::uint64_t next_permit_;
  std::uint32_t queue_limit_ = 1000; // per deployment, while there is no owner to judge

  actors::scheduler_actor owner_;
  std::uint64_t epoch_ = 0;
  core::steady_time vacant_at_{}; // without an owner: when another node can be one
  std::uint32_t rounds_ = 0;      // tickets sent to owners
  std::set<std::string> unheard_;
  bool ready_ = false; // every INGRESS has said what runs
  int ticks_ = 0;

  std::unordered_map<ticket_key, waiting, ticket_hash> waiting_;
  std::unordered_map<std::int64_t, std::uint32_t> waiting_by_deployment_;
  std::unordered_map<std::uint32_t, parting> parting_; // by the number under which the owner had it
  permits running_;
  std::unordered_map<ticket_key, permit_key, ticket_hash> permit_of_;
  std::map<std::string, actors::requester_actor> askers_; // by name
  slices slices_;
  actors::bundle outbox_;
  bool flush_due_ = false;
};

} // namespace logos::cluster
