// SPDX-License-Identifier: MIT
#include "actors/execution/wrong_keys.hpp"

#include "actors/execution/household.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace logos::execution {
namespace {

constexpr std::chrono::minutes told_again{1};

/// Never 0. The hash is a keyed one: nobody can look for two keys that have the same mark.
std::uint64_t mark_of(const core::key_hash& key, std::string_view household) {
  std::uint64_t mark = 0;
  std::memcpy(&mark, key.data(), sizeof mark);
  return (mark ^ (std::hash<std::string_view>{}(household)*0x9e3779b97f4a7c15U)) | 1U;
}

} // namespace

wrong_keys::wrong_keys(std::uint32_t burst, const core::clock& clock, std::function<void(const std::string&)> tell,
                       std::size_t addresses)
    : burst_{burst},
      clock_{clock},
      tell_{std::move(tell)},
      most_{std::max<std::size_t>(addresses, 1)},
      familiar_{std::make_unique<std::atomic<std::uint64_t>[]>(familiar_places)} {}

/// The generic cell rate algorithm (ITU-T I.371, as a virtual schedule): each one that is answered moves `even` on by
/// an interval, and it may be ahead of the clock by a burst.
std::uint32_t wrong_keys::wait_of(const sender& from, core::steady_time now) const {
  const auto ahead = interval * static_cast<std::int64_t>(burst_.load(std::memory_order_relaxed) - 1);
  if (from.even <= now + ahead) return 0;
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(from.even - now - ahead).count());
}

wrong_keys::sender& wrong_keys::remember(std::string household) {
  if (const auto known = by_household_.find(household); known != by_household_.end()) {
    senders_.splice(senders_.begin(), senders_, known->second);
    return senders_.front();
  }
  if (senders_.size() >= most_) {
    by_household_.erase(senders_.back().household);
    senders_.pop_back();
  }
  senders_.push_front({std::move(household), {}, {}});
  by_household_.emplace(senders_.front().household, senders_.begin());
  return senders_.front();
}

std::uint32_t wrong_keys::note(std::string_view client_address) {
  seen_.fetch_add(1, std::memory_order_relaxed);
  if (burst_.load(std::memory_order_relaxed) == 0) return 0;
  const auto now = clock_.steady();
  const std::lock_guard lock{mutex_};
  auto& from = remember(household_of(client_address));
  const auto wait = wait_of(from, now);
  if (wait == 0) from.even = std::max(from.even, now) + interval;
  return wait;
}

void wrong_keys::leave_unanswered(std::string_view client_address) {
  unanswered_.fetch_add(1, std::memory_order_relaxed);
  const auto now = clock_.steady();
  {
    const std::lock_guard lock{mutex_};
    const auto known = by_household_.find(household_of(client_address));
    if (known == by_household_.end()) return; // forgotten since
    auto& told = known->second->told;
    if (told != core::steady_time{} && now - told < told_again) return;
    told = now;
  }
  if (tell_)
    tell_("Wrong API keys come from " + shown_household(client_address) + ", more than " +
          std::to_string(burst_.load(std::memory_order_relaxed)) +
          " at once and one a second (limits.wrong_keys): further ones are answered with 429.");
}

std::uint32_t wrong_keys::doubt(const core::key_hash& key, std::string_view client_address) {
  if (burst_.load(std::memory_order_relaxed) == 0) return 0;
  auto household = household_of(client_address);
  const auto mark = mark_of(key, household);
  auto& place = familiar_[mark / 2 % familiar_places];
  if (place.load(std::memory_order_relaxed) == mark) return 0;
  {
    const std::lock_guard lock{mutex_};
    const auto known = by_household_.find(household);
    if (known != by_household_.end())
      if (const auto wait = wait_of(*known->second, clock_.steady()); wait != 0) return wait;
  }
  place.store(mark, std::memory_order_relaxed);
  return 0;
}

std::size_t wrong_keys::remembered() const {
  const std::lock_guard lock{mutex_};
  return senders_.size();
}

} // namespace logos::execution
