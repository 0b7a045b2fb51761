// SPDX-License-Identifier: MIT
#include "cluster/teller.hpp"

#include "core/fault_point.hpp"

namespace logos::cluster {
namespace {

using namespace std::chrono_literals;

// A row is in the database within a second; while the database is away, the LEDGER does not change hands.
constexpr auto remembered = 15s;
// A LEDGER waits two leases for a report, or for the word that rows are still being written.
constexpr auto word_every = 2s;
// More than a STORAGE's flush takes (storage_options::flush_time).
constexpr auto flush_time = 15s;
constexpr auto flush_again_after = 500ms;

/// Whether the next LEDGER has to know that it has ended: not if it was never let in. Who claims again was before.
bool counts(const till::entry& e, const accounting::settlement& s) {
  if (e.admitted || e.what.at_stage == accounting::stage::running) return true;
  return e.what.at_stage == accounting::stage::waiting && (s.tokens != 0 || s.cost != 0);
}

} // namespace

teller_state::teller_state(actors::self_pointer<teller_state> self, parts own) : self_{self}, own_{std::move(own)} {}

teller_state::handle::behavior_type teller_state::make_behavior() {
  return {
      [this](const std::vector<actors::usage_entry>& entries) { totals_.add(entries); },
      [this](atom::totals) { return totals_.list(); },
      [this](atom::flush) { empty_tray(); },
      [this](const accounting::claim& c, const actors::claimant_actor& asker) { reserve(c, asker); },
      [this](const accounting::settlement& s) { settle(s); },
      [this](const accounting::ruling& r) { pass_on(r); },
      [this](atom::adopt, std::uint64_t epoch, const actors::accounts_actor& ledger) { adopt(epoch, ledger); },
      [this](atom::gone) { lose_ledger(); },
      // The rules are the LEDGER's.
      [](atom::adopt, const catalog::snapshot_ptr& snapshot) { return snapshot->version; },
      [this](atom::tick) { tick(); },
      [](const accounting::report&, const actors::claimant_actor&) {},
      [](atom::recover, const std::vector<std::string>&, std::int64_t) {},
      [](atom::lost, const std::string&, std::int64_t) {},
      [this](atom::explain, const accounting::use_question& q) { return ask(q); },
      [this](atom::status) { return self_->vitals(condition()); },
  };
}

void teller_state::reserve(const accounting::claim& c, const actors::claimant_actor& asker) {
  own_.kept->open.insert_or_assign(c.request, till::entry{c, asker, false});
  if (ledger_) self_->send(ledger_, c, actors::claimant_actor{self_});
}

void teller_state::settle(const accounting::settlement& s) {
  const auto at = own_.kept->open.find(s.request);
  if (at == own_.kept->open.end()) return;
  if (counts(at->second, s)) own_.kept->ended.push_back({{at->second.what, s.tokens, s.cost}, own_.clock->steady()});
  own_.kept->open.erase(at);
  core::fault_point("teller.settlement_kept");
  if (!ledger_) return; // told when there is one
  forget_old();
  self_->send(ledger_, s);
}

void teller_state::empty_tray() {
  accounting::clear(
      *own_.kept->coming,
      [this](const accounting::claim& c, const actors::ingress_actor& from) {
        reserve(c, actors::claimant_actor{from});
      },
      [this](const accounting::settlement& s) { settle(s); });
}

/// A LEDGER that was told what is reserved rules on what waits, too. A former one's word, still on its way then, is not
/// in that report: with it a request would run that the new one has refused, or be refused while the new one reserves.
bool teller_state::is_overtaken() const {
  if (!ledger_) return false; // the next one's report is still to come, and will tell
  const auto& from = self_->current_sender();
  return !from || from->id() != ledger_.id() || from->node() != ledger_.node();
}

void teller_state::pass_on(const accounting::ruling& r) {
  if (is_overtaken()) return;
  const auto at = own_.kept->open.find(r.request);
  if (at == own_.kept->open.end() || at->second.admitted) return; // given up meanwhile; or ruled on twice
  auto& what = at->second.what;
  if (r.at_stage != what.at_stage) return; // it has claimed again meanwhile
  const auto asker = at->second.asker;
  const bool refused = r.refusal.code != core::ec::none;
  if (refused && what.at_stage == accounting::stage::fresh) {
    own_.kept->open.erase(at);
  } else { // as the next LEDGER is told
    at->second.admitted = true;
    what.tokens -= r.spared_tokens;
    what.hold = refused ? what.owed : what.hold - r.spared_hold;
    what.open_ended = what.open_ended && !refused;
    what.spare_tokens = what.spare_hold = 0;
  }
  self_->send(asker, r);
  core::fault_point("teller.ruling_passed");
}

void teller_state::adopt(std::uint64_t epoch, const actors::accounts_actor& ledger) {
  if (epoch < epoch_) return; // a former owner's, overtaken on the way
  epoch_ = epoch;
  coming_ = ledger;
  ledger_ = nullptr;
  ++adoption_;
  writing_ = own_.find_storage != nullptr;
  if (!writing_) return introduce();
  next_word_ = own_.clock->steady() + word_every;
  self_->delayed_send(self_, word_every, atom::tick_v);
  write_rows();
}

void teller_state::lose_ledger() {
  ++adoption_;
  ledger_ = coming_ = nullptr;
  writing_ = flush_due_ = false;
}

/// What ended long ago must stand in the database by the time that the new LEDGER reads it; what ended lately is in the
/// report. What is left of a flush (a database that is slow or away) is asked for again.
void teller_state::write_rows() {
  flush_due_ = false;
  const auto storage = own_.find_storage();
  if (!storage) return write_again();
  self_->request(storage, flush_time, atom::flush_v)
      .then(
          [this, n = adoption_](std::uint64_t left) {
            if (n != adoption_) return;
            left == 0 ? rows_written() : write_again();
          },
          [this, n = adoption_](const caf::error&) {
            if (n == adoption_) write_again();
          });
}

void teller_state::write_again() {
  flush_due_ = true;
  next_flush_ = own_.clock->steady() + flush_again_after;
  self_->delayed_send(self_, flush_again_after, atom::tick_v);
}

void teller_state::rows_written() {
  writing_ = false;
  if (coming_) return introduce();
  if (ledger_) tell_of_rows();
}

void teller_state::tell_of_rows() {
  accounting::report how_far;
  how_far.holder = own_.node;
  how_far.writing = writing_;
  how_far.only_rows = true;
  self_->send(ledger_, std::move(how_far), actors::claimant_actor{self_});
}

void teller_state::tick() {
  empty_tray();
  const auto now = own_.clock->steady();
  if (flush_due_ && now >= next_flush_) write_rows();
  if (!writing_ || now < next_word_) return;
  next_word_ = now + word_every;
  self_->delayed_send(self_, word_every, atom::tick_v);
  // The LEDGER needs what is held at once; the rows it waits for itself, as long as it can.
  if (coming_)
    introduce();
  else if (ledger_)
    tell_of_rows();
}

void teller_state::introduce() {
  if (!coming_) return;
  ledger_ = std::exchange(coming_, nullptr);
  accounting::report all;
  all.holder = own_.node;
  all.writing = writing_;
  for (const auto& [request, e] : own_.kept->open)
    if (e.admitted) all.open.push_back(e.what);
  for (const auto& e : own_.kept->ended)
    all.ended.push_back(e.what);
  self_->send(ledger_, std::move(all), actors::claimant_actor{self_});
  core::fault_point("teller.reported");
  for (const auto& [request, e] : own_.kept->open)
    if (!e.admitted) self_->send(ledger_, e.what, actors::claimant_actor{self_});
}

void teller_state::forget_old() {
  const auto now = own_.clock->steady();
  while (!own_.kept->ended.empty() && own_.kept->ended.front().at + remembered <= now)
    own_.kept->ended.pop_front();
}

caf::result<accounting::use_answer> teller_state::ask(const accounting::use_question& q) {
  if (!ledger_)
    return accounting::use_answer{{}, {}, "No node of the cluster counts at the moment; the LEDGER is on its way."};
  return self_->delegate(ledger_, atom::explain_v, q);
}

std::string teller_state::condition() const {
  return std::to_string(own_.kept->open.size()) + " reservations, " +
         (ledger_ ? "epoch " + std::to_string(epoch_) : std::string{"no LEDGER"}) +
         (writing_ ? ", rows of before are being written" : "");
}

} // namespace logos::cluster
