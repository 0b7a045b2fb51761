// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/policy.hpp"
#include "simulator/residency.hpp"

#include <unordered_map>
#include <vector>

namespace logos::bench {

/// An Ollama server that plans its own memory: what it decides, by the simulator's model of it, is carried out on the
/// machine. To be told of everything that the machine tells a policy.
class ollama_server {
public:
  explicit ollama_server(machine& m);

  /// A request is sent to it. One that it answers with 503 is refused on the machine.
  void enter(const job& j);
  void ended(const job& j);
  /// After any event.
  void pump();

private:
  machine& machine_;
  simulator::residency residency_;
  std::unordered_map<simulator::residency::ticket, job_index> inside_;
  std::vector<simulator::residency::ticket> tickets_; // by job
  instant armed_for_ = never;
};

/// Nothing before it: whatever arrives is sent on at once.
contender raw_ollama();

} // namespace logos::bench
