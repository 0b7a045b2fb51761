// SPDX-License-Identifier: MIT
// LEDGER of a cluster: what the nodes' TELLERs say is reserved.
#include "actors/accounting/ledger.hpp"
#include "core/fault_point.hpp"

#include <algorithm>

namespace logos::accounting {
namespace {

// Rows that cannot be written for longer stop nobody: they are counted when they are there.
constexpr std::chrono::seconds rows_time{60};

} // namespace

void ledger_state::recover(const std::vector<std::string>& reporters, std::chrono::microseconds fence) {
  if (!recovering_) return;
  core::fault_point("ledger.reports_awaited");
  for (const auto& name : reporters)
    if (std::find(holders_.begin(), holders_.end(), name) == holders_.end()) unheard_.insert(name);
  report_fence_ = fence;
  recovered_at_ = clock_.steady() + fence;
  rows_awaited_until_ = clock_.steady() + std::max<std::chrono::microseconds>(rows_time, fence);
  self_->delayed_send(self_, fence, atom::tick_v);
  heed_fences();
}

std::uint32_t ledger_state::number_of(const std::string& holder) {
  const auto known = std::find(holders_.begin() + 1, holders_.end(), holder);
  if (known != holders_.end()) return static_cast<std::uint32_t>(known - holders_.begin());
  holders_.push_back(holder);
  tellers_.emplace_back();
  return static_cast<std::uint32_t>(holders_.size() - 1);
}

void ledger_state::take_report(const report& r, const actors::claimant_actor& teller) {
  if (!parts_.right) return; // a node that stands alone has no TELLERs
  if (r.only_rows) return hear_of_rows(r);
  const auto holder = number_of(r.holder);
  if (!recovering_ && governs_ && came_back(holder, r)) return count_anew(r.holder);
  if (const auto before = std::exchange(tellers_[holder], teller); before && before != teller)
    std::erase_if(waiting_, [&](const auto& w) { return w.second.second.teller == before; }); // it asks anew
  fences_.erase(r.holder);
  lost_.erase(r.holder);
  auto& book = parts_.kept->book;
  by_request<bool> still;
  for (auto c : r.open) {
    c.holder = holder;
    still[c.request] = true;
    if (recovering_ || (awaits_past(c.who) && book.find(c.request) == nullptr))
      restorable_[c.request] = c; // if it ends meanwhile, its row may be part of the past that is read
    else
      book.restore(c, came(c)); // admitted by a LEDGER before this one, and reported too late
  }
  for (const auto& e : r.ended) {
    if (recovering_)
      ended_[e.what.request] = e;
    else
      settle({e.what.request, e.tokens, e.cost}); // on its way when the connection broke
  }
  if (!recovering_) end_holds_of(holder, still);
  unheard_.erase(r.holder);
  r.writing ? await_rows(r.holder) : void(behind_.erase(r.holder));
  core::fault_point("ledger.report_taken");
  show();
  heed_fences();
}

void ledger_state::hear_of_rows(const report& r) {
  if (r.writing) return await_rows(r.holder);
  if (behind_.erase(r.holder) == 0) return;
  if (recovering_) return heed_fences();
  if (governs_) count_anew(r.holder);
}

/// A node that is alive and writes is waited for longer than one that is silent: what its rows say is spent may not be
/// spent again.
void ledger_state::await_rows(const std::string& holder) {
  if (!recovering_) return;
  behind_.insert(holder);
  if (recovered_at_ == core::steady_time::max()) return; // who else is to report is not known yet
  recovered_at_ = std::max(recovered_at_, std::min(clock_.steady() + report_fence_, rows_awaited_until_));
  self_->delayed_send(self_, recovered_at_ - clock_.steady(), atom::tick_v);
}

bool ledger_state::came_back(std::uint32_t holder, const report& r) const {
  if (!tellers_[holder] || written_off_.contains(r.holder)) return true;
  if (!r.writing && behind_.contains(r.holder)) return true;
  const auto tells_of = [&](const core::uuid& request) {
    const auto about = [&](const claim& c) { return c.request == request; };
    return std::any_of(r.open.begin(), r.open.end(), about) ||
           std::any_of(r.ended.begin(), r.ended.end(), [&](const ended_claim& e) { return about(e.what); });
  };
  const auto held = parts_.kept->book.open_of(holder);
  return !std::all_of(held.begin(), held.end(), tells_of);
}

/// What its node has used meanwhile stands in the database by now, and was not there, or not known to the nano-unit,
/// when this LEDGER counted. The next one hears from all TELLERs and reads all of it.
void ledger_state::count_anew(const std::string& holder) {
  spdlog::info("ledger: {} has come back, or has written its rows; all is counted anew", holder);
  self_->quit(caf::make_error(caf::sec::runtime_error, "to count anew"));
}

void ledger_state::expect(const std::string& holder, std::chrono::microseconds fence) {
  fences_[holder] = clock_.steady() + fence;
  lost_.insert(holder);
  self_->delayed_send(self_, fence, atom::tick_v);
}

void ledger_state::end_holds_of(std::uint32_t holder, const by_request<bool>& still) {
  auto& book = parts_.kept->book;
  for (const auto& request : book.open_of(holder)) {
    if (still.contains(request)) continue;
    // Cut off with its node: booked there, as soon as it is back, at what it held or less.
    const auto c = *book.find(request);
    settle({request, c.tokens, c.hold});
    written_off_.insert(holders_[holder]);
  }
  show();
}

void ledger_state::heed_fences() {
  const auto now = clock_.steady();
  for (const auto& [holder, until] : fences_)
    if (until <= now) end_holds_of(number_of(holder), {});
  std::erase_if(fences_, [&](const auto& f) { return f.second <= now; });
  if (!recovering_ || recovered_at_ == core::steady_time::max()) return;
  if (!(unheard_.empty() && behind_.empty()) && now < recovered_at_) return;
  recovering_ = false;
  for (const auto& holder : behind_)
    spdlog::warn("ledger: what {} has spent is counted without rows that it could not write yet", holder);
  if (version_ == 0) return; // all of it follows with the first catalog
  if (parts_.kept->unread.empty() && restorable_.empty() && ended_.empty())
    go_on();
  else
    read_past();
}

} // namespace logos::accounting
