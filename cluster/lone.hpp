// SPDX-License-Identifier: MIT
#pragma once
#include "cluster/adoptions.hpp"
#include "cluster/estate.hpp"
#include "cluster/node.hpp"
#include "cluster/sightings.hpp"

#include <map>
#include <string>

namespace logos::cluster {

/// The NODE of a gateway that stands alone: every provider is its own, and INGRESSes speak with SCHEDULERs directly.
class lone_state {
public:
  using handle = actors::node_actor;
  lone_state(actors::self_pointer<lone_state> self, node_parts parts);
  handle::behavior_type make_behavior();

private:
  std::string condition() const;
  caf::result<std::uint64_t> refresh();
  caf::result<std::vector<std::string>> level();
  caf::result<std::vector<actors::actor_status>> tree();
  caf::result<actors::progress> explain(const core::uuid& request);
  std::map<std::int64_t, actors::scheduler_actor> schedulers() const;
  std::string nodes() const;
  void subscribe(const std::string& name, const actors::ingress_actor& ingress);
  caf::result<std::uint64_t> adopt(const catalog::snapshot_ptr& snapshot);
  void published(std::int64_t provider_id, std::uint64_t epoch, const actors::scheduler_actor& scheduler);
  caf::result<bool> leave();
  void tick();
  void renew();
  void renewed(const storage::result<tenure>& reply);

  actors::self_pointer<lone_state> self_;
  node_parts parts_;
  estate estate_;
  adoptions adoptions_;
  sightings sightings_;
  std::map<std::string, actors::ingress_actor> ingresses_;
  std::uint64_t last_epoch_ = 0;
  // the right to the database, where it needs one
  core::steady_time next_renewal_{};
  bool asking_ = false;
  bool superseded_ = false;
};

} // namespace logos::cluster
