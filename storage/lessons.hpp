// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "storage/result.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace logos::storage {

/// What was heard of an answer: a row of table feedback, the log of what was learned.
struct feedback_row {
  std::int64_t number = 0;         // its place in the log: the order in which it was learned; 0: not written yet
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
  std::string imprint; // at log level FULL: numbers that stand for the prompt, never its text

  bool operator==(const feedback_row&) const = default;
};

/// Whether a row says nothing that is not in one that is there: what it has of score, label and comment is the same.
inline bool adds_nothing(const feedback_row& there, const feedback_row& row) {
  const bool same_score =
      !row.score || (there.score && std::abs(*there.score - *row.score) < 1e-6); // the database may round
  return same_score && (row.label.empty() || row.label == there.label) &&
         (row.comment.empty() || row.comment == there.comment);
}
/// Whether a row has the score that one that is there lacks: of that nothing was learned, so it may take its place.
inline bool fills_in(const feedback_row& there, const feedback_row& row) { return !there.score && row.score; }

/// A row as it stands in the log after it was to be appended.
struct appended_feedback {
  feedback_row row;
  bool fresh = false; // else it was there: the same key, request, signal and other model, and not without its score
};

/// What is known of a model, or of one for one tenant. Table learned_models.
struct learned_model {
  std::int64_t tenant_id = 0; // 0: for all of them
  std::int64_t model_id = 0;
  std::int64_t number = 0; // the row of the log that changed it last
  std::string bytes;       // read: empty when it has not changed since; written: empty when it is to go

  bool operator==(const learned_model&) const = default;
};

/// How much of what is known of a model an owner's ordinary keys have said. Table learned_shares.
struct learned_share {
  std::int64_t tenant_id = 0;
  std::int64_t model_id = 0;
  std::int64_t owner_id = 0;
  std::int64_t micro_results = 0; // as of `heard_at`; written: 0 when it is to go
  core::wall_time heard_at{};

  bool operator==(const learned_share&) const = default;
};

/// What was learned, as one table had it before migration 21: learned_state.
struct older_learned {
  std::string rules; // under which it was learned
  std::string bytes;
};

/// What was learned, or what of it has changed since some row of the log.
struct learned_parts {
  std::int64_t number = 0;            // the last row of the log that is in it
  std::vector<learned_model> models;  // read: all there are, those that have changed with their bytes
  std::vector<learned_share> shares;  // that have changed
  std::vector<std::int64_t> gone;     // models that were forgotten for good since
  std::optional<older_learned> older; // read from the start: nobody has taken it over yet
};

/// Learns rows of the log that are being appended, and says what has changed by that. `since`: what others have learned
/// before. It runs within the transaction, and what it says holds when that is committed.
using learn_rows = std::function<learned_parts(const learned_parts& since, std::span<const appended_feedback> rows)>;

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

  /// Appends rows in one transaction, in this order, and what is learned of them. Numbers are given in the order of the
  /// commits, whichever node appends, and nobody else learns meanwhile: so there is one order for all nodes. A row
  /// whose score is missing in the log (`fills_in`) takes the place of the one that is there, under a number of its
  /// own, with what that has said beside. When one of the others is there and says something else, none is appended.
  /// `known`: the row up to which the caller knows what was learned, 0: nothing. `learn` is called once, also when
  /// nothing is new.
  virtual result<std::vector<appended_feedback>> append_feedback(std::span<const feedback_row> rows, std::int64_t known,
                                                                 const learn_rows& learn) = 0;
  /// What was learned of the rows behind `number`. Bytes that the secret key does not open are missing.
  virtual result<learned_parts> learned_after(std::int64_t number) = 0;
  /// In the order of their numbers, those above `after`.
  virtual result<std::vector<feedback_row>> feedback_after(std::int64_t after, int limit) = 0;
  /// The newest first, with numbers below `before` (0: from the newest on), without imprints.
  virtual result<std::vector<feedback_row>> list_feedback(const feedback_filter& filter, std::int64_t before,
                                                          int limit) = 0;
  /// Removes up to `limit` rows that were given before `past`; how many those were.
  virtual result<std::size_t> remove_feedback(core::wall_time past, int limit) = 0;
};

} // namespace logos::storage
