// SPDX-License-Identifier: MIT
#pragma once
#include "storage/records.hpp"
#include "storage/sql/session.hpp"

#include <array>
#include <cstdint>
#include <unordered_map>

namespace logos::storage::sqlite {

/// What the rows of one batch add up to, by what the finest table of sums tells apart. Summed while they are written,
/// the log need not be read and grouped again for it, which cost a third of what writing it does.
class fresh_sums {
public:
  void add(const finished& row);
  /// Adds them to `usage_deltas`, in the transaction that is open.
  result<void> write(sql::session& to) const;
  bool empty() const { return sums_.empty(); }

private:
  struct key {
    core::wall_time hour{};
    std::array<std::int64_t, 6> ids{}; // process, profile, user, service, provider, model; 0: none
    core::result_status status{};
    core::usage_source source{};
    bool operator==(const key&) const = default;
  };
  struct hash {
    std::size_t operator()(const key& of) const noexcept;
  };
  /// In the order of sql::sum_names.
  using counts = std::array<std::int64_t, 15>;
  static key key_of(const finished& row);
  static counts counts_of(const finished& row);

  // More than one where a sum would be too large for 64 bits.
  std::unordered_multimap<key, counts, hash> sums_;
};

/// Adds what a row says of estimates to `usage_estimates`, in the transaction that is open. A trigger would look at
/// every row, and cost an eighth of what writing it does.
result<void> add_estimate(sql::session& to, const finished& row);

} // namespace logos::storage::sqlite
