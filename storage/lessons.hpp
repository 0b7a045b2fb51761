// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "storage/result.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace logos::storage {

/// What was heard of an answer: a row of table feedback, which is the log that every node learns from.
struct feedback_row {
  std::int64_t number = 0;         // its place in the log: the order in which everybody learns; 0: not written yet
  core::wall_time given_at{};      // as the node says that heard it
  std::string request_id;          // that it is about; of a result without a request: that of the message
  std::int64_t process_id = 0;     // whose key gave it
  std::int64_t tenant_id = 0;      // whom it teaches, where tenants learn apart
  std::int64_t model_id = 0;       // that answered
  std::int64_t other_model_id = 0; // of a comparison: that did worse
  std::int64_t signal = 0;         // classification::signal
  std::optional<double> score;     // 0 to 1; none: it teaches nothing
  std::string label;
  std::string comment;
  bool trusted = false;
  std::string imprint; // numbers that stand for the prompt, never its text; empty: it teaches nothing

  bool operator==(const feedback_row&) const = default;
};

/// Whether both say the same of what they are about: score, label and comment.
inline bool says_the_same(const feedback_row& a, const feedback_row& b) {
  const bool same_score = a.score.has_value() == b.score.has_value() &&
                          std::abs(a.score.value_or(0) - b.score.value_or(0)) < 1e-6; // the database may round
  return same_score && a.label == b.label && a.comment == b.comment;
}

/// A row as it stands in the log after it was to be appended.
struct appended_feedback {
  feedback_row row;
  bool fresh = false; // else it was there: the same key, request, signal and other model
};

/// What was learned of the log up to a place. Table learned_state, which has one row.
struct learned_state {
  std::int64_t number = 0; // the last row that is in it
  std::string rules;       // under which it was learned: others must learn from the start
  std::string bytes;
};

/// Every member that is set narrows the list.
struct feedback_filter {
  std::int64_t process_id = 0;
  std::int64_t model_id = 0;
  std::string request_id;
};

/// The log of feedback, and what was learned of it.
class lesson_store {
public:
  virtual ~lesson_store() = default;

  /// Appends rows in one transaction, in this order. Numbers are given in the order of the commits, whichever node
  /// appends: who has read up to a number has missed nothing below it. When one of them is there and says something
  /// else, none is appended.
  virtual result<std::vector<appended_feedback>> append_feedback(std::span<const feedback_row> rows) = 0;
  /// In the order of their numbers, those above `after`.
  virtual result<std::vector<feedback_row>> feedback_after(std::int64_t after, int limit) = 0;
  /// The newest first, with numbers below `before` (0: from the newest on), without imprints.
  virtual result<std::vector<feedback_row>> list_feedback(const feedback_filter& filter, std::int64_t before,
                                                          int limit) = 0;
  virtual result<std::optional<learned_state>> load_learned() = 0;
  /// Replaces what is there, unless that knows more under the same rules.
  virtual result<void> save_learned(const learned_state& state, core::wall_time now) = 0;
  /// Removes up to `limit` rows that were given before `past` and are part of the learned state; how many those were.
  virtual result<std::size_t> remove_feedback(core::wall_time past, int limit) = 0;
};

} // namespace logos::storage
