// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/lesson.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

namespace logos::learning {

/// Notices that a key asks the same prompt again after it was answered: somebody was not content. To the same model it
/// is `regenerate`, to another `retry`; both are about the answer before. People ask twice or thrice. Who asks more
/// often is a program (a health check, a benchmark), of which nothing is heard; that is why answers are told of only
/// when nothing has come for a while. Bounded memory; takes its time from the caller.
class repetitions {
public:
  struct rules {
    std::chrono::seconds window{600}; // between two that belong together
    std::chrono::seconds settle{60};  // of silence until they are told
    unsigned most = 3;                // askings; more are a program's
    std::size_t table = 16'384;       // prompts
  };
  repetitions() : repetitions{rules{}} {}
  explicit repetitions(const rules& by) : by_{by} {}

  /// An answer, and whether it was taken for less than good.
  struct told {
    core::uuid request{};
    std::optional<classification::signal> sign{}; // nothing: nobody has asked again
    bool again = false;                           // it was told of before, without a sign
  };

  /// A prompt was answered. `prompt`: a hash of all that was asked. `counts`: else the answer is not told of, and says
  /// only that those before it were not enough.
  void saw(std::int64_t key, std::uint64_t prompt, const core::uuid& request, std::int64_t model, bool counts,
           core::steady_time now);
  /// What has settled since.
  std::vector<told> settled(core::steady_time now);
  std::size_t size() const { return prompts_.size(); }

private:
  struct asked {
    std::int64_t key = 0;
    std::uint64_t prompt = 0;
    core::uuid last{}; // request
    std::int64_t model = 0;
    bool counts = false; // the last request
    unsigned times = 0;
    core::steady_time at{};
    std::vector<told> untold{};
  };
  using entry = std::list<asked>::iterator;
  static std::uint64_t mixed(std::int64_t key, std::uint64_t prompt);
  static void blame_last(asked& of, classification::signal what);

  rules by_;
  std::list<asked> prompts_; // the one that was asked longest ago first
  std::unordered_map<std::uint64_t, entry> by_hash_;
};

} // namespace logos::learning
