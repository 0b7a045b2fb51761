// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/learner.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace logos::classification {

/// A learner whose state does not depend on the order in which lessons come, so that nodes that hear of them in
/// different orders, or twice, agree in the end. Lessons are ordered by their times, then by their ids. The last
/// `window` of them are kept; one that comes late is put in its place, and what follows it is learned again from the
/// state before the window. One that is older than the whole window is learned last, and counted (`late`): only then
/// nodes may differ. Not thread-safe.
class course {
public:
  explicit course(learning_rules rules = {}, std::size_t window = 512);

  /// False when a lesson of this id is there already, which then changes nothing.
  bool add(lesson what);
  /// The learner after all lessons so far. Takes some ms when lessons came out of order since; else nothing.
  const learner& now();

  std::size_t kept() const { return window_.size(); }
  std::uint64_t late() const { return late_; }
  /// How often the window was learned again.
  std::uint64_t repeats() const { return repeats_; }

  /// What is known of a model that is gone, and its lessons.
  void forget_model(std::int64_t model);
  /// The learner's bytes; lessons in the window are part of what was learned.
  std::string bytes() { return now().bytes(); }
  /// As learner::restore. The window is empty afterwards: lessons from before must not come again.
  std::string restore(std::string_view bytes);

private:
  learner before_; // all lessons that have left the window
  learner now_;
  std::deque<lesson> window_;
  std::size_t size_;
  bool in_order_ = true; // now_ is before_ and the whole window
  std::uint64_t late_ = 0, repeats_ = 0;
  core::wall_time left_{}; // the last lesson that has left the window
  core::uuid left_id_{};
};

} // namespace logos::classification
