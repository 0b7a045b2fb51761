// SPDX-License-Identifier: MIT
#pragma once
#include "commands/staff.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

/// What the sources of `staff` share.
namespace logos::commands {

/// The handles that other threads look up: written when the SUPERVISOR has made an actor again.
struct staff::handles {
  std::mutex mutex;
  actors::storage_actor storage;
  actors::registry_actor registry;
  actors::registry_actor catalog_registry;
  actors::registry_actor reports_registry; // for what only reads and may take long
  actors::catalog_actor catalog;
  actors::ledger_actor ledger; // or the TELLER that stands for it
  actors::teller_actor teller; // in a cluster
  actors::classifier_actor classifier;
  actors::embedder_actor embedder;
  actors::learner_actor learner; // empty: nothing is learned
  actors::tokenizer_actor tokenizer;
  actors::alerts_actor alerts;
  actors::administration_actor administration;
  actors::registry_actor jobs_registry;
  actors::registry_actor objects_registry; // whose things are that providers keep
  actors::jobs_actor jobs;
  actors::node_actor node;

  template <class Handle>
  void set(Handle handles::*which, const Handle& h) {
    const std::lock_guard lock{mutex};
    this->*which = h;
  }
  template <class Handle>
  Handle find(Handle handles::*which) {
    const std::lock_guard lock{mutex};
    return this->*which;
  }
};

template <class Handle>
void staff::supervise(std::string name, std::function<Handle(std::uint32_t)> make,
                      std::function<void(const Handle&)> published) {
  auto made = std::make_shared<std::promise<void>>();
  auto told = std::make_shared<bool>(false);
  names_.push_back(name);
  actors::recipe how;
  how.name = std::move(name);
  how.make = [make](std::uint32_t restarts) { return caf::actor_cast<caf::actor>(make(restarts)); };
  how.publish = [made, told, published](const caf::actor& a) {
    published(caf::actor_cast<Handle>(a));
    if (!std::exchange(*told, true)) made->set_value();
  };
  caf::anon_send(supervisor_, atom::supervise_v, std::move(how));
  made->get_future().wait();
}

template <class Change>
void staff::tell_places(Change change) {
  for (const auto& place : parts_.places)
    place->change(change);
}

} // namespace logos::commands
