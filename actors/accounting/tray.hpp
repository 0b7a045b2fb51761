// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"

#include <mutex>
#include <unordered_map>
#include <vector>

namespace logos::accounting {

/// Settlements of this process that are not on the books yet. Each lies here from before it is sent until it was
/// handled, so that none is lost with the mailbox of a LEDGER, or TELLER, that dies. Any thread.
class tray {
public:
  void put(const settlement& s) {
    const std::lock_guard lock{mutex_};
    lying_.emplace(s.request, s);
  }
  void take(const core::uuid& request) {
    const std::lock_guard lock{mutex_};
    lying_.erase(request);
  }
  /// Those that lie here now. They stay until they are taken.
  std::vector<settlement> list() const {
    const std::lock_guard lock{mutex_};
    std::vector<settlement> all;
    all.reserve(lying_.size());
    for (const auto& [request, s] : lying_)
      all.push_back(s);
    return all;
  }

private:
  mutable std::mutex mutex_;
  std::unordered_map<core::uuid, settlement, core::uuid_hash> lying_;
};

} // namespace logos::accounting
