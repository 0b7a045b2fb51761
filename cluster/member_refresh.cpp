// SPDX-License-Identifier: MIT
// NODE of a cluster, as it has every node adopt the newest catalog. A peer that is there and says nothing has not
// consented: it may still go by what was before, so it is asked until it confirms, or is lost.
#include "actors/failures.hpp"
#include "cluster/gathering.hpp"
#include "cluster/member.hpp"

namespace logos::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds adopting_time{10}; // for this node's CATALOG; a peer's takes no longer, and is asked again then
constexpr seconds telling_time{10};
constexpr milliseconds ask_again_after{500};
// Less than ADMINISTRATION waits for it, and whoever has reloaded the settings.
constexpr seconds spread_time{18};
// For the LEDGER, which asks again as long as the node is there: claims wait meanwhile. Both times together are less
// than it waits for an answer.
constexpr seconds level_spread_time{12};
constexpr seconds level_flush_time{5};

} // namespace

void member_state::spread(milliseconds at_most, std::function<void(const spreading&)> then) {
  auto s = std::make_shared<spreading>();
  s->until = now() + at_most;
  s->then = std::move(then);
  for (const auto& [name, p] : peers_)
    s->silent[name].incarnation = p.incarnation;
  spreads_.push_back(s);
  ask_silent(s);
  self_->request(parts_.catalog, adopting_time, atom::refresh_v)
      .then(
          [this, s](std::uint64_t version) {
            s->version = version;
            when_told([this, s] {
              s->here = true;
              settle(s);
            });
          },
          [this, s](caf::error& e) {
            s->trouble = std::move(e);
            settle(s);
          });
}

void member_state::ask_silent(const spreading_ptr& s) {
  for (auto& [name, each] : s->silent) {
    const auto at = peers_.find(name);
    if (each.asked || now() < each.due || at == peers_.end()) continue;
    each.asked = true;
    // As long as there is time: asked anew before it has answered, a CATALOG would begin to load anew each time.
    self_
        ->request(at->second.handle, std::chrono::duration_cast<milliseconds>(s->until - now()), atom::refresh_v,
                  facts_.incarnation)
        .then(
            [this, s, who = name](std::uint64_t) {
              s->silent.erase(who);
              settle(s);
            },
            [this, s, who = name](const caf::error&) {
              const auto known = s->silent.find(who);
              if (known == s->silent.end()) return;
              known->second.asked = false;
              known->second.due = now() + ask_again_after;
            });
  }
}

void member_state::settle(const spreading_ptr& s) {
  const bool done = s->trouble || (s->here && s->silent.empty()) || now() >= s->until;
  if (!done || s->over) return;
  s->over = true;
  std::erase(spreads_, s);
  for (const auto& [name, each] : s->silent)
    spdlog::warn("node {} has not confirmed the new catalog; it polls for it", name);
  s->then(*s);
}

/// Who is lost is not waited for: what was on its way to it comes to no answer, and it learns of the catalog when it is
/// back.
void member_state::heed_spreads() {
  const auto all = spreads_; // settling takes out of them
  for (const auto& s : all) {
    std::erase_if(s->silent, [this](const auto& each) {
      const auto at = peers_.find(each.first);
      return at == peers_.end() || at->second.incarnation != each.second.incarnation;
    });
    if (now() < s->until) ask_silent(s);
    settle(s);
  }
}

caf::result<std::uint64_t> member_state::refresh() {
  auto promise = self_->make_response_promise<std::uint64_t>();
  spread(spread_time, [promise](const spreading& s) mutable {
    if (s.trouble) {
      promise.deliver(caf::error{s.trouble});
    } else if (!s.here) {
      promise.deliver(actors::to_error({core::ec::storage_away, "this node has not adopted the new catalog in time"}));
    } else if (!s.silent.empty()) {
      std::string who;
      for (const auto& [name, each] : s.silent)
        who.append(who.empty() ? "" : ", ").append(name);
      promise.deliver(actors::to_error({core::ec::storage_away, "no confirmation of the new catalog from " + who}));
    } else {
      promise.deliver(s.version);
    }
  });
  return promise;
}

caf::result<std::uint64_t> member_state::refresh_here() {
  auto promise = self_->make_response_promise<std::uint64_t>();
  self_->request(parts_.catalog, adopting_time, atom::refresh_v)
      .then([this,
             promise](std::uint64_t version) { when_told([promise, version]() mutable { promise.deliver(version); }); },
            [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

/// Goes on when what this node's INGRESSes have claimed as they adopted a catalog is on its way to the LEDGER, ahead of
/// whatever this node says next.
void member_state::when_told(std::function<void()> then) {
  if (!teller_) return then();
  self_->send(teller_, atom::flush_v);
  self_->request(teller_, telling_time, atom::status_v)
      .then([then](const actors::actor_status&) { then(); }, [then](const caf::error&) { then(); });
}

/// The catalog first: what ends where it is not in force yet is not told to the LEDGER, and known by its row alone. So
/// whoever has not confirmed it is not asked to write, and counts as who still does.
caf::result<std::vector<std::string>> member_state::level() {
  using names = std::vector<std::string>;
  auto promise = self_->make_response_promise<names>();
  spread(level_spread_time, [this, promise](const spreading& s) mutable {
    if (s.trouble || !s.here) {
      promise.deliver(s.trouble ? caf::error{s.trouble} : caf::make_error(caf::sec::request_timeout));
      return;
    }
    gathering<names> all{promise};
    for (const auto& [name, p] : peers_) {
      if (s.silent.contains(name)) {
        all.sum().push_back(name);
        continue;
      }
      all.ask<std::uint64_t>(
          self_, p.handle, level_flush_time,
          [who = name](names& writing, std::uint64_t left) {
            if (left != 0) writing.push_back(who);
          },
          [this, who = name](names& writing) {
            if (peers_.contains(who)) writing.push_back(who); // else it is lost, and tells when it is back
          },
          atom::flush_v, facts_.incarnation);
    }
    static_cast<void>(all.answer());
  });
  return promise;
}

} // namespace logos::cluster
