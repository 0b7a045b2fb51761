// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"
#include "core/time.hpp"
#include "storage/cluster.hpp"
#include "storage/result.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace logos::cluster {

/// The times of a cluster; the same on all its nodes.
struct rhythm {
  std::chrono::milliseconds heartbeat{1000}; // to the database and to the peers
  std::chrono::milliseconds lease{3000};     // of an owner, and how long a silent node counts as alive
};

/// What the database said at one moment.
struct view {
  core::steady_time asked; // before the database was: leases run from here at least
  std::vector<storage::live_node> nodes;
  std::vector<storage::lease> held; // this incarnation's, renewed
};

/// The answer to an attempt to own something.
struct tenure {
  storage::lease lease;
  core::steady_time until; // if it is `mine`
};

// Work for the REGISTRY; `clock` outlives it. The reply to each is a `storage::result<…>` behind the pointer; read it
// with `read_reply`.

/// Announces this run of the node. The reply: nodes that live. Refused with `conflict` while another run of the same
/// name lives.
actors::store_job announce_job(storage::node_facts facts, rhythm times);
/// The heartbeat: renews presence and leases. The reply is a `view`.
actors::store_job beat_job(storage::node_facts facts, rhythm times, const core::clock& clock);
/// The reply is a `tenure`, this node's or the present owner's.
actors::store_job acquire_job(std::string resource, storage::node_facts facts, rhythm times, const core::clock& clock);
/// The reply is a bool.
actors::store_job release_job(std::string resource, std::string incarnation);
/// Gives up the leases and the membership. The reply is a bool.
actors::store_job leave_job(storage::node_facts facts, std::vector<std::string> resources);

template <class T>
const storage::result<T>& read_reply(const actors::store_reply& reply) {
  return *static_cast<const storage::result<T>*>(reply.get());
}

/// Who else is in the cluster, from the database and from the connections. Pure.
class membership {
public:
  struct member {
    storage::live_node facts;
    core::steady_time listed{}; // last time that the database had it alive
    core::steady_time first_listed{};
    bool joined = false;      // greeted, and answering since
    core::steady_time lost{}; // when the connection to this run broke; zero: it did not
    std::string trouble;      // why it has not joined
  };

  membership(std::string self, rhythm times) : self_{std::move(self)}, times_{times} {}

  /// Takes in a view, which leaves out what has not been seen for a lease's time.
  void read(const view& v);
  /// A greeting was exchanged with this run.
  void join(const std::string& node, const std::string& incarnation, core::steady_time now);
  void lose(const std::string& node, core::steady_time now);
  /// It said good-bye, or has been replaced: nothing of it runs any more.
  void forget(const std::string& node) { members_.erase(node); }

  /// This node and those that have joined: who can be an owner's peer now.
  std::vector<std::string> joined() const;
  /// The same and those that live and have not joined yet, for a while: providers that are theirs by placement are left
  /// alone.
  std::vector<std::string> expected(core::steady_time now) const;
  /// All whose requests may still run, this node included.
  std::vector<std::string> may_run(core::steady_time now) const;
  /// How long, from now, the last of the lost nodes still counts as alive; zero when none does.
  core::steady_time::duration lingering(core::steady_time now) const;
  /// This run of a node was alive when the database was last asked, and still may be.
  bool lives(const std::string& incarnation, core::steady_time now) const;
  /// Every other member of the last view has joined.
  bool complete() const;

  const std::map<std::string, member>& members() const { return members_; }
  member* find(const std::string& node);

private:
  bool listed(const member& m, core::steady_time now) const { return now - m.listed < times_.lease; }

  std::string self_;
  rhythm times_;
  std::map<std::string, member> members_;
  std::vector<std::string> last_view_;
};

} // namespace logos::cluster
