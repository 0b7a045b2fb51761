// SPDX-License-Identifier: MIT
#pragma once
#include "actors/learning/notebook.hpp"
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

/// Learns what is appended to the log of feedback, and writes down what was learned in the same transaction, in which
/// nobody else appends: there is one order for all nodes. What others have learned is read, not learned again; so all
/// know the same, and the log need not hold what its rows are about. One thread; blocks.
class study {
public:
  struct rules {
    classification::learning_rules learn{};
    std::chrono::milliseconds keep{std::chrono::days{90}}; // rows of the log; 0: for ever
  };
  /// `shows` and `clock` outlive it.
  study(store_factory open, const rules& by, board& shows, const core::clock& clock);

  /// Appends rows and learns them. What it answers is on the board.
  storage::result<std::vector<storage::appended_feedback>> write(std::span<const noted> rows);
  /// Whether one of the rows that were written last has taught anything: what is known of a model changed by it.
  bool taught(std::size_t row) const { return row < taught_.size() && taught_[row]; }
  /// Reads what others have learned since.
  storage::result<void> read();
  /// Removes rows that are older than they are kept, when it is time.
  void tidy();
  /// Forgets models of these that are gone for good: the database says so, not a catalog that does not have them now.
  void forget_removed(std::span<const std::int64_t> missing);

  /// The last row of the log that is in what is known.
  std::int64_t number() const { return number_; }
  /// Why the database is not there; empty: it is, as far as is known.
  const std::string& trouble() const { return trouble_; }
  std::vector<std::int64_t> models() const { return learner_.now().models(); }

private:
  storage::result<void> begin();
  core::failure failed(core::failure why);
  void take(const storage::learned_parts& news);
  void take_over(const storage::older_learned& older);
  storage::learned_parts changes();
  void show(std::int64_t before);

  store_factory open_;
  rules rules_;
  board& shows_;
  const core::clock& clock_;
  std::unique_ptr<storage::store> store_;
  classification::learner learner_;
  std::vector<bool> taught_; // by the rows that were written last
  bool sound_ = false;       // what is in `learner_` is in the database, too: else it is read anew
  std::int64_t number_ = 0;  // of the last row that is in what is known
  core::steady_time tidied_at_{};
  std::string trouble_;
};

/// Learning rules in the words that stand beside what was learned before migration 21.
std::string in_words(const classification::learning_rules& rules);
/// A row as something to learn. One without a score or an imprint teaches nothing.
classification::lesson lesson_of(const noted& what);

} // namespace logos::learning
