// SPDX-License-Identifier: MIT
#pragma once
#include "actors/embedding/recent.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace logos::embedding {

/// Since the node started. Any thread.
struct figures {
  std::atomic<std::uint64_t> asked{0};   // prompts that the model was asked about, whether in time or not
  std::atomic<std::uint64_t> hits{0};    // decisions that found the prompt's gist at hand
  std::atomic<std::uint64_t> decided{0}; // decisions by the model's gists
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(classification::fallback::count_)> fallbacks{};
  std::atomic<std::uint64_t> calls{0};   // that ended, of both kinds
  std::atomic<std::uint64_t> failed{0};  // of them
  std::atomic<std::uint64_t> missing{0}; // descriptions and examples that are not known yet
};

/// What a catalog's texts are about is wanted, by which model and for whom.
struct standing_order {
  classification::known_texts_ptr texts;
  std::string model;
  std::int64_t process_id = 0;
  std::int64_t space = 0;
  bool operator==(const standing_order&) const = default;
};

/// What CLASSIFIER and EMBEDDER of a node share without a message; outlives both. Any thread.
class shelf {
public:
  /// Null: not known.
  classification::gist find(const core::uuid& key) {
    const std::lock_guard lock{guard_};
    return recent_.find(key);
  }
  void keep(const core::uuid& key, classification::gist of, std::size_t most) {
    const std::lock_guard lock{guard_};
    recent_.keep(key, std::move(of), most);
  }
  std::size_t remembered() const {
    const std::lock_guard lock{guard_};
    return recent_.size();
  }

  /// True: it is another one than before.
  bool order(standing_order fresh) {
    const std::lock_guard lock{guard_};
    if (order_ == fresh) return false;
    order_ = std::move(fresh);
    return true;
  }
  standing_order ordered() const {
    const std::lock_guard lock{guard_};
    return order_;
  }
  void publish(std::shared_ptr<const classification::known_gists> all) {
    const std::lock_guard lock{guard_};
    known_ = std::move(all);
  }
  /// The last that were complete; null: none yet.
  std::shared_ptr<const classification::known_gists> known() const {
    const std::lock_guard lock{guard_};
    return known_;
  }

  figures shown;

private:
  mutable std::mutex guard_;
  recent_gists recent_;
  standing_order order_;
  std::shared_ptr<const classification::known_gists> known_;
};

} // namespace logos::embedding
