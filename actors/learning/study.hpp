// SPDX-License-Identifier: MIT
#pragma once
#include "actors/learning/board.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace logos::learning {

/// Opens a store for the calling thread.
using store_factory = std::function<storage::result<std::unique_ptr<storage::store>>()>;

/// Learns from the log of feedback in the database, row by row in the order of their numbers. Every node does, from the
/// same rows under the same rules, and so all know the same. What was learned is written down now and then: a start
/// needs that and the rows after it. One thread; blocks.
class study {
public:
  struct rules {
    classification::learning_rules learn{};
    std::int64_t rows_between = 256;                       // of the log, between two times that it is written down
    std::chrono::seconds time_between{300};                // at most, if there is anything new
    std::chrono::milliseconds keep{std::chrono::days{90}}; // rows of the log that are in what was learned; 0: for ever
  };
  /// `shows` and `clock` outlive it.
  study(store_factory open, const rules& by, board& shows, const core::clock& clock);

  /// Appends rows and learns all there is in the log by then. What it answers is on the board.
  storage::result<std::vector<storage::appended_feedback>> write(std::span<const storage::feedback_row> rows);
  /// Learns up to `most` rows that were appended since; how many those were.
  storage::result<std::size_t> read(std::size_t most);
  /// Learns all rows that were appended since.
  storage::result<void> read_all();
  /// Writes down what was learned, and removes rows that nobody needs any more, when it is time.
  void keep_order();
  /// Writes down what was learned since the last time.
  storage::result<void> write_down();
  /// Forgets models of these that are gone for good: the database says so, not a catalog that does not have them now.
  void forget_removed(std::span<const std::int64_t> missing);

  std::int64_t number() const { return number_; }
  std::int64_t written_down() const { return written_down_; }
  /// Why the database is not there; empty: it is, as far as is known.
  const std::string& trouble() const { return trouble_; }
  std::vector<std::int64_t> models() const { return learner_.now().models(); }
  /// Whether a model was forgotten for good: nothing more is learned of it.
  bool is_gone(std::int64_t model) const { return learner_.is_gone(model); }

private:
  storage::result<void> begin();
  core::failure failed(core::failure why);
  void learn(const storage::feedback_row& row);
  void show();

  store_factory open_;
  rules rules_;
  board& shows_;
  const core::clock& clock_;
  std::unique_ptr<storage::store> store_;
  classification::learner learner_;
  bool begun_ = false;      // what was learned before has been read
  std::int64_t number_ = 0; // of the last row that was learned
  std::int64_t written_down_ = 0;
  core::steady_time looked_at_{}; // when it was last seen to
  core::steady_time tidied_at_{};
  std::string trouble_;
};

/// Learning rules in words: who learned under others has to learn from the start.
std::string in_words(const classification::learning_rules& rules);
/// A row as something to learn. One without a score or an imprint teaches nothing.
classification::lesson lesson_of(const storage::feedback_row& row);

} // namespace logos::learning
