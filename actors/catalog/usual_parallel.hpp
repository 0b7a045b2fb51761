// SPDX-License-Identifier: MIT
#pragma once
#include "core/vocabulary.hpp"

#include <cstdint>

namespace logos::catalog {

/// How many requests are in flight per model of a provider whose operator does not say (`parallel` 0), until its server
/// has said, or shown, how many it takes: llama.cpp tells its slots, vLLM what waits inside it, Ollama its version.
/// An Open WebUI never says anything, so that its number stands. 0: services of others, for which 0 is no limit.
constexpr std::uint32_t usual_parallel(core::provider_type type) {
  switch (type) {
  case core::provider_type::ollama:
  case core::provider_type::openwebui: return 4;
  case core::provider_type::custom: return 16;
  case core::provider_type::vllm: return 64;
  case core::provider_type::openai:
  case core::provider_type::azure:
  case core::provider_type::anthropic: break;
  }
  return 0;
}

} // namespace logos::catalog
