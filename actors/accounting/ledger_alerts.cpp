// SPDX-License-Identifier: MIT
// LEDGER, as thresholds of budgets are passed: they are in the database before ALERTS tells anybody.
#include "actors/accounting/ledger.hpp"
#include "actors/failures.hpp"
#include "storage/store.hpp"

namespace logos::accounting {
namespace {

using namespace std::chrono_literals;

constexpr auto write_time = 60s;
constexpr auto rewrite_after = 2s;

} // namespace

void ledger_state::note_crossings() {
  auto& waiting = parts_.kept->crossings;
  const auto now = clock_.wall();
  for (const auto& c : parts_.kept->book.take_crossings())
    waiting.push_back({c.budget_id, c.period_start, c.threshold_percent, c.amount, c.spent, now});
  if (!parts_.find_neighbours) waiting.clear();
  if (writing_ || waiting.empty()) return;
  writing_ = true;
  const auto at = parts_.find_neighbours();
  const auto batch = std::make_shared<const std::vector<storage::crossing>>(waiting);
  using outcome = storage::result<std::size_t>;
  actors::store_job job{[batch](storage::store& in) -> actors::store_reply {
    return std::make_shared<outcome>(in.note_crossings(*batch));
  }};
  const auto try_again = [this](const std::string& why) {
    writing_ = false;
    spdlog::warn("ledger: alerts of budgets cannot be written down yet: {}", why);
    self_->delayed_send(self_, rewrite_after, atom::tick_v);
  };
  self_->request(at.registry, write_time, std::move(job))
      .then(
          [this, batch, try_again, alerts = at.alerts](const actors::store_reply& reply) {
            const auto& written = *std::static_pointer_cast<outcome>(reply);
            if (!written) return try_again(written.error().message);
            crossings_written(batch->size(), alerts);
          },
          [this, try_again](const caf::error& e) { try_again(actors::to_failure(self_->system(), e).message); });
}

void ledger_state::crossings_written(std::size_t count, const actors::alerts_actor& alerts) {
  writing_ = false;
  auto& waiting = parts_.kept->crossings;
  waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
  if (alerts) self_->send(alerts, atom::tick_v);
  note_crossings(); // more may have come meanwhile
}

} // namespace logos::accounting
