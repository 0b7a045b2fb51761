// SPDX-License-Identifier: MIT
#pragma once
#include "actors/messages.hpp"

#include <cstdint>
#include <string>

namespace logos::scheduling {

/// How much a provider's server takes at a time, where no operator says so: llama.cpp tells its slots, and an Ollama's
/// version tells what it does unless it is told otherwise. What it has said stands while it is away or says nothing.
/// One thread.
class supposition {
public:
  /// True: it is another one now.
  bool learn(const actors::provider_observation& seen);

  /// Of each model; 0: nothing is known.
  std::uint32_t each() const { return each_; }
  /// Of all models; 0: nothing is known, or as many as of each.
  std::uint32_t together() const { return together_; }
  /// For people, behind what follows from it: ": its server has 4 slots".
  const std::string& words() const { return words_; }

private:
  std::uint32_t each_ = 0;
  std::uint32_t together_ = 0;
  std::string words_;
};

} // namespace logos::scheduling
