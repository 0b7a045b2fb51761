// SPDX-License-Identifier: MIT
// ADMINISTRATION and the database: who is next at a REGISTRY, and what became of those who could not wait.
#include "actors/administration/administration.hpp"
#include "storage/store.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

using namespace std::chrono_literals;
using core::ec;
using core::failure;

constexpr auto store_time = 60s; // the store's own limits come first

/// What a caller is told whom REGISTRY has not answered.
failure unanswered(bool begun, bool reads) {
  if (!begun)
    return {ec::storage_away, "The database did not come to this in time, and nothing was done. Try again.", "", 1};
  if (reads) return {ec::storage_away, "The database did not answer in time."};
  return {ec::storage_away, "The database did not answer in time. What was asked for had begun, and may have been done "
                            "or be done yet: look before you ask again."};
}

bool only_reads(const call& c) { return c.request().method == "GET" || c.request().method == "HEAD"; }

} // namespace

void administration_state::run(const operation& what, const call_ptr& c, store_line& at, bool had_begun) {
  store_turn turn;
  turn.caller = c;
  turn.had_begun = had_begun;
  turn.work = [c, what](storage::store& in) -> actors::store_reply {
    const storage::acting as{in, author_of(*c)};
    return std::make_shared<outcome>(what(in, *c));
  };
  turn.then = [this, c, &at](const actors::store_reply& reply) {
    const auto done = std::static_pointer_cast<outcome>(reply);
    if (!done->next) return finish(c, *done);
    // A change is made whole whoever still waits for it; a report is for its reader.
    if (&at == &reports_ && c->exchange->gone()) return;
    run(done->next, c, at, true);
  };
  ask_store(at, std::move(turn));
}

void administration_state::report(const operation& what, const call_ptr& c) {
  const auto bad = reports_.check(c->who == nullptr ? 0 : c->who->process_id);
  if (bad.code != ec::none) return finish(c, refused(c->request(), bad));
  run(what, c, reports_);
}

void administration_state::ask_store(store_line& at, store_turn turn) {
  turn.until = options_.clock->steady() + store_time;
  at.add(std::move(turn));
  serve_next(at);
}

void administration_state::serve_next(store_line& at) {
  const auto now = options_.clock->steady();
  for (const auto& late : at.take_late(now))
    finish(late.caller,
           refused(late.caller->request(), unanswered(late.had_begun, &at == &reports_ || only_reads(*late.caller))));
  if (auto turn = at.begin()) send_to_store(at, std::move(*turn), now);
  remind(now);
}

void administration_state::send_to_store(store_line& at, store_turn turn, core::steady_time now) {
  const auto with = options_.find_neighbours();
  const auto& to = &at == &reports_ && with.reports ? with.reports : with.registry;
  // It may lie before REGISTRY for as long as another's job runs there. Once it was given up, it is not begun.
  const auto right = std::make_shared<sole_right>();
  actors::store_job job{[right, work = turn.work](storage::store& in) -> actors::store_reply {
    return right->take() ? work(in) : nullptr;
  }};
  const auto patience = std::chrono::duration_cast<std::chrono::microseconds>(turn.until - now);
  self_->request(to, std::max(patience, 1us), std::move(job))
      .then(
          [this, &at, now, then = turn.then](const actors::store_reply& reply) {
            at.end(options_.clock->steady() - now);
            if (reply) then(reply);
            serve_next(at);
          },
          [this, &at, now, right, c = turn.caller, had_begun = turn.had_begun](const caf::error& e) {
            at.end(options_.clock->steady() - now);
            const bool lost = e == caf::sec::request_timeout || e == caf::sec::request_receiver_down;
            const bool begun = had_begun || (lost && !right->take());
            const bool reads = &at == &reports_ || only_reads(*c);
            finish(c, refused(c->request(), lost ? unanswered(begun, reads) : to_failure(e)));
            serve_next(at);
          });
}

void administration_state::remind(core::steady_time now) {
  if (reminded_for_) return;
  for (const auto* line : {&changes_, &reports_})
    if (const auto end = line->first_end(); end && (!reminded_for_ || *end < *reminded_for_)) reminded_for_ = end;
  if (reminded_for_)
    self_->delayed_send(self_, std::max(*reminded_for_ - now, core::steady_time::duration{}), atom::tick_v);
}

void administration_state::tick() {
  const auto now = options_.clock->steady();
  if (!asking_ready_.empty() && now >= ready_by_) database_is("the database does not answer");
  if (reminded_for_ && now >= *reminded_for_) reminded_for_.reset();
  serve_next(changes_);
  serve_next(reports_);
}

} // namespace logos::administration
