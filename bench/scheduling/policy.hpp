// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/machine.hpp"

#include <functional>
#include <memory>
#include <string>

namespace logos::bench {

/// Who decides which model is loaded and which job is served next. It is told what has happened, by then part of the
/// machine's state, and may act on the machine in every call. One run each.
class policy {
public:
  policy() = default;
  policy(const policy&) = delete;
  policy& operator=(const policy&) = delete;
  virtual ~policy() = default;

  virtual void arrived(const job& j) = 0;
  virtual void first_token(const job&) {}
  virtual void ended(const job& j) = 0;
  virtual void loaded(model_index) {}
  virtual void unloaded(model_index) {}
  virtual void timer() {}
};

/// Makes a policy for one run; the machine outlives it.
using policy_maker = std::function<std::unique_ptr<policy>(machine&)>;

struct contender {
  std::string name{};
  policy_maker make{};
};

/// How long after the last arrival a run is given up; who waits then is refused.
inline constexpr span patience = std::chrono::hours{6};

/// Runs a workload from its first arrival until nothing can happen any more.
trace run(const workload& w, const policy_maker& make);

} // namespace logos::bench
