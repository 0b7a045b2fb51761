// SPDX-License-Identifier: MIT
#pragma once
#include "actors/messages.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

namespace logos::accounting {

/// Sums of usage per process, model and provider. Pure; sums saturate instead of wrapping.
class totals {
public:
  void add(std::span<const actors::usage_entry> entries);
  /// In the order of process, model, provider.
  std::vector<actors::usage_entry> list() const;
  std::size_t size() const { return sums_.size(); }

private:
  using key = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
  std::map<key, actors::usage_entry> sums_;
};

} // namespace logos::accounting
