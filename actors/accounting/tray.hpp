// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"

#include <cstddef>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

namespace logos::accounting {

/// Where INGRESSes and EXECUTORs of this process put claims and settlements for the LEDGER, or TELLER, which handles
/// them in the order in which they came. What lies here outlives a LEDGER that dies: its successor looks first. Many
/// requests cost one message, and a settlement never overtakes its claim.
class tray {
public:
  struct question {
    claim what;
    actors::ingress_actor asker;
  };
  using entry = std::variant<question, settlement>;

  /// True when the LEDGER is to be told (`atom::flush`): it has not been since it looked last. Any thread.
  bool put(entry e) {
    const std::lock_guard lock{mutex_};
    lying_.push_back(std::move(e));
    return !std::exchange(told_, true);
  }

  /// Takes what lies here, behind what the last who looked left over. One at a time: the LEDGER, then its successor.
  void look() {
    const std::lock_guard lock{mutex_};
    told_ = false;
    taken_.erase(taken_.begin(), taken_.begin() + static_cast<std::ptrdiff_t>(std::exchange(first_, 0)));
    if (taken_.empty()) return taken_.swap(lying_);
    taken_.insert(taken_.end(), std::make_move_iterator(lying_.begin()), std::make_move_iterator(lying_.end()));
    lying_.clear();
  }
  /// The first of what was taken and not dropped; null: that was all. As `look`.
  const entry* first() const { return first_ < taken_.size() ? &taken_[first_] : nullptr; }
  /// Drops it: a settlement when it is on the books, so that it is not lost with whoever handles it.
  void drop() { taken_[first_++] = settlement{}; }

  /// Nothing lies here, and nothing was left over. For tests.
  bool empty() const {
    const std::lock_guard lock{mutex_};
    return lying_.empty() && first_ == taken_.size();
  }

private:
  mutable std::mutex mutex_;
  std::vector<entry> lying_;
  bool told_ = false;
  std::vector<entry> taken_;
  std::size_t first_ = 0; // of those taken
};

/// Handles all that lies on a tray: `reserve(claim, ingress_actor)` and `settle(settlement)`.
template <class Reserve, class Settle>
void clear(tray& from, const Reserve& reserve, const Settle& settle) {
  from.look();
  while (const auto* const first = from.first()) {
    if (const auto* const ended = std::get_if<settlement>(first)) {
      settle(*ended);
      from.drop();
    } else {
      const auto asked = std::get<tray::question>(*first);
      from.drop(); // what cannot be ruled on is not tried again: INGRESS refuses it in the end
      reserve(asked.what, asked.asker);
    }
  }
}

} // namespace logos::accounting
