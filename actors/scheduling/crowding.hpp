// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace logos::scheduling {

/// What a server that batches says of itself at one look; -1: it does not say.
struct load_figures {
  std::int64_t running = -1;
  std::int64_t waiting = -1; // inside it
  std::int64_t kv_used_permille = -1;
  bool has_slots = false; // each with a part of the cache of its own: full is as usual
};

/// What one look means for how much is sent.
struct crowding_verdict {
  enum class cause : std::uint8_t { none, waiting, cache };
  std::uint32_t too_many = 0; // of what is under way from here
  cause why = cause::none;
  bool clear = false;              // nothing waits: there may be room for more
  core::steady_time fresh_until{}; // as long it has a say
};

/// Whether a server is sent more than it works on at a time, from what it says of its own queue. Others may use it,
/// too: what runs there and waits there beyond what was sent from here is theirs, and so is as much of what waits.
///
/// Three things look like a full server and are none. A burst waits for a moment until the server has taken it in: so
/// only what waits at two looks in a row counts, and of these the least. Short calls wait for the step of the batch
/// before theirs, however few they are: so what waits while less runs than has run lately does not wait for room, and
/// whoever has found that out by sending less looks twice as often before doing so again. And what was too much runs on
/// after less is sent: the caller asks anew only when that has ended.
/// Pure; one thread.
class crowding {
public:
  /// `ours`: under way from here. Nothing: the server does not tell what waits there.
  std::optional<crowding_verdict> judge(const load_figures& seen, std::uint32_t ours, core::steady_time now);

private:
  std::uint32_t confirmed(std::uint32_t excess);
  void learn(bool all_run, bool full, bool waits);

  std::optional<core::steady_time> looked_; // last
  core::steady_time fresh_until_{};
  std::uint32_t looks_ = 0;  // in a row that showed too many
  std::uint32_t least_ = 0;  // of what they showed
  std::uint32_t needed_ = 2; // so many, to count
  bool judged_ = false;      // it has been said, and not been seen yet whether it was so
  double most_running_ = 0;  // lately
};

/// For people, behind "takes no more than N requests at a time"; empty for none.
std::string_view words_of(crowding_verdict::cause why);

} // namespace logos::scheduling
