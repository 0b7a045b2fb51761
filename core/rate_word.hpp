// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

namespace logos::core {

/// What a provider says of one of its rate limits. Negative: it does not say.
struct quota_word {
  std::int64_t limit = -1;
  std::int64_t remaining = -1;
  std::int64_t reset_us = -1; // from when it was said until nothing counts as used any more
  bool operator==(const quota_word&) const = default;
};

/// What a provider says of its rate limits with one answer: about the deployment that was asked. Small and of fixed
/// size, because it travels with each release.
struct rate_word {
  quota_word requests;
  quota_word tokens;
  std::int64_t pause_us = -1; // how long it wants not to be asked (`retry-after`); negative: it does not say
  std::int64_t age_us = 0;    // of what it says, when the word is sent on
  /// It says something about a quota.
  bool tells() const { return requests.remaining >= 0 || tokens.remaining >= 0; }
  bool operator==(const rate_word&) const = default;
};

} // namespace logos::core
