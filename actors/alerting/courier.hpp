// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <string>

namespace logos::alerting {

/// An alert that is ready to be sent.
struct letter {
  std::string url;
  std::string alert_id;
  std::string signature;
  std::string body;
};

/// Carries letters to their receivers.
class courier {
public:
  virtual ~courier() = default;
  /// May block for as long as a name server takes, within limits. `done` is called once, from any thread, with why it
  /// was not taken; empty: it was.
  virtual void deliver(const letter& what, std::function<void(std::string why_not)> done) = 0;
};

} // namespace logos::alerting
