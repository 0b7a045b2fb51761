// SPDX-License-Identifier: MIT
// What a decision costs: a body of 4,000 tokens is read and 50 models are scored, with labelled examples. Besides the
// mean it tells percentiles, over single decisions, in µs.
#include "actors/classification/scoring/scorer.hpp"
#include "net/json_look.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace logos::classification;

constexpr std::size_t prompt_bytes = 16'000; // 4,000 tokens

constexpr std::array sentences{
    "Please explain why the scheduler prefers short requests when the queue is long.",
    "The customer wrote that the invoice of March 2024 was paid twice, and asks for 129.50 EUR back.",
    "for (auto& item : items) { total += item.price * item.count; }\\n",
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
    "- compare both designs\\n- list their costs\\n",
    "Der Vertrag endet am 31. Dezember, wenn er nicht vorher gek\\u00fcndigt wird.",
    "She opened the letter, read it twice, and said: \\\"We must leave tonight.\\\"",
    "Integrate x^2 + 3x from 0 to 5 and simplify the fraction.",
    "{\\\"name\\\": \\\"ada\\\", \\\"born\\\": 1815}"};

std::string text_of(std::size_t bytes, std::size_t from) {
  std::string out;
  while (out.size() < bytes)
    out.append(sentences[from++ % sentences.size()]).append(" ");
  return out;
}

/// `where`: 0 all in the question, 1 all in the system prompt, 2 a conversation.
std::string body_of(int where, std::size_t bytes) {
  const auto message = [](std::string_view role, const std::string& content) {
    return std::string{R"({"role":")"}.append(role).append(R"(","content":")").append(content).append("\"}");
  };
  std::string messages;
  if (where == 0) messages = message("user", text_of(bytes, 0));
  if (where == 1) messages = message("system", text_of(bytes, 0)) + "," + message("user", "Why is the sky blue?");
  if (where == 2) {
    messages = message("system", text_of(bytes / 8, 3));
    for (std::size_t i = 0; i < 7; ++i)
      messages += "," + message(i % 2 == 0 ? "user" : "assistant", text_of(bytes / 8, i));
  }
  auto body = R"({"stream":true,"messages":[)" + messages + R"(],"tools":[{"type":"function"}]})";
  body.reserve(body.size() + logos::net::json_padding);
  return body;
}

struct fleet {
  std::vector<std::string> tags, texts;
  std::vector<described_model> models;
  std::vector<labelled_example> examples;
  std::vector<candidate> candidates;

  explicit fleet(std::size_t count, std::size_t each) {
    constexpr std::array words{"code",  "math",     "german", "vision",    "fast",    "cheap",
                               "legal", "medicine", "chat",   "reasoning", "writing", "tools"};
    for (std::size_t i = 0; i < count; ++i) {
      tags.push_back(std::string{words[i % words.size()]} + " " + words[(i * 5 + 1) % words.size()] + " family" +
                     std::to_string(i % 9) + " m" + std::to_string(i));
      texts.push_back("A model for " + tags.back() + ": " + sentences[i % sentences.size()]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto id = static_cast<std::int64_t>(i) + 1;
      const auto w = static_cast<std::int32_t>(i % 7) * 8 - 24;
      models.push_back({id, tags[i], texts[i], {w, -w, w / 2, 8}});
      for (std::size_t e = 0; e < each; ++e)
        examples.push_back({id, {}, sentences[(i + e) % sentences.size()], e % 5 == 4 ? -1.F : 1.F});
      auto& c = candidates.emplace_back();
      c.model_id = id;
      c.seen = {std::chrono::milliseconds{200 + 13 * i}, std::chrono::milliseconds{i % 4}, 1000 + 77 * id,
                i % 10 == 0 ? 0.1 : 0.0, 128'000};
      c.learned = 0.01 * static_cast<double>(i % 5);
    }
  }
};

void decide(benchmark::State& state) {
  const fleet f{static_cast<std::size_t>(state.range(1)), static_cast<std::size_t>(state.range(2))};
  const knowledge known{f.models, f.examples, built_in_encoder()};
  const auto body = body_of(static_cast<int>(state.range(0)), prompt_bytes);
  scorer s;
  std::vector<double> times;
  times.reserve(1 << 20);
  for ([[maybe_unused]] auto _ : state) {
    const auto begun = std::chrono::steady_clock::now();
    const auto asked = s.read(body, known.with());
    if (!asked) return state.SkipWithError("the body was not read");
    benchmark::DoNotOptimize(s.score(known, *asked, f.candidates, default_balance()));
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun).count());
  }
  std::sort(times.begin(), times.end());
  const auto percentile = [&](double p) {
    return times[static_cast<std::size_t>(p * static_cast<double>(times.size() - 1))];
  };
  state.counters["p50_us"] = percentile(0.50);
  state.counters["p99_us"] = percentile(0.99);
  state.counters["p999_us"] = percentile(0.999);
}
BENCHMARK(decide)
    ->ArgNames({"where", "models", "examples"})
    ->Args({0, 50, 0})
    ->Args({1, 50, 0})
    ->Args({2, 50, 0})
    ->Args({0, 50, 10})
    ->Args({1, 50, 20})
    ->Args({0, 200, 5})
    ->Unit(benchmark::kMicrosecond);

// The parts of a decision.
void read_text(benchmark::State& state) {
  const auto body = body_of(static_cast<int>(state.range(0)), prompt_bytes);
  conversation_reader reader;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(reader.read(body));
}
BENCHMARK(read_text)->ArgName("where")->DenseRange(0, 2)->Unit(benchmark::kMicrosecond);

void extract_features(benchmark::State& state) {
  const auto body = body_of(0, prompt_bytes);
  conversation_reader reader;
  const auto text = reader.read(body);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(extract(*text));
}
BENCHMARK(extract_features)->Unit(benchmark::kMicrosecond);

void encode_question(benchmark::State& state) {
  const auto body = body_of(0, prompt_bytes);
  conversation_reader reader;
  const auto text = reader.read(body);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(built_in_encoder().encode(text->question));
}
BENCHMARK(encode_question)->Unit(benchmark::kMicrosecond);

void score_candidates(benchmark::State& state) {
  const fleet f{50, static_cast<std::size_t>(state.range(1))};
  const knowledge known{f.models, f.examples, built_in_encoder()};
  const auto body = body_of(static_cast<int>(state.range(0)), prompt_bytes);
  scorer s;
  const auto asked = s.read(body, known.with());
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(s.score(known, *asked, f.candidates, default_balance()));
}
BENCHMARK(score_candidates)
    ->ArgNames({"where", "examples"})
    ->Args({0, 0})
    ->Args({1, 0})
    ->Args({0, 20})
    ->Unit(benchmark::kMicrosecond);

} // namespace

BENCHMARK_MAIN();
