// SPDX-License-Identifier: MIT
#include "cluster/estate.hpp"

#include "actors/catalog/usual_parallel.hpp"
#include "cluster/placement.hpp"

namespace logos::cluster {
namespace {

/// What the SUPERVISOR knows an actor of a provider by: a name may pass from one provider to another.
std::string ward(std::string_view kind, std::int64_t provider_id) {
  return std::string{kind} + "/#" + std::to_string(provider_id);
}

} // namespace

actors::provider_terms terms_of(const catalog::provider& p, const node_parts& parts) {
  actors::provider_terms terms{.provider_id = p.id,
                               .name = p.name,
                               .parallel = p.parallel,
                               .max_in_flight = p.max_in_flight,
                               .queue_per_model = parts.queue_per_model,
                               .queue_per_key = parts.queue_per_key,
                               .parallel_of = p.parallel_of,
                               .memory_bytes = p.total_vram_mb << 20,
                               .most_models = p.max_loaded_models,
                               .usual_parallel = catalog::usual_parallel(p.type)};
  for (const auto& t : p.tenants)
    terms.deployments.push_back({t.deployment_id, t.model, static_cast<std::uint8_t>(t.residence)});
  return terms;
}

estate::holding& estate::begin(std::int64_t id, std::shared_ptr<scheduling::lease> lease) {
  auto& h = holdings_[id];
  if (h.lease) h.lease->end(); // of an epoch that is over
  h = {};
  h.lease = std::move(lease);
  return h;
}

void estate::hold(const catalog::provider& provider, std::shared_ptr<scheduling::lease> lease) {
  begin(provider.id, lease).facts = provider;
  auto last = std::make_shared<std::uint64_t>(0); // epoch of what was made last; touched in the SUPERVISOR only
  const auto id = provider.id;
  actors::recipe how;
  how.name = ward("scheduler", id);
  how.make = [make = parts_.make.scheduler, node = parts_.name, lease, last, terms = terms_of(provider, parts_),
              name = "scheduler/" + provider.name](std::uint32_t restarts) {
    // A SCHEDULER that died may have granted what nobody heard of: its successor is a new one to everybody.
    *last = lease->epoch() + restarts;
    return caf::actor_cast<caf::actor>(make({name, "scheduler", "node", node, restarts}, terms, lease->renamed(*last)));
  };
  how.publish = [node = node_, last, id](const caf::actor& made) {
    caf::anon_send(node, atom::route_v, id, *last, caf::actor_cast<actors::scheduler_actor>(made));
  };
  caf::anon_send(parts_.supervisor, atom::supervise_v, std::move(how));
}

void estate::hold_ledger(std::shared_ptr<scheduling::lease> lease) {
  auto& h = begin(ledger_id, lease);
  h.facts.id = ledger_id;
  h.facts.name = "ledger";
  auto last = std::make_shared<std::uint64_t>(0); // as a SCHEDULER's
  actors::recipe how;
  how.name = ward("ledger", ledger_id);
  how.make = [make = parts_.make.ledger, node = parts_.name, lease, last](std::uint32_t restarts) {
    *last = lease->epoch() + restarts;
    return caf::actor_cast<caf::actor>(
        make({"ledger/cluster", "ledger", "node", node, restarts}, lease->renamed(*last)));
  };
  how.publish = [node = node_, last](const caf::actor& made) {
    caf::anon_send(node, atom::route_v, *last, caf::actor_cast<actors::ledger_actor>(made));
  };
  caf::anon_send(parts_.supervisor, atom::supervise_v, std::move(how));
}

void estate::drop(std::int64_t provider_id) {
  const auto at = holdings_.find(provider_id);
  if (at == holdings_.end()) return;
  at->second.lease->end();
  if (provider_id == ledger_id) {
    caf::anon_send(parts_.supervisor, atom::retire_v, ward("ledger", provider_id));
  } else {
    caf::anon_send(parts_.supervisor, atom::retire_v, ward("monitor", provider_id));
    caf::anon_send(parts_.supervisor, atom::retire_v, ward("scheduler", provider_id));
  }
  holdings_.erase(at);
}

const estate::holding* estate::published(std::int64_t provider_id, std::uint64_t epoch,
                                         const actors::scheduler_actor& scheduler,
                                         const std::vector<std::string>& reporters, std::chrono::microseconds fence) {
  auto* h = present(provider_id, epoch);
  if (h == nullptr) return nullptr;
  h->scheduler = scheduler;
  caf::anon_send(scheduler, atom::recover_v, reporters, static_cast<std::int64_t>(fence.count()));
  caf::anon_send(scheduler, terms_of(h->facts, parts_));
  remind(*h);
  watch(*h);
  return h;
}

estate::holding* estate::present(std::int64_t id, std::uint64_t epoch) {
  auto* h = find(id);
  // Made before the holding was dropped or taken anew.
  if (h == nullptr || epoch < h->lease->epoch() || epoch < h->epoch) return nullptr;
  h->epoch = epoch;
  return h;
}

const estate::holding* estate::published(std::uint64_t epoch, const actors::ledger_actor& ledger,
                                         const std::vector<std::string>& reporters, std::chrono::microseconds fence) {
  auto* h = present(ledger_id, epoch);
  if (h == nullptr) return nullptr;
  h->ledger = ledger;
  caf::anon_send(ledger, atom::recover_v, reporters, static_cast<std::int64_t>(fence.count()));
  return h;
}

void estate::published(std::int64_t provider_id, const actors::monitor_actor& monitor) {
  auto* h = find(provider_id);
  if (h == nullptr) return;
  h->monitor = monitor;
  if (h->scheduler) caf::anon_send(h->scheduler, atom::adopt_v, actors::loader_actor{monitor});
  caf::anon_send(monitor, atom::adopt_v, snapshot_);
}

void estate::follow(const catalog::snapshot_ptr& snapshot) {
  snapshot_ = snapshot;
  for (auto& [id, h] : holdings_) {
    const auto* fresh = snapshot->find_provider(id);
    if (fresh == nullptr) continue; // about to be dropped
    h.facts = *fresh;
    if (h.scheduler) caf::anon_send(h.scheduler, terms_of(*fresh, parts_));
    if (h.monitor) caf::anon_send(h.monitor, atom::adopt_v, snapshot);
  }
}

estate::holding* estate::find(std::int64_t provider_id) {
  const auto at = holdings_.find(provider_id);
  return at == holdings_.end() ? nullptr : &at->second;
}

const estate::holding* estate::find(std::int64_t provider_id) const {
  const auto at = holdings_.find(provider_id);
  return at == holdings_.end() ? nullptr : &at->second;
}

/// Until its MONITOR has looked, a new SCHEDULER goes by the slots that its server had, whoever owned it. Nothing else
/// of then is told: that the server is there is what a SCHEDULER begins with.
void estate::remind(const holding& h) {
  const auto* last = seen_.find(h.facts.id);
  if (last == nullptr || last->slots <= 0) return;
  actors::provider_observation before;
  before.provider_id = h.facts.id;
  before.reachable = true;
  before.server = last->server;
  before.slots = last->slots;
  caf::anon_send(h.scheduler, std::move(before));
}

void estate::watch(holding& h) {
  if (!parts_.make.monitor) return;
  actors::recipe how;
  how.name = ward("monitor", h.facts.id);
  how.make = [make = parts_.make.monitor, node = parts_.name, id = h.facts.id, snapshot = snapshot_,
              name = "monitor/" + h.facts.name,
              told = std::vector<actors::observer_actor>{h.scheduler, node_}](std::uint32_t restarts) {
    return caf::actor_cast<caf::actor>(make({name, "monitor", "node", node, restarts}, id, snapshot, told));
  };
  how.publish = [node = node_, id = h.facts.id](const caf::actor& made) {
    caf::anon_send(node, atom::adopt_v, id, caf::actor_cast<actors::monitor_actor>(made));
  };
  caf::anon_send(parts_.supervisor, atom::supervise_v, std::move(how));
}

} // namespace logos::cluster
