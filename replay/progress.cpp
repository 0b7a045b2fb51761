// SPDX-License-Identifier: MIT
#include "replay/progress.hpp"

#include <cstdio>
#include <ostream>

namespace logos::replay {

std::string progress_text(const counts& c, std::chrono::milliseconds since_begin) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f s", std::chrono::duration<double>{since_begin}.count());
  auto text = std::string{seconds} + ": " + std::to_string(c.sent) + " of " + std::to_string(c.planned) + " sent, " +
              std::to_string(c.running()) + " running, " + std::to_string(c.ended) + " done";
  if (c.failed > 0) text += ", " + std::to_string(c.failed) + " of them failed";
  return text;
}

void progress::show(std::string_view text) {
  if (!terminal_) return say(text);
  out_ << '\r' << text << "\x1b[K" << std::flush; // to the line's end, whatever stood there
  open_ = true;
}

void progress::say(std::string_view text) {
  if (open_) out_ << "\r\x1b[K";
  open_ = false;
  out_ << text << std::endl;
}

} // namespace logos::replay
