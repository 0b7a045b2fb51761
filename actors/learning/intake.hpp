// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace logos::learning {

/// How a call ended, as far as it tells of the model.
enum class fate : std::uint8_t {
  answered,
  failed,
  abandoned,
  unfit // its answer failed a check that its policy asks for, and another model answered
};

/// A call to a model that has ended.
struct served {
  core::uuid request{};
  std::int64_t process_id = 0;
  std::int64_t tenant_id = 0;
  std::int64_t model_id = 0; // that has answered
  fate how = fate::answered;
  std::string body{}; // as the client sent it, with net::json_padding zeros behind
  bool full = false;  // log level FULL: what was asked may be written down
};

/// Where I/O threads leave word of calls that have ended for the LEARNER, which looks several times a second and before
/// it hears what anybody thinks of one: nobody is woken for a request. What lies here is bounded in bytes and in
/// calls a second; when the LEARNER does not keep up, or is dead, the rest is dropped and counted.
class intake {
public:
  static constexpr std::size_t most_bytes = std::size_t{16} << 20;
  static constexpr std::size_t longest_body = std::size_t{1} << 20;
  /// More calls than that are not remembered: each costs the LEARNER some 3 to 20 µs, which would be an eighth of all
  /// that a gateway does at tens of thousands a second. 2000 are a few percent of a core.
  static constexpr std::uint32_t most_a_second = 2000;

  /// Whether a call that ended then may be left here. To be asked once for each, before its body is copied. Any thread;
  /// threads that cross into the next second at a time may admit a few more.
  bool admits(core::wall_time ended) {
    const auto second = std::chrono::floor<std::chrono::seconds>(ended).time_since_epoch().count();
    if (second_.load(std::memory_order_relaxed) != second) {
      second_.store(second, std::memory_order_relaxed);
      in_second_.store(0, std::memory_order_relaxed);
    }
    if (in_second_.load(std::memory_order_relaxed) < most_a_second) {
      in_second_.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }

  /// True when the LEARNER should look now (`atom::tick`): half of the room is taken. Any thread.
  bool put(served s) {
    const auto size = sizeof s + s.body.size();
    const std::lock_guard lock{mutex_};
    if (bytes_ + size > most_bytes) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    const bool was_empty_enough = bytes_ < most_bytes / 2;
    bytes_ += size;
    lying_.push_back(std::move(s));
    return was_empty_enough && bytes_ >= most_bytes / 2;
  }
  /// All that lies here. The LEARNER.
  std::vector<served> take() {
    const std::lock_guard lock{mutex_};
    bytes_ = 0;
    return std::exchange(lying_, {});
  }

  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

private:
  std::mutex mutex_;
  std::vector<served> lying_;
  std::size_t bytes_ = 0;
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::int64_t> second_{0};
  std::atomic<std::uint32_t> in_second_{0};
};

} // namespace logos::learning
