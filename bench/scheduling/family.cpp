// SPDX-License-Identifier: MIT
#include "bench/scheduling/family.hpp"

#include "simulator/text.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace logos::bench {
namespace {

/// The standard library's distributions differ between machines; these do not.
class chance {
public:
  explicit chance(std::uint64_t seed) : random_{seed} {}
  double uniform() { return (static_cast<double>(random_.next() >> 11) + 0.5) / 9007199254740992.0; }
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  double normal() {
    const auto radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  std::uint32_t tokens(double median, double sigma, double most) {
    return static_cast<std::uint32_t>(std::clamp(median * std::exp(sigma * normal()), 1.0, most));
  }
  /// 0 is the likeliest.
  std::uint32_t zipf(std::uint32_t n, double exponent) {
    double sum = 0;
    for (std::uint32_t i = 0; i < n; ++i)
      sum += std::pow(i + 1, -exponent);
    auto left = uniform() * sum;
    for (std::uint32_t i = 0; i + 1 < n; ++i)
      if ((left -= std::pow(i + 1, -exponent)) < 0) return i;
    return n - 1;
  }

private:
  simulator::sequence random_;
};

/// When request `i` comes, as a part of the whole duration.
instant arrival_of(const recipe& r, std::uint32_t i, chance& c) {
  const auto whole = to_seconds(r.duration);
  double at = 0;
  switch (r.coming) {
  case arrivals::even: at = whole * i / r.requests; break;
  // So many points of a Poisson process are uniform.
  case arrivals::poisson: at = whole * c.uniform(); break;
  case arrivals::bursty: {
    const auto bursts = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(r.duration / r.period));
    at = to_seconds(r.period) * static_cast<double>(c.below(bursts)) + to_seconds(r.on) * c.uniform();
  }
  }
  return instant{} + from_seconds(at);
}

model_index model_of(const recipe& r, instant arrival, chance& c) {
  const auto n = static_cast<std::uint32_t>(r.server.models.size());
  switch (r.models) {
  case mix::uniform: break;
  case mix::zipf: return c.zipf(n, r.zipf);
  case mix::phases:
    // Most have moved to the wave's model, some have stayed.
    if (c.below(10) < 8) return static_cast<model_index>((arrival - instant{}) / r.phase % n);
  }
  return static_cast<model_index>(c.below(n));
}

recipe named(std::string name, server_facts server) { return {.name = std::move(name), .server = std::move(server)}; }

} // namespace

workload make(const recipe& r, std::uint64_t seed) {
  chance c{simulator::stable_hash(r.name, seed)};
  workload w{.name = r.name, .server = r.server, .keys = r.keys};
  for (std::uint32_t i = 0; i < r.requests; ++i) {
    job j;
    j.batch = c.uniform() < r.batch_part;
    j.arrival = arrival_of(r, i, c);
    // Batches are handed in once a quarter of the time.
    if (j.batch) j.arrival = instant{} + r.duration / 4 * static_cast<std::int64_t>(c.below(4));
    j.model = model_of(r, j.arrival, c);
    j.prompt_tokens = c.tokens(r.prompt_median * (j.batch ? 2 : 1), r.prompt_sigma, 6000);
    j.answer_tokens = c.tokens(r.answer_median * (j.batch ? 1.5 : 1), r.answer_sigma, 1500);
    const auto dice = c.below(10);
    j.priority = j.batch ? 1 : dice < 2 ? 10 : dice < 8 ? 5 : 1;
    j.key = c.zipf(r.keys, 1);
    if (r.greedy_part > 0) {
      const bool greedy = c.uniform() < r.greedy_part;
      j.key = greedy ? 0 : 1 + static_cast<std::uint32_t>(c.below(r.keys - 1));
      if (greedy) j.arrival = instant{} + from_seconds(to_seconds(r.duration) / 10 * c.uniform());
    }
    j.deadline = j.batch ? span{std::chrono::minutes{10}} : span{std::chrono::seconds{60}};
    w.jobs.push_back(j);
  }
  settle(w);
  return w;
}

server_facts two_cards(bool pairs) {
  using std::chrono::milliseconds;
  server_facts s{.name = pairs ? "pairs fit" : "one fits", .vram_mb = 32'000};
  const auto vram = [pairs](std::uint64_t in_pairs, std::uint64_t alone) { return pairs ? in_pairs : alone; };
  s.models = {{"qwen3:14b", vram(11'000, 16'500), milliseconds{7000}, milliseconds{800}, 4, 1500, 32},
              {"gemma3:27b", vram(15'500, 20'500), milliseconds{12'000}, milliseconds{1200}, 4, 750, 17},
              {"qwen3:30b-a3b", vram(16'000, 21'000), milliseconds{13'000}, milliseconds{1200}, 4, 2000, 60}};
  return s;
}

server_facts five_models() {
  using std::chrono::milliseconds;
  server_facts s{.name = "five models", .vram_mb = 32'000};
  s.models = {{"llama3.1:8b", 7000, milliseconds{4000}, milliseconds{500}, 4, 2500, 50},
              {"gemma3:12b", 10'500, milliseconds{6000}, milliseconds{700}, 4, 1600, 36},
              {"mistral-small:24b", 16'000, milliseconds{10'500}, milliseconds{1100}, 2, 850, 20},
              {"qwen3:32b", 22'000, milliseconds{14'500}, milliseconds{1400}, 2, 650, 15},
              {"deepseek-r1:14b", 11'500, milliseconds{7000}, milliseconds{800}, 4, 1500, 32}};
  return s;
}

std::vector<recipe> families() {
  std::vector<recipe> all;
  for (const bool pairs : {false, true}) {
    const auto add = [&](std::string name) -> recipe& {
      all.push_back(named(name + (pairs ? ", pairs fit" : ", one fits"), two_cards(pairs)));
      // As much work as one well-kept server can just do: 0.8 to 0.9 of its slots' time if one model is there at a
      // time.
      all.back().answer_median = pairs ? 120 : 65;
      return all.back();
    };
    add("even");
    add("bursty").coming = arrivals::bursty;
    auto& light = add("light");
    light.coming = arrivals::poisson;
    light.prompt_median = 120;
    light.answer_median = 20;
    // So few that not even raw Ollama falls behind for good.
    auto& sparse = add("sparse");
    sparse.coming = arrivals::poisson;
    sparse.requests = 40;
    auto& hot = add("hot model");
    hot.coming = arrivals::poisson;
    hot.models = mix::zipf;
    auto& phases = add("phases");
    phases.coming = arrivals::poisson;
    phases.models = mix::phases;
    auto& batch = add("batch");
    batch.coming = arrivals::poisson;
    batch.batch_part = 0.4;
    batch.answer_median = pairs ? 90 : 45;
    auto& greedy = add("one greedy key");
    greedy.coming = arrivals::poisson;
    greedy.greedy_part = 0.4;
  }
  return all;
}

std::vector<recipe> untuned_families() {
  auto even = named("five models", five_models());
  even.coming = arrivals::poisson;
  even.requests = 400;
  auto waves = named("five models, bursty, Zipf", five_models());
  waves.coming = arrivals::bursty;
  waves.period = std::chrono::seconds{40};
  waves.on = std::chrono::seconds{8};
  waves.models = mix::zipf;
  waves.zipf = 1;
  waves.requests = 400;
  return {even, waves};
}

} // namespace logos::bench
