// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logos::simulator {

/// How a provider tells what is left of its quotas.
enum class rate_words : std::uint8_t {
  openai,    // limit, remaining and reset
  azure,     // remaining only; retry-after-ms when it refuses
  anthropic, // limit, remaining and reset, as points in time
  none       // nothing at all, not even when to come back
};
std::optional<rate_words> parse_rate_words(std::string_view text);

/// What a provider takes of each model. 0: as much as comes.
struct quota_spec {
  double requests = 0; // per window
  double tokens = 0;   // per window, prompt and answer
  std::chrono::milliseconds window{60'000};
  bool by_windows = false; // all comes back at the end of a window; else evenly
  unsigned at_a_time = 0;  // more are refused, not queued
  rate_words words = rate_words::openai;
  bool any() const { return requests > 0 || tokens > 0 || at_a_time > 0; }
};

/// The quotas of one model: what is left of them. One thread.
class quotas {
public:
  using headers = std::vector<std::pair<std::string, std::string>>;

  /// `spec` outlives it. Windows begin with the first request.
  explicit quotas(const quota_spec& spec) : spec_{&spec} {}

  /// A request comes. False: it is refused and takes nothing.
  bool take(double tokens, unsigned running, core::steady_time now);
  /// What its answer says; `refused`: of one that was refused for as many tokens.
  headers tell(double tokens, bool refused, core::steady_time now, core::wall_time wall) const;

private:
  void pass(core::steady_time now);
  std::chrono::microseconds until(double left, double limit, double wanted, core::steady_time now) const;

  const quota_spec* spec_;
  bool begun_ = false;
  double requests_ = 0, tokens_ = 0; // left
  core::steady_time at_{}, opened_{};
};

} // namespace logos::simulator
