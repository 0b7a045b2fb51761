// SPDX-License-Identifier: MIT
#pragma once
#include "replay/runner.hpp"

#include <chrono>
#include <iosfwd>
#include <string>
#include <string_view>

namespace logos::replay {

/// `12.3 s: 45 of 600 sent, 12 running, 33 done, 2 of them failed`
std::string progress_text(const counts& c, std::chrono::milliseconds since_begin);

/// Tells how far something is: on a terminal in one line that is written over, elsewhere in lines of its own, fewer of
/// them. One thread.
class progress {
public:
  progress(std::ostream& out, bool terminal) : out_{out}, terminal_{terminal} {}

  /// How long to wait between two calls of `show`.
  std::chrono::milliseconds interval() const {
    return terminal_ ? std::chrono::milliseconds{200} : std::chrono::seconds{10};
  }
  void show(std::string_view text);
  /// A line that stays.
  void say(std::string_view text);

private:
  std::ostream& out_;
  bool terminal_;
  bool open_ = false; // the cursor stands in a line that is to be written over
};

} // namespace logos::replay
