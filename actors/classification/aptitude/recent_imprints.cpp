// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/recent_imprints.hpp"

#include <utility>

namespace logos::classification {
namespace {

/// A node of the table, its share of the buckets, a place in the queue, the shared pointer's counters.
constexpr std::size_t overhead = 160;

} // namespace

std::size_t recent_imprints::cost(const remembered& what) {
  return overhead + (what.about == nullptr ? 0 : what.about->size());
}

void recent_imprints::drop_oldest() {
  const auto at = by_id_.find(oldest_first_.front());
  bytes_ -= cost(at->second.what);
  by_id_.erase(at);
  oldest_first_.pop_front();
}

void recent_imprints::add(const core::uuid& request, remembered what, core::steady_time now) {
  while (!oldest_first_.empty() && now - by_id_.at(oldest_first_.front()).since > within_.age)
    drop_oldest();
  bytes_ += cost(what);
  if (const auto at = by_id_.find(request); at != by_id_.end()) {
    bytes_ -= cost(at->second.what);
    at->second.what = std::move(what);
  } else {
    by_id_.emplace(request, entry{std::move(what), now});
    oldest_first_.push_back(request);
  }
  while (bytes_ > within_.bytes && !oldest_first_.empty()) {
    drop_oldest();
    ++pushed_out_;
  }
}

const remembered* recent_imprints::find(const core::uuid& request, core::steady_time now) const {
  const auto at = by_id_.find(request);
  return at == by_id_.end() || now - at->second.since > within_.age ? nullptr : &at->second.what;
}

} // namespace logos::classification
