// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/facts.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace logos::bench {

enum class arrivals : std::uint8_t { even, poisson, bursty };
enum class mix : std::uint8_t { uniform, zipf, phases };

/// What a generated workload is made of. The same recipe and seed always make the same workload.
struct recipe {
  std::string name{};
  server_facts server{};
  std::uint32_t requests = 600;
  span duration = std::chrono::minutes{10};
  arrivals coming = arrivals::even;
  /// Bursty: arrivals come only in the first `on` of every `period`.
  span period = std::chrono::seconds{60}, on = std::chrono::seconds{15};
  mix models = mix::uniform;
  double zipf = 2;                                // exponent; the first model is the hot one
  span phase = std::chrono::seconds{100};         // how long users stay with one model
  double prompt_median = 300, prompt_sigma = 0.9; // log-normal, tokens
  double answer_median = 120, answer_sigma = 0.7;
  double batch_part = 0; // of the requests; they are low, long, and come in blocks
  std::uint32_t keys = 10;
  double greedy_part = 0; // of the requests; they are the first key's and come in the first tenth of the time
};

workload make(const recipe& r, std::uint64_t seed);

/// Two cards of 16 GB as one memory, and three models of the 14B, 27B and 30B-A3B classes, of which no two fit together
/// or, with `pairs`, any two but not all three.
server_facts two_cards(bool pairs);
/// The same memory with five models that nothing was tuned for.
server_facts five_models();

/// The workloads of the benchmark: each kind in both memories.
std::vector<recipe> families();
/// What nobody tunes for: other models, other arrivals.
std::vector<recipe> untuned_families();

} // namespace logos::bench
