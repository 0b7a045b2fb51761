// SPDX-License-Identifier: MIT
#include "actors/accounting/ledger.hpp"

#include "core/fault_point.hpp"

#include <algorithm>
#include <limits>

namespace logos::accounting {
namespace {

using namespace std::chrono_literals;

// A lease that cannot be renewed may come back.
constexpr auto look_again = 100ms;
// For this node's CATALOG to bring what another one has already, less than INGRESSes wait for a ruling.
constexpr auto rules_time = 10s;
// What a busy INGRESS brings at once.
constexpr std::size_t usual_claims = 16;

core::nano saturated(account_book::wide sum) {
  return static_cast<core::nano>(std::min<account_book::wide>(sum, std::numeric_limits<core::nano>::max()));
}

ruling admitted(const claim& c) {
  ruling out;
  out.request = c.request;
  out.at_stage = c.at_stage;
  return out;
}

} // namespace

ledger_state::ledger_state(actors::self_pointer<ledger_state> self, ledger_parts parts, const core::clock& clock)
    : self_{self},
      parts_{std::move(parts)},
      clock_{clock},
      recovering_{parts_.right != nullptr},
      recovered_at_{core::steady_time::max()} {}

ledger_state::~ledger_state() {
  if (!parts_.right) return;
  // Another node's LEDGER counts from now on.
  parts_.shown->outstanding_nano.store(0, std::memory_order_relaxed);
  parts_.shown->reservations.store(0, std::memory_order_relaxed);
  parts_.shown->credited_nano.store(0, std::memory_order_relaxed);
}

ledger_state::handle::behavior_type ledger_state::make_behavior() {
  return {
      [this](const std::vector<actors::usage_entry>& entries) { totals_.add(entries); },
      [this](atom::totals) { return totals_.list(); },
      [this](atom::flush) { empty_tray(); },
      [this](const claim& c, const actors::claimant_actor& teller) {
        reserve(c, {teller, {}});
        show();
      },
      [this](const settlement& s) {
        settle(s);
        show();
      },
      [this](const report& r, const actors::claimant_actor& teller) { take_report(r, teller); },
      [this](atom::recover, const std::vector<std::string>& reporters, std::int64_t fence_us) {
        recover(reporters, std::chrono::microseconds{fence_us});
      },
      [this](atom::lost, const std::string& holder, std::int64_t fence_us) {
        expect(holder, std::chrono::microseconds{fence_us});
      },
      [this](atom::adopt, const catalog::snapshot_ptr& snapshot) { return adopt(snapshot); },
      [this](atom::tick) { tick(); },
      [this](atom::explain, const use_question& q) { return tell_uses(q); },
      [this](atom::status) { return self_->vitals(condition()); },
  };
}

void ledger_state::reserve(const claim& c, const asker& who) {
  // Before the first catalog it is not known which rules there are.
  if (version_ != 0 && !recovering_ && !awaits_past(c.who) && !awaits_rules(c) && may_rule()) return decide(c, who);
  if (c.at_stage == stage::running) { // it cannot be called back, so there is nothing to wait for
    if (!recovering_ && !awaits_past(c.who)) return decide(c, who);
    // If it ends meanwhile, its row may be part of the past that is read.
    restorable_[c.request] = numbered(c, who.teller);
    return pass_on(admitted(c), who);
  }
  waiting_[c.request] = {c, who};
  if (!may_rule() && !std::exchange(ticking_, true)) self_->delayed_send(self_, look_again, atom::tick_v);
}

bool ledger_state::awaits_past(const parties& who) const { return concerned(parts_.kept->unread, who); }

/// By an older catalog a claim would be let in that the newer one refuses, and its INGRESS would not ask again. Who
/// runs already is counted by both. A catalog that does not come stops nobody for ever.
bool ledger_state::awaits_rules(const claim& c) {
  if (c.catalog <= version_ || c.at_stage == stage::running) return false;
  const auto now = clock_.steady();
  if (rules_awaited_until_ == core::steady_time{}) {
    rules_awaited_until_ = now + rules_time;
    self_->delayed_send(self_, rules_time, atom::tick_v);
  }
  return now < rules_awaited_until_;
}

void ledger_state::decide(const claim& c, const asker& who) {
  auto out = rule(c, who.teller);
  if (out.refusal.code != core::ec::none) parts_.shown->refusals.fetch_add(1, std::memory_order_relaxed);
  core::fault_point("ledger.reserved");
  pass_on(std::move(out), who);
}

void ledger_state::pass_on(ruling out, const asker& who) {
  if (who.teller) {
    self_->send(who.teller, std::move(out));
    core::fault_point("ledger.ruled");
    return;
  }
  auto to = std::find_if(rulings_.begin(), rulings_.end(), [&](const auto& r) { return r.first == who.ingress; });
  if (to == rulings_.end()) {
    to = rulings_.insert(to, {who.ingress, {}});
    to->second.reserve(usual_claims);
  }
  to->second.push_back(std::move(out));
}

ruling ledger_state::rule(const claim& c, const actors::claimant_actor& teller) {
  auto& book = parts_.kept->book;
  const auto held = numbered(c, teller);
  switch (c.at_stage) {
  case stage::fresh: break;
  case stage::waiting: return book.judge_again(held, clock_.steady());
  case stage::running: book.restore(held, came(c), parts_.kept->unread); return admitted(c);
  }
  return book.reserve(held, clock_.steady());
}

core::steady_time ledger_state::came(const claim& c) const {
  return clock_.steady() - std::max<std::chrono::microseconds>(clock_.wall() - c.at, 0us);
}

claim ledger_state::numbered(claim c, const actors::claimant_actor& teller) const {
  const auto held_by =
      teller && parts_.right ? std::find(tellers_.begin() + 1, tellers_.end(), teller) : tellers_.end();
  if (held_by != tellers_.end()) c.holder = static_cast<std::uint32_t>(held_by - tellers_.begin());
  return c;
}

use_answer ledger_state::tell_uses(const use_question& q) {
  use_answer told;
  if (version_ == 0) told.unknown = "The LEDGER does not know the limits and budgets yet: it has just been started.";
  if (recovering_)
    told.unknown =
        "The LEDGER is new and waits to hear from every node what is reserved there, and that its rows are written.";
  if (!may_rule()) told.unknown = "The LEDGER has lost touch with the database, so another node may count by now.";
  if (!told.unknown.empty()) return told;
  empty_tray();
  told.limits = parts_.kept->book.uses_of(q.limits, clock_.steady());
  told.budgets = parts_.kept->book.budget_uses_of(q.budgets, q.at);
  const auto leave_out = [&](auto& uses, const auto& unread) {
    const auto is_unread = [&](const auto& use) {
      return std::any_of(unread.begin(), unread.end(), [&](const auto& rule) { return rule.id == use.id; });
    };
    if (std::erase_if(uses, is_unread) != 0) told.unknown = "The LEDGER is still reading what was used before.";
  };
  leave_out(told.limits, parts_.kept->unread.limits);
  leave_out(told.budgets, parts_.kept->unread.budgets);
  return told;
}

void ledger_state::send_rulings() {
  if (rulings_.empty()) return;
  for (auto& [to, all] : rulings_)
    self_->send(to, std::move(all));
  rulings_.clear();
  core::fault_point("ledger.ruled");
}

void ledger_state::settle(const settlement& s) {
  // Whoever gave up waiting has nothing reserved, and must not get it later.
  const auto waited = waiting_.extract(s.request);
  auto& book = parts_.kept->book;
  if (recovering_ || !parts_.kept->unread.empty() || !restorable_.empty()) {
    const auto* open = book.find(s.request);
    if (const auto reported = restorable_.find(s.request); open == nullptr && reported != restorable_.end())
      open = &reported->second;
    // Let in by a LEDGER before this one, it was to be judged again, and an attempt before has cost something.
    if (open == nullptr && waited && waited.mapped().first.at_stage == stage::waiting && (s.tokens != 0 || s.cost != 0))
      open = &waited.mapped().first;
    // Whether it is part of the past that is still to be read is known only then.
    if (open != nullptr && (recovering_ || awaits_past(open->who))) ended_[s.request] = {*open, s.tokens, s.cost};
    restorable_.erase(s.request);
  }
  book.settle(s.request, s.tokens, s.cost, clock_.steady());
  if (book.crossed()) note_crossings();
  core::fault_point("ledger.settled");
}

void ledger_state::empty_tray() {
  clear(
      *parts_.kept->coming,
      [this](const claim& c, const actors::ingress_actor& from) {
        reserve(c, {{}, from});
      },
      [this](const settlement& s) { settle(s); });
  show();
  send_rulings();
}

void ledger_state::go_on() {
  for (const auto& [request, waiting] : std::exchange(waiting_, {}))
    reserve(waiting.first, waiting.second);
  show();
  send_rulings();
}

void ledger_state::tick() {
  ticking_ = false;
  empty_tray();
  heed_fences();
  note_crossings();
  read_past();
  look_for_rows();
  if (may_rule()) go_on();
}

void ledger_state::show() {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto& book = parts_.kept->book;
  const auto& s = book.totals();
  auto& to = *parts_.shown;
  to.reserved_nano.store(saturated(s.reserved), relaxed);
  to.settled_nano.store(saturated(s.settled), relaxed);
  to.released_nano.store(saturated(s.released), relaxed);
  to.outstanding_nano.store(saturated(s.outstanding), relaxed);
  to.over_hold_nano.store(saturated(s.over_hold), relaxed);
  to.reservations.store(book.open(), relaxed);
  if (std::exchange(balanced_, book.balanced()) == balanced_ || balanced_) return;
  to.imbalances.fetch_add(1, relaxed);
  spdlog::error("ledger: the books do not balance: {} reserved, {} settled, {} released, {} held",
                core::to_decimal(saturated(s.reserved)), core::to_decimal(saturated(s.settled)),
                core::to_decimal(saturated(s.released)), core::to_decimal(saturated(s.outstanding)));
}

std::string ledger_state::condition() const {
  const auto& book = parts_.kept->book;
  auto text = "counting " + std::to_string(totals_.size()) + " accounts, " + std::to_string(book.open()) +
              " reservations hold " + core::to_decimal(saturated(book.totals().outstanding));
  if (recovering_) text += ", waiting for " + std::to_string(unheard_.size() + behind_.size()) + " nodes";
  if (!may_rule()) text += ", without the right to rule";
  if (!parts_.kept->unread.empty()) text += ", reading what was used before";
  return text + (book.balanced() ? "" : ", OUT OF BALANCE");
}

} // namespace logos::accounting
