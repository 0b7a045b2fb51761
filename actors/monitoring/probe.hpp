// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace logos::monitoring {

/// What came back of one look at a provider.
struct probe_answer {
  int status = 0;                  // HTTP; 0: nothing came back
  std::string body{};              // cut off never: an answer that is too long is a failure
  core::ec error = core::ec::none; // why nothing came back
  std::string message{};           // the same in words
};

/// How a MONITOR gets at its provider. Knows sockets, so that the MONITOR need not.
class probe {
public:
  virtual ~probe() = default;
  /// Asks for `path` (begins with a slash: `/api/ps`, `/v1/models`). Does not block; `done` is called at most once, on
  /// any thread, also after the probe is gone; not at all when the process is shutting down.
  virtual void fetch(std::string path, std::function<void(probe_answer)> done) = 0;
  /// Sends a JSON `body` to `path` of the server's own API and waits `at_most` for the whole answer; else as `fetch`.
  virtual void post(std::string path, std::string body, std::chrono::milliseconds at_most,
                    std::function<void(probe_answer)> done) = 0;
};

} // namespace logos::monitoring
