// SPDX-License-Identifier: MIT
#include "actors/catalog/catalog.hpp"

#include "actors/catalog/build.hpp"
#include "actors/failures.hpp"
#include "storage/store.hpp"

#include <algorithm>

namespace logos::catalog {
namespace {

using namespace std::chrono_literals;

// The store's own limits end a call long before; these only keep a dead REGISTRY from being waited for.
constexpr auto load_time = 60s;
constexpr auto look_time = 30s;
constexpr auto adopt_time = 5s;

using load_result = storage::result<storage::catalog_data>;
using look_result = storage::result<std::int64_t>;
using note_result = storage::result<void>;

/// Nothing is read but the version where that is `known`: what changes nothing must not have everything read anew.
actors::store_job load_job(std::optional<std::uint64_t> known) {
  return {[known](storage::store& s) {
    storage::catalog_data same;
    if (const auto found = known ? s.catalog_version() : storage::result<std::int64_t>{0};
        known && found && static_cast<std::uint64_t>(same.version = *found) == *known)
      return std::make_shared<load_result>(std::move(same));
    return std::make_shared<load_result>(s.load_catalog());
  }};
}

actors::store_job look_job() {
  return {[](storage::store& s) { return std::make_shared<look_result>(s.catalog_version()); }};
}

actors::store_job note_job(const std::string& node, std::uint64_t version) {
  return {[node, version](storage::store& s) {
    return std::make_shared<note_result>(s.note_in_force(node, static_cast<std::int64_t>(version)));
  }};
}

} // namespace

catalog_state::catalog_state(actors::self_pointer<catalog_state> self, actors::registry_actor registry,
                             catalog_options options)
    : self_{self},
      registry_{std::move(registry)},
      options_{std::move(options)},
      metronome_{self, options_.poll} {}

catalog_state::handle::behavior_type catalog_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& down) { gone(down); });
  self_->monitor(registry_);
  metronome_.rearm();
  load();
  return {
      [this](atom::refresh) { return refresh(); },
      [this](atom::tick) { tick(); },
      [this](atom::subscribe, const actors::ingress_actor& who) { subscribe(who); },
      [this](atom::subscribe, const actors::follower_actor& who) { subscribe(who); },
      [this](atom::status) { return status(); },
  };
}

caf::result<std::uint64_t> catalog_state::refresh() {
  // A load that has begun may have read before the change that this is about.
  auto promise = self_->make_response_promise<std::uint64_t>();
  unserved_.push_back(promise);
  load();
  return promise;
}

void catalog_state::tick() {
  metronome_.rearm();
  settle();
  if (loading_ || looking_) return;
  if (!current_) return load();
  looking_ = true;
  self_->request(registry_, look_time, look_job())
      .then([this](const actors::store_reply& reply) { looked(reply); },
            [this](const caf::error& e) {
              looking_ = false;
              failed(to_failure(e));
            });
}

void catalog_state::subscribe(const actors::follower_actor& who) {
  if (!who || !subscribers_.emplace(who->address(), subscriber{who}).second) return;
  self_->monitor(who);
  settle();
}

actors::actor_status catalog_state::status() const {
  if (!current_) return self_->vitals(trouble_.empty() ? "loading" : "no catalog yet: " + trouble_);
  auto state = "version " + std::to_string(current_->version);
  if (!waiting_.empty()) state += ", being adopted";
  if (!trouble_.empty()) state += ", kept: " + trouble_;
  return self_->vitals(std::move(state));
}

void catalog_state::load() {
  if (loading_) return;
  loading_ = true;
  loading_for_.swap(unserved_);
  const auto known = current_ ? std::optional{current_->version} : std::nullopt;
  self_->request(registry_, load_time, load_job(known))
      .then([this](const actors::store_reply& reply) { loaded(reply); },
            [this](const caf::error& e) {
              loading_ = false;
              failed(to_failure(e));
            });
}

void catalog_state::loaded(const actors::store_reply& reply) {
  loading_ = false;
  const auto& rows = *std::static_pointer_cast<load_result>(reply);
  if (!rows) return failed(rows.error());
  trouble_.clear();
  if (!current_ || current_->version != static_cast<std::uint64_t>(rows->version)) swap(*rows);
  for (auto& promise : loading_for_)
    waiting_.push_back({current_->version, std::move(promise)});
  loading_for_.clear();
  settle();
  if (!unserved_.empty()) load();
}

void catalog_state::looked(const actors::store_reply& reply) {
  looking_ = false;
  const auto& version = *std::static_pointer_cast<look_result>(reply);
  if (!version) return failed(version.error());
  if (current_->version != static_cast<std::uint64_t>(*version)) return load(); // which says whether it went well
  trouble_.clear();
}

void catalog_state::swap(const storage::catalog_data& rows) {
  auto [made, complaints] = build_snapshot(rows, options_.node);
  for (const auto& complaint : complaints)
    spdlog::warn("catalog: {}", complaint);
  spdlog::debug("catalog: version {} with {} deployments, {} keys", made->version, made->deployments.size(),
                made->keys.size());
  current_ = std::move(made);
}

void catalog_state::failed(const core::failure& why) {
  if (trouble_ != why.message) spdlog::warn("catalog: the last one stays in force: {}", why.message);
  trouble_ = why.message;
  for (auto& promise : loading_for_)
    promise.deliver(actors::to_error(why));
  loading_for_.clear();
  if (!unserved_.empty()) load();
}

core::failure catalog_state::to_failure(const caf::error& e) const { return actors::to_failure(self_->system(), e); }

void catalog_state::settle() {
  if (!current_) return;
  auto oldest = current_->version;
  for (auto& [address, s] : subscribers_) {
    if (s.adopted != current_->version && !s.asked) hand_out(address, s);
    // Versions only grow, but a restored database may go back: what differs counts as not adopted.
    oldest = std::min(oldest, s.adopted > current_->version ? 0 : s.adopted);
  }
  for (auto& w : waiting_)
    if (w.version <= oldest || w.version > current_->version) w.promise.deliver(w.version);
  std::erase_if(waiting_, [&](const auto& w) { return w.version <= oldest || w.version > current_->version; });
  if (oldest == current_->version && noted_ != oldest) note();
}

void catalog_state::note() {
  noted_ = current_->version;
  self_->request(registry_, look_time, note_job(options_.node, noted_))
      .then(
          [this](const actors::store_reply& reply) {
            if (!*std::static_pointer_cast<note_result>(reply)) noted_ = 0; // again at the next tick
          },
          [this](const caf::error&) { noted_ = 0; });
}

void catalog_state::hand_out(const caf::actor_addr& address, subscriber& to) {
  to.asked = true;
  self_->request(to.handle, adopt_time, atom::adopt_v, current_)
      .then([this, address](std::uint64_t version) { adopted(address, version); },
            [this, address](const caf::error&) {
              // Busy, or dead: then the down message removes it. Asked again at the next tick.
              if (const auto at = subscribers_.find(address); at != subscribers_.end()) at->second.asked = false;
            });
}

void catalog_state::adopted(const caf::actor_addr& address, std::uint64_t version) {
  const auto at = subscribers_.find(address);
  if (at == subscribers_.end()) return;
  at->second.asked = false;
  at->second.adopted = version;
  settle();
}

void catalog_state::gone(const caf::down_msg& down) {
  // Made again, CATALOG finds the new REGISTRY. In good order, all is being shut down.
  if (down.source == registry_->address()) {
    if (down.reason && down.reason != caf::exit_reason::user_shutdown) self_->quit(down.reason);
    return;
  }
  subscribers_.erase(down.source);
  settle();
}

} // namespace logos::catalog
