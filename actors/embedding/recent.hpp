// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/gist.hpp"
#include "core/uuid.hpp"

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

namespace logos::embedding {

/// What texts are about that were asked for lately. Of too many the one goes that was used longest ago. It knows keys
/// of texts, never a text. One thread.
class recent_gists {
public:
  /// Null: not known. What is found counts as used.
  classification::gist find(const core::uuid& key) {
    const auto at = by_key_.find(key);
    if (at == by_key_.end()) return nullptr;
    by_use_.splice(by_use_.begin(), by_use_, at->second);
    return at->second->second;
  }
  /// `most`: texts that are remembered, this one included.
  void keep(const core::uuid& key, classification::gist of, std::size_t most) {
    if (const auto at = by_key_.find(key); at != by_key_.end()) {
      at->second->second = std::move(of);
      by_use_.splice(by_use_.begin(), by_use_, at->second);
    } else {
      by_use_.emplace_front(key, std::move(of));
      by_key_.emplace(key, by_use_.begin());
    }
    while (by_use_.size() > most) {
      by_key_.erase(by_use_.back().first);
      by_use_.pop_back();
    }
  }
  std::size_t size() const { return by_use_.size(); }

private:
  using entry = std::pair<core::uuid, classification::gist>;
  std::list<entry> by_use_; // used last first
  std::unordered_map<core::uuid, std::list<entry>::iterator, core::uuid_hash> by_key_;
};

} // namespace logos::embedding
