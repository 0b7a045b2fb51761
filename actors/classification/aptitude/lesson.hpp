// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/imprint.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace logos::classification {

/// What is heard of an answer. The numbers are stored: append only.
enum class signal : std::uint8_t {
  score = 0,     // somebody says how good it was, from 0 to 1
  preferred = 1, // `model` answered better than `other` would or did
  retry = 2,     // the same prompt again, after an answer
  regenerate = 3,
  error = 4, // the model answered with an error of its own
  abandoned = 5,
  forgotten = 6, // no result: `model` is gone, and what is known of it goes
  unfit = 7,     // an answer that failed a check of a cascade, so that another model was asked
  accepted = 8,  // nothing was heard against an answer, which stands for many of which that holds
};
/// The highest of them: what is above is of a later program.
inline constexpr signal last_signal = signal::accepted;
/// Whether a call tells it by itself, without anybody's word.
constexpr bool is_implicit(signal what) {
  return what != signal::score && what != signal::preferred && what != signal::forgotten;
}

/// What a signal says: a result from 0 to 1, and how many results that somebody has given it counts as.
struct meaning {
  float result = 0;
  float weight = 0;
};
/// Implicit signals count less: a retry may be about the connection, whoever leaves may have read enough.
meaning meaning_of(signal what, float score);
/// How many good results make up for a signal: 0.4 of one for `regenerate`. Below 0 for one that is good itself.
float blame_of(signal what);

/// The score that a label stands for, in any case: good, bad, up, down, correct, wrong … Nothing for others, which are
/// kept but teach nothing.
std::optional<float> score_of(std::string_view label);

/// One thing to learn.
struct lesson {
  core::wall_time when{}; // when the signal was given
  std::int64_t tenant = 0;
  std::int64_t model = 0;
  std::int64_t other = 0; // of `preferred`: who did worse
  std::int64_t giver = 0; // the owner of the key that gave it
  bool trusted = false;   // an administrator's: not bounded
  signal what = signal::score;
  float score = 0; // of `score`
  std::shared_ptr<const imprint> about{};
};

} // namespace logos::classification
