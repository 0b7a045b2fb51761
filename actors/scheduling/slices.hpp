// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/places.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace logos::scheduling {

/// Places leased ahead to DELEGATEs. A leased place is taken, used or not, until it is given back. One thread.
class slices {
public:
  /// `taken` outlives it.
  explicit slices(places& taken) : taken_{taken} {}
  slices(const slices&) = delete;
  slices& operator=(const slices&) = delete;

  /// A DELEGATE exists: every lease leaves one slice of its size free for each of them.
  void introduce(std::uint32_t requester);
  /// Leases up to `wanted` places of a lane; answers how many. Equal shares of what is free for every known DELEGATE
  /// and for the owner's own node, so a single place is never leased.
  std::uint32_t lease(std::uint32_t requester, lane l, std::uint32_t wanted);
  /// Places come back; answers how many of them had been leased.
  std::uint32_t give_back(std::uint32_t requester, lane l, std::uint32_t n);
  /// It has been introduced.
  bool knows(std::uint32_t requester) const;
  /// All of a requester's end.
  void void_all(std::uint32_t requester);
  /// All of a requester's end, and it is no longer one of those that are reckoned with.
  void end_all(std::uint32_t requester);
  /// Calls `recall` for each lease of a lane that is `wanted`; once until places of the lease move.
  void recall(const std::function<bool(lane)>& wanted,
              const std::function<void(std::uint32_t requester, lane)>& recall);
  /// Lets `recall` speak again for what is still leased.
  void forget_recalls();

  bool empty() const { return items_.empty(); }
  std::uint32_t leased() const;
  bool any_of(std::uint32_t requester) const;

private:
  struct item {
    std::uint32_t requester;
    scheduling::lane lane;
    std::uint32_t places;
    bool recalled;
  };
  places& taken_;
  std::vector<item> items_;
  std::vector<std::uint32_t> delegates_;
};

} // namespace logos::scheduling
