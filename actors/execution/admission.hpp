// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/classification/policies.hpp"
#include "actors/execution/cascading.hpp"
#include "actors/execution/hold.hpp"
#include "actors/execution/permit.hpp"
#include "actors/execution/visitors.hpp"
#include "actors/ingress/intent.hpp"
#include "actors/messages.hpp"
#include "actors/weighing.hpp"
#include "core/recycled.hpp"
#include "core/time.hpp"
#include "net/exchange.hpp"
#include "net/model_names.hpp"
#include "net/usage_facts.hpp"
#include "storage/journal/writer.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace logos::execution {

/// A ticket that has not been answered.
struct asked_ticket {
  std::int64_t deployment_id = 0;
  std::uint32_t round = 0;
};

/// What is known of a request that was let in: who, what for, and how far it has come. Attached to its exchange.
class admission final : public net::attachment, public core::recycled<admission> {
public:
  catalog::snapshot_ptr snapshot; // keeps who and profile alive
  const catalog::principal* who = nullptr;
  const catalog::profile* profile = nullptr;
  classification::petition petition; // what the request says of its policy
  classification::policy_ptr policy; // that it has to obey; null: none
  core::needs needs;
  core::key_hash key{}; // by which it was let in; none: the gateway has made the request itself
  ingress::intent intent;

  std::string statistics;               // of the classification, JSON; empty: the model was named
  std::string features;                 // of the prompt, JSON; empty below log level FULL
  std::uint32_t models = 0;             // that were chosen among; 0: the model was named
  std::string_view decided_by;          // the part of the score that decided among them; static, may be empty
  std::vector<std::int64_t> candidates; // deployments, best first
  std::vector<net::model_name> others;  // models that the request names beside the first
  std::vector<asked_ticket> asked;      // with the SCHEDULERs now
  actors::weighing weighed;             // when several were asked the last time
  core::steady_time weighed_at{};       // when that was
  std::uint32_t rounds = 0;             // tickets made
  std::vector<std::int64_t> failed;     // deployments that were tried or refused
  actors::refusal last_refusal;         // why the last one did not serve
  std::uint16_t sent_back = 0;          // how often a provider that was busy sent it back to its queue
  struct busy_word {
    int status = 0;
    std::uint32_t retry_after_s = 0; // 0: it did not say
  };
  busy_word busy;             // what that provider answered, the last time
  bool comes_back = false;    // the last call was such a one: its deployment has not failed
  std::uint16_t attempts = 0; // calls made
  /// The last call that was sent, ended without an answer and is to be followed by another.
  struct lost_call {
    std::int64_t deployment_id = 0;
    net::usage tokens;
  };
  std::optional<lost_call> unanswered;
  /// A cheap model answers first, and `candidates` are of the model whose turn it is; null: there is nothing of that.
  std::unique_ptr<cascading> cascade;
  core::steady_time asked_at{};     // when the first ticket was sent
  core::steady_time reassured_at{}; // when a heartbeat was last due
  core::steady_time left_at{};      // when its client left it in the queue, until the SCHEDULERs have answered
  core::wall_time sent_at{};        // when the last call began
  std::int64_t depth_at_arrival = -1;
  std::int32_t left_requests = -1; // as Azure has said with its answer; -1: it has not
  std::int32_t left_tokens = -1;
  std::string rate_headers;    // `x-ratelimit-…` lines for the client
  std::int64_t answer_cap = 0; // the length of answer that is held for, which the provider is told; 0: none
  std::string hold_prices;     // what the hold was made from, as the books keep it; empty: nothing was
  std::int64_t calls_cap = 0;  // how often it may run tools of its own, which it is told; 0: not
  /// The batch that it hands in is being read elsewhere; true: nobody waits for that any more.
  std::shared_ptr<std::atomic<bool>> judging;
  core::steady_time judged_at{};                           // when that had ended
  bool ruled = false;                                      // the LEDGER has let it in, or need not be asked
  accounting::stage claimed_at = accounting::stage::fresh; // of the claim whose ruling it waits for
  catalog::snapshot_ptr ruled_by;                          // whose budgets have let it in; null: those of `snapshot`
  bool sole = false;                                       // one ticket only: its offer is a permit
  bool booked = false;                                     // its row is written
  bool budgeted = false;                                   // a budget is about it
  bool compared = false;                                   // the call that runs: its usage with an estimate

  /// Of a request that brings a provider's own key: it has no process, and the client pays.
  std::unique_ptr<visitors::seat> seat;
  /// For the rows of a request whose call has begun: a full disk does not take them from the books.
  storage::journal_room room;
  /// From the question to the LEDGER on. Whatever becomes of the request, what it reserved ends with it.
  std::unique_ptr<hold> held;
  /// Between the offer and the call. Whatever becomes of the request, its permit ends with it.
  std::unique_ptr<permit> granted;

  /// In the queue: the request's own, else its key's, else its policy's. A key of the middle, as all are unless
  /// somebody says otherwise, says nothing.
  core::priority priority() const {
    if (intent.priority) return *intent.priority;
    if (who->priority != core::priority_mid) return who->priority;
    if (policy != nullptr && policy->priority > 0) return static_cast<core::priority>(policy->priority);
    return core::priority_mid;
  }
  /// What is held of budgets for it. A limit holds tokens only.
  core::nano held_money() const { return held != nullptr && budgeted ? held->amount() : 0; }
  /// What answers that were dropped have left of it. 0 only where nothing is held.
  core::nano money_left() const {
    const auto all = held_money();
    return all == 0 || !cascade ? all : std::max<core::nano>(all - cascade->spent(), 1);
  }
  bool waiting() const { return !asked.empty(); }
  bool brings_key() const { return seat != nullptr; }
  /// By what SCHEDULERs tell keys apart: the process, or for a client's own key a negative number made of its hash.
  std::int64_t queue_key() const {
    if (!brings_key()) return who->process_id;
    std::int64_t of_key = 0;
    std::memcpy(&of_key, key.data(), sizeof of_key);
    return of_key | std::numeric_limits<std::int64_t>::min();
  }
  const asked_ticket* find_asked(std::int64_t deployment_id) const {
    for (const auto& t : asked)
      if (t.deployment_id == deployment_id) return &t;
    return nullptr;
  }
  /// Its SCHEDULER has put the ticket aside: an answer is expected sooner elsewhere.
  bool is_deferred(std::int64_t deployment_id, core::steady_time now) const {
    if (sole) return false;
    for (const auto& w : weighed.of)
      if (w.deployment_id == deployment_id) return now < weighed_at + std::chrono::microseconds{w.defer_us};
    return false;
  }
  /// Candidates not yet tried, or models that come after these.
  bool alternatives() const { return failed.size() + 1 < candidates.size() || (cascade && cascade->more()); }
};

/// The admission attached to an exchange that INGRESS has let in.
inline admission& admission_of(net::exchange& x) { return static_cast<admission&>(*x.attached); }

} // namespace logos::execution
