// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>

namespace logos::scheduling {

/// Fair shares between keys by weight: start-time fair queueing. Each key has a mark in virtual time, where its next
/// ticket begins; the lowest mark goes next, and what is granted moves it on by tokens over weight. A key that comes
/// (back) begins where the others are, so it neither owes for idle times nor has saved up.
///
/// Virtual time also moves a little with each grant, whoever gets it: so new keys that keep coming for ever do not hold
/// up one that has had more than they. One thread.
class shares {
public:
  /// One more ticket of this key waits. `weight`: the key's, from now on, from 1 to 1000.
  void enter(std::int64_t key, std::uint32_t weight);
  /// One less.
  void leave(std::int64_t key);
  /// A ticket of the key that waits is granted; it has not left yet.
  void charge(std::int64_t key, std::uint32_t tokens);

  /// Where the next ticket of a key that waits begins.
  std::uint64_t mark(std::int64_t key) const { return rows_.at(key).mark; }
  std::uint32_t weight(std::int64_t key) const { return rows_.at(key).weight; }
  /// How many of it wait.
  std::uint32_t waiting(std::int64_t key) const;
  /// How many grants to whomever it takes, as a rule, until so many of a key's that wait have had theirs.
  std::size_t grants_for(std::int64_t key, std::size_t of_key) const;
  /// How many of all keys wait.
  std::size_t waiting() const { return waiting_; }
  /// Whether a key has had no more than `tokens` above its share.
  bool within(std::int64_t key, std::uint32_t tokens) const;
  /// What so many tokens are for a key, in virtual time.
  static std::uint64_t extent(std::uint32_t tokens, std::uint32_t weight) { return tokens * unit / weight; }
  /// Keys that are remembered: who waits, and who has had more than its share while others wait.
  std::size_t size() const { return rows_.size(); }

private:
  static constexpr std::uint64_t unit = 1 << 20; // of virtual time, for a token at weight 1
  static constexpr std::uint64_t drift = 8;      // what virtual time moves by itself is an eighth of a fair share
  struct row {
    std::uint64_t mark = 0;
    std::uint32_t weight = 1;
    std::uint32_t waiting = 0;
  };

  std::unordered_map<std::int64_t, row> rows_;
  std::set<std::pair<std::uint64_t, std::int64_t>> resting_; // by mark: nobody of them waits
  std::uint64_t now_ = 0;
  std::uint64_t weight_ = 0; // of all keys that wait
  std::size_t waiting_ = 0;
};

} // namespace logos::scheduling
