// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/concurrency.hpp"
#include "actors/scheduling/crowding.hpp"
#include "actors/scheduling/headroom.hpp"
#include "actors/scheduling/places.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace logos::scheduling {

/// What is to be known of a call that ended.
struct call_end {
  strain how = strain::none;
  core::steady_time::duration duration{}; // since it was sent
  core::rate_word word{};
  double tokens = 0; // used, as reported; 0: not known
};

/// What a provider lets us send, beside what the operator does: per deployment, because quotas are per model at OpenAI
/// and Anthropic and per deployment at Azure. Where its answers tell what is left of its quotas, that; and always no
/// more at a time than it has been found to take, by its refusals or by what waits inside it, nothing while it wants a
/// pause, and little by little afterwards.
/// A deployment whose provider says nothing and refuses nothing costs a comparison. Pure; one thread.
class allowance {
public:
  /// `taken` outlives it. `seed` spreads by chance who comes back when.
  allowance(const places& taken, std::uint64_t seed) : places_{taken}, seed_{seed} {}

  /// The operator's limits are new, or what the server is thought to take.
  void adopt();
  /// What the server says of its own queue. Where the operator says nothing of how much is sent, no more is than it
  /// works on, until it has room again. Answers whether less may be sent now.
  bool observe(const load_figures& seen, core::steady_time now);

  /// A request of the usual size may be sent now. What a larger one takes beyond that is missing afterwards.
  bool allows(lane l, core::steady_time now);
  /// One was; `tokens`: as many as it is reckoned to take.
  void granted(lane l, std::uint32_t tokens, core::steady_time now);
  /// A call ended; its place is free again.
  void ended(lane l, const call_end& call, core::steady_time now);
  /// The provider wants to be left alone.
  void pause(lane l, core::steady_time until, core::steady_time now);
  void pause_all(core::steady_time until, core::steady_time now);

  /// How many places may be leased ahead: none where every request counts.
  std::uint32_t leasable(lane l, core::steady_time now);
  /// What was leased ahead is wanted back.
  bool tight(lane l, core::steady_time now) const;
  /// When time alone lets a request of a lane that `waits` be sent.
  std::optional<core::steady_time> next_change(const std::function<bool(lane)>& waits, core::steady_time now) const;

  /// The provider's answers tell what is left.
  bool tells(lane l) const { return l < rows_.size() && rows_[l].room.known(); }
  /// When the one behind `ahead` others may be sent as far as the provider's word goes, all of them of the usual size:
  /// `now` if it holds nobody back; nothing: nobody knows.
  std::optional<core::steady_time> when(lane l, std::uint32_t ahead, core::steady_time now) const;
  /// Nothing may be sent now, however little is under way.
  bool holds_back(lane l, core::steady_time now) const;
  /// For people: why nothing more may be sent; empty if it may.
  std::string why(lane l, core::steady_time now) const;
  /// For people: what is held back, of all lanes.
  std::string condition(core::steady_time now) const;

  /// What /metrics shows of a deployment. Negative: not known.
  struct figures {
    std::uint32_t limit = places::unlimited; // at a time
    std::int64_t requests_left = -1;
    std::int64_t tokens_left = -1;
    std::uint64_t refusals = 0;
  };
  figures figures_of(lane l, core::steady_time now) const;
  std::size_t lanes() const { return rows_.size(); }

private:
  struct row {
    row(std::uint64_t seed, std::uint32_t limit) : pace{seed} { pace.bound(limit); }
    concurrency pace;
    headroom room;
    double estimated = 0; // tokens of a request, on average
    double used = 0;
    double share = 1; // of what is estimated is used: most answers are shorter than they might be
    double usual_tokens() const { return estimated * share; }
    core::steady_time probe_at{}; // when one may be sent to hear what is left
    core::steady_time::duration probe_step{};
    std::uint64_t refusals = 0;
    crowding_verdict::cause crowded = crowding_verdict::cause::none; // why it is lowered, if not by refusals
  };
  row& at(lane l);
  std::uint32_t bound_of(lane l) const;
  bool within_quota(const row& r, lane l, core::steady_time now) const;

  const places& places_;
  std::uint64_t seed_;
  std::deque<row> rows_;
  crowding crowding_;
};

} // namespace logos::scheduling
