// SPDX-License-Identifier: MIT
#pragma once
#include "core/secret.hpp"
#include "core/time.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace logos::execution {

/// API keys that open nothing, counted by the client's address (`household_of`), on all threads of a node: so many may
/// come at once, and then one each second. Who sends more learns nothing of any further one. Any thread; a good key
/// never waits for the lock but when it may be a guess and is new at its address. Memory is bounded: of all addresses
/// the one that was heard of least recently is forgotten.
class wrong_keys {
public:
  static constexpr std::chrono::seconds interval{1}; // between two that are answered as what they are
  static constexpr std::size_t most_addresses = 8192;

  /// `burst`: of one address at once; 0: as many as it likes. `tell` is called with what the operator should know, on
  /// the asking thread, once in a minute for one address. `clock` outlives it.
  wrong_keys(std::uint32_t burst, const core::clock& clock, std::function<void(const std::string&)> tell,
             std::size_t addresses = most_addresses);

  /// Of one address at once, from now on; 0: as many as it likes. Any thread.
  void allow(std::uint32_t burst) { burst_.store(burst, std::memory_order_relaxed); }
  /// A wrong key has come from there. 0: say so. Else it comes too soon: say nothing of it (`leave_unanswered`), but
  /// after how many seconds another one is answered. Where its provider says so, whose answer is relayed, it only
  /// counts for those that come next.
  std::uint32_t note(std::string_view client_address);
  /// Of a key that is not known to be wrong, but may have been guessed: 0 when it may be used, which makes it a
  /// familiar one at that address. Else as many seconds as `note` would say: more wrong keys have come from there than
  /// may, and this one was never used from there before, as far as is remembered.
  std::uint32_t doubt(const core::key_hash& key, std::string_view client_address);
  /// Of a key from there nothing is said, as `note` or `doubt` have told: counts it, and tells the operator.
  void leave_unanswered(std::string_view client_address);

  /// Wrong keys that came; and answers that said nothing of a key.
  std::uint64_t seen() const { return seen_.load(std::memory_order_relaxed); }
  std::uint64_t unanswered() const { return unanswered_.load(std::memory_order_relaxed); }
  /// Addresses that are remembered now.
  std::size_t remembered() const;

private:
  struct sender {
    std::string household;
    core::steady_time even{}; // when as many will have come from there as may in the long run
    core::steady_time told{};
  };
  using senders = std::list<sender>; // the one that was heard of last is the first

  std::uint32_t wait_of(const sender& from, core::steady_time now) const;
  sender& remember(std::string household);

  static constexpr std::size_t familiar_places = 16'384;

  std::atomic<std::uint32_t> burst_;
  const core::clock& clock_;
  const std::function<void(const std::string&)> tell_;
  const std::size_t most_;
  std::atomic<std::uint64_t> seen_{0};
  std::atomic<std::uint64_t> unanswered_{0};
  /// Marks of keys at addresses; two that meet in a place push each other out.
  const std::unique_ptr<std::atomic<std::uint64_t>[]> familiar_;
  mutable std::mutex mutex_;
  senders senders_;
  std::unordered_map<std::string_view, senders::iterator> by_household_; // the words are the senders'
};

} // namespace logos::execution
