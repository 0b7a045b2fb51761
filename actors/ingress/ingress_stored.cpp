// SPDX-License-Identifier: MIT
// INGRESS and requests that name what a provider keeps: whether it is the key's.
#include "actors/classification/selection.hpp"
#include "actors/ingress/ingress.hpp"
#include "storage/store.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <utility>

namespace logos::ingress {
namespace {

using core::ec;
using core::failure;
using execution::admission_of;
using namespace std::chrono_literals;

constexpr auto look_time = 3s;
/// The row of another node may still be in its journal. Who asks for what is somebody else's waits as long: how long it
/// takes, too, tells nobody whether something is there.
constexpr std::array<std::chrono::milliseconds, 3> asked_again{250ms, 500ms, 1000ms};
// Each is a question to the database, and more: a guess costs the guesser its own place only.
constexpr std::size_t most_inquiries = 1024;
constexpr std::size_t most_of_one_key = 64;

using owners = storage::result<std::vector<storage::stored_object>>;

std::string in_words(const object_name& of) {
  return std::string{to_string(of.what)} + " '" + of.id.substr(0, 200) + "'";
}

failure not_found(const object_name& of) {
  if (of.id.empty())
    return {ec::resource_not_found,
            "There is no such " + std::string{to_string(of.what)} + " that this key may use: its id cannot be read.",
            std::string{of.member}};
  return {ec::resource_not_found, "There is no " + in_words(of) + " that this key may use.", std::string{of.member}};
}

/// Each would be asked at its own path instead of at what the request names: something else, for which other sums are
/// held.
failure served_elsewhere() {
  return {ec::resource_not_found,
          "None of the deployments that the request may go to serves this path: each has an 'endpoint' of its own, "
          "which takes its place and is for something else.",
          ""};
}

failure unread(const object_name& of) {
  return {ec::storage_away, "Whose the " + in_words(of) + " is could not be read: the database is away. Try again.",
          std::string{of.member}, 5};
}

} // namespace

bool ingress::may_use(const admission& a, const object_name& n, std::int64_t deployment_id) const {
  const auto* d = a.snapshot->find_deployment(deployment_id);
  if (d == nullptr || n.id.empty()) return false;
  const auto owner = at_.next.objects->find(execution::mark_of(d->provider->id, n.what, n.id));
  return owner && execution::may_use(*a.who, *owner);
}

const object_name& ingress::missing_of(const admission& a, const std::vector<object_name>& names) const {
  const auto at = std::find_if(names.begin(), names.end(), [&](const object_name& n) {
    return std::none_of(a.candidates.begin(), a.candidates.end(), [&](std::int64_t id) { return may_use(a, n, id); });
  });
  return at == names.end() ? names.front() : *at;
}

bool ingress::keep_owned(admission& a, const std::vector<object_name>& names) const {
  const auto may_go_to = [&](std::int64_t id) {
    return std::all_of(names.begin(), names.end(), [&](const object_name& n) { return may_use(a, n, id); });
  };
  const auto keep = [&](std::vector<std::int64_t> of) {
    std::erase_if(of, [&](std::int64_t id) { return !may_go_to(id); });
    return of;
  };
  if (!a.cascade) {
    auto kept = keep(a.candidates);
    if (kept.empty()) return false;
    a.candidates = std::move(kept);
    return true;
  }
  std::vector<std::vector<std::int64_t>> steps;
  for (const auto& step : a.cascade->steps)
    if (auto kept = keep(step); !kept.empty()) steps.push_back(std::move(kept));
  if (steps.empty()) return false;
  a.candidates = steps.front();
  a.cascade->steps = std::move(steps);
  return true;
}

void ingress::widen(admission& a, bool in_path) {
  if (!a.intent.model.empty() || !a.intent.provider.empty() || a.cascade) return;
  std::vector<const catalog::provider*> there;
  const auto is_new = [&](std::int64_t id) {
    const auto* d = a.snapshot->find_deployment(id);
    if (d == nullptr || std::find(there.begin(), there.end(), d->provider) != there.end()) return false;
    if (!is_fitting(a, id, in_path)) return false;
    there.push_back(d->provider);
    return true;
  };
  std::for_each(a.candidates.begin(), a.candidates.end(), is_new);
  for (const auto& model :
       classification::candidates_of({*a.snapshot, *a.who, a.profile, a.policy.get(), {}, 0, a.needs}))
    std::copy_if(model.deployments.begin(), model.deployments.end(), std::back_inserter(a.candidates), is_new);
}

void ingress::check_named(const net::exchange_ptr& x) {
  auto& a = admission_of(*x);
  const bool may_all = execution::may_use_all(*a.who);
  auto names = named_objects(x->request(), a.intent);
  if (!names && !may_all) return refuse_admitted(x, names.error());
  const bool named = names && !names->empty();
  const bool in_path =
      named && std::any_of(names->begin(), names->end(), [](const object_name& n) { return n.member.empty(); });
  std::erase_if(a.candidates, [&](std::int64_t id) { return !is_fitting(a, id, in_path); });
  auto chosen = a.candidates;
  if (named) widen(a, in_path);
  if (a.candidates.empty()) return refuse_admitted(x, served_elsewhere());
  if (!named) return go_on(x);
  if (auto bad = keep_reachable(*x, a); bad.code != ec::none) return refuse_admitted(x, std::move(bad));
  if (auto bad = keep_permitted(*x, a); bad.code != ec::none) return refuse_admitted(x, std::move(bad));
  if (chosen.empty()) chosen = a.candidates;
  if (keep_owned(a, *names)) return go_on(x);
  const auto key = a.queue_key();
  const auto of_key =
      std::count_if(inquiries_.begin(), inquiries_.end(), [&](const auto& i) { return i.second.key == key; });
  const bool full = inquiries_.size() >= most_inquiries || static_cast<std::size_t>(of_key) >= most_of_one_key;
  if (full && !may_all)
    return refuse_admitted(x, {ec::rate_limited,
                               "Too many requests at once name responses, conversations or videos that are not known "
                               "here. Try again.",
                               "", 2});
  inquiries_.emplace(x->id(), inquiry{std::move(*names), std::move(chosen), key});
  if (!full) return find_owners(x->id());
  goes_on_unread(x);
}

bool ingress::goes_on_unread(const net::exchange_ptr& x) {
  auto& a = admission_of(*x);
  if (!execution::may_use_all(*a.who)) return false;
  const auto at = inquiries_.find(x->id());
  a.candidates = std::move(at->second.chosen);
  a.judged_at = clock_.steady();
  inquiries_.erase(at);
  go_on(x);
  return true;
}

void ingress::find_owners(const core::uuid& request) {
  const auto at = inquiries_.find(request);
  const auto waiting = pending_.find(request);
  if (at == inquiries_.end() || waiting == pending_.end()) return; // it has ended meanwhile
  const auto& a = admission_of(*waiting->second);
  std::vector<core::uuid> unknown;
  const auto look_at = [&](std::int64_t id) {
    const auto* d = a.snapshot->find_deployment(id);
    for (const auto& n : at->second.names) {
      if (d == nullptr || n.id.empty()) continue;
      const auto mark = execution::mark_of(d->provider->id, n.what, n.id);
      // What is another's is asked for as if it were not known: neither time nor a database that is away tells it
      // apart.
      const auto owner = at_.next.objects->find(mark);
      if ((!owner || !execution::may_use(*a.who, *owner)) &&
          std::find(unknown.begin(), unknown.end(), mark) == unknown.end())
        unknown.push_back(mark);
    }
  };
  if (a.cascade)
    for (const auto& step : a.cascade->steps)
      std::for_each(step.begin(), step.end(), look_at);
  else
    std::for_each(a.candidates.begin(), a.candidates.end(), look_at);
  if (unknown.empty()) return on_owners(request, nullptr);
  if (!at_.next.registry) return refuse_unread(request);
  // A database that hangs leaves a heap of questions that nobody waits for any more.
  const auto given_up = std::make_shared<std::atomic<bool>>(false);
  actors::store_job job{[marks = std::move(unknown), given_up](storage::store& in) -> actors::store_reply {
    if (given_up->load(std::memory_order_relaxed)) return std::make_shared<owners>(failure{ec::storage_away, ""});
    return std::make_shared<owners>(in.find_objects(marks));
  }};
  self_->request(at_.next.registry, look_time, std::move(job))
      .then([this, request](const actors::store_reply& reply) { on_owners(request, reply); },
            [this, request, given_up](const caf::error&) {
              given_up->store(true, std::memory_order_relaxed);
              refuse_unread(request);
            });
}

/// `reply` null: the database was not asked, since nothing that is named can be read.
void ingress::on_owners(const core::uuid& request, const actors::store_reply& reply) {
  if (reply) {
    const auto& found = *std::static_pointer_cast<owners>(reply);
    if (!found) return refuse_unread(request);
    for (const auto& each : *found)
      at_.next.objects->note(each.object, each.owner);
  }
  const auto at = inquiries_.find(request);
  const auto waiting = pending_.find(request);
  if (at == inquiries_.end() || waiting == pending_.end()) return; // it has ended meanwhile
  const auto x = waiting->second;
  if (auto& a = admission_of(*x); keep_owned(a, at->second.names)) {
    a.judged_at = clock_.steady();
    inquiries_.erase(at);
    return go_on(x);
  }
  if (goes_on_unread(x)) return;
  if (at->second.asked == asked_again.size())
    return refuse_admitted(x, not_found(missing_of(admission_of(*x), at->second.names)));
  self_->delayed_send(self_, asked_again[at->second.asked++], atom::recall_v, request);
}

void ingress::refuse_unread(const core::uuid& request) {
  const auto at = inquiries_.find(request);
  const auto waiting = pending_.find(request);
  if (at == inquiries_.end() || waiting == pending_.end()) return;
  if (goes_on_unread(waiting->second)) return;
  refuse_admitted(waiting->second, unread(missing_of(admission_of(*waiting->second), at->second.names)));
}

} // namespace logos::ingress
