// SPDX-License-Identifier: MIT
#include "actors/scheduling/crowding.hpp"

#include "actors/monitoring/pace.hpp"

#include <algorithm>

namespace logos::scheduling {
namespace {

constexpr std::uint32_t least_looks = 2;
constexpr std::uint32_t most_looks = 64;
constexpr int few_looks = 3;                // as long a look has a say
constexpr std::int64_t nearly_full = 950;   // of the cache, in thousandths
constexpr std::uint32_t part_for_cache = 8; // one in so many is too many where the cache is
constexpr double remembered = 15.0 / 16;    // of the most that has run, with each look
constexpr double nearly_as_many = 7.0 / 8;  // as have run lately

/// Looks that are further apart than this tell nothing of how often there will be one.
core::steady_time::duration longest_gap() { return monitoring::pace::intervals{}.regular; }

} // namespace

std::optional<crowding_verdict> crowding::judge(const load_figures& seen, std::uint32_t ours, core::steady_time now) {
  if (seen.waiting < 0 && seen.kv_used_permille < 0) return std::nullopt;
  const auto running = std::max<std::int64_t>(seen.running, 0), waiting = std::max<std::int64_t>(seen.waiting, 0);
  const bool in_a_row = looked_ && now < fresh_until_;
  const auto gap = looked_ ? std::min<core::steady_time::duration>(now - *looked_, longest_gap()) : longest_gap();
  looked_ = now;
  fresh_until_ = now + few_looks * gap;
  if (!in_a_row) {
    looks_ = 0;
    needed_ = least_looks;
    judged_ = false;
  }
  most_running_ = std::max(static_cast<double>(running), in_a_row ? most_running_ * remembered : 0.0);

  crowding_verdict v;
  v.fresh_until = fresh_until_;
  const bool full = !seen.has_slots && seen.kv_used_permille >= nearly_full;
  const bool all_run = static_cast<double>(running) >= most_running_ * nearly_as_many;
  // Of what waits at least so many are ours: the others' may all wait, too.
  auto excess = full || all_run ? std::clamp<std::int64_t>(ours - running, 0, waiting) : 0;
  if (excess > 0) v.why = crowding_verdict::cause::waiting;
  if (const auto share = (ours + part_for_cache - 1) / part_for_cache;
      full && std::int64_t{ours} * 2 > running + waiting && share > excess) {
    excess = share;
    v.why = crowding_verdict::cause::cache;
  }
  learn(all_run, full, waiting > 0);
  v.too_many = confirmed(static_cast<std::uint32_t>(excess));
  if (v.too_many == 0) v.why = crowding_verdict::cause::none;
  v.clear = excess == 0 && !full;
  return v;
}

/// What was said to be too many was that if as many run as before without it, and was not if fewer do.
void crowding::learn(bool all_run, bool full, bool waits) {
  if (!judged_ || waits == (all_run || full)) return;
  judged_ = false;
  needed_ = waits ? std::min(needed_ * 2, most_looks) : least_looks;
}

std::uint32_t crowding::confirmed(std::uint32_t excess) {
  looks_ = excess > 0 ? looks_ + 1 : 0;
  least_ = looks_ > 1 ? std::min(least_, excess) : excess;
  if (looks_ < needed_) return 0;
  judged_ = true;
  return least_;
}

std::string_view words_of(crowding_verdict::cause why) {
  switch (why) {
  case crowding_verdict::cause::waiting: return "more wait inside it";
  case crowding_verdict::cause::cache: return "its cache of keys and values is nearly full";
  case crowding_verdict::cause::none: break;
  }
  return {};
}

} // namespace logos::scheduling
