// SPDX-License-Identifier: MIT
// What a decision costs: of 50 models those are found that may serve, a body of 4,000 tokens is read and encoded, what
// is measured of each is looked up, what results have taught of it is asked, all are scored, and the statistics are
// written. Besides the mean it tells percentiles, over single decisions, in µs.
#include "actors/classification/decider.hpp"
#include "actors/classification/impression.hpp"
#include "actors/learning/advice.hpp"
#include "net/json_look.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
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
  std::shared_ptr<logos::catalog::snapshot> catalog = std::make_shared<logos::catalog::snapshot>();
  std::shared_ptr<logos::scheduling::outlooks> seen = std::make_shared<logos::scheduling::outlooks>();
  std::shared_ptr<decision_rules> rules = std::make_shared<decision_rules>();

  /// `count` models, each at a provider of its own, priced, measured, and with so many examples.
  fleet(std::size_t count, std::size_t each) {
    constexpr std::array words{"code",  "math",     "german", "vision",    "fast",    "cheap",
                               "legal", "medicine", "chat",   "reasoning", "writing", "tools"};
    auto& s = *catalog;
    std::vector<logos::accounting::price> prices;
    s.models.reserve(count);
    s.providers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto id = static_cast<std::int64_t>(i) + 1;
      const auto w = static_cast<std::int32_t>(i % 7) * 8 - 24;
      logos::catalog::model m;
      m.id = id;
      m.name = "family" + std::to_string(i % 9) + ":" + std::to_string(i) + "b-instruct";
      m.tags =
          std::string{words[i % words.size()]} + " " + words[(i * 5 + 1) % words.size()] + " m" + std::to_string(i);
      m.description = "A model for " + m.tags + ": " + sentences[i % sentences.size()];
      m.weight_accuracy = w;
      m.weight_quality = -w;
      m.weight_latency = w / 2;
      m.weight_cost = 8;
      m.context_tokens = 128'000;
      s.models.push_back(std::move(m));
      logos::catalog::provider p;
      p.id = id;
      p.name = "provider-" + std::to_string(id);
      s.providers.push_back(std::move(p));
      logos::catalog::deployment d;
      d.id = id;
      d.model = &s.models.back();
      d.provider = &s.providers.back();
      s.deployments.push_back(std::move(d));
      for (const auto type : {logos::core::token_type::prompt, logos::core::token_type::completion}) {
        logos::accounting::price price;
        price.model_id = id;
        price.type = type;
        price.per_k_tokens = 1000 + 77 * id;
        prices.push_back(price);
      }
      auto& o = *seen->of(id);
      o.here = o.open = true;
      o.places = 4;
      o.taken = static_cast<std::uint32_t>(i % 5);
      o.service_us = 900'000;
      o.first_token_us = 200'000 + static_cast<std::int64_t>(i) * 13'000;
      o.failed_permille = i % 10 == 0 ? 100 : 0;
      for (std::size_t e = 0; e < each; ++e)
        rules->examples.push_back(
            {s.models.back().name, {}, sentences[(i + e) % sentences.size()], e % 5 == 4 ? -1.F : 1.F});
    }
    s.prices = logos::accounting::price_book{std::move(prices)};
    logos::catalog::principal root;
    root.process_id = 1;
    root.root = true;
    s.principals.push_back(std::move(root));
    s.index();
  }
};

/// What so many results of each model have taught, about questions that are made of the sentences.
std::shared_ptr<const learned> taught(std::size_t models, std::size_t results) {
  learner out;
  scorer reader;
  for (std::size_t i = 0; i < results; ++i) {
    const auto body = body_of(0, 40 + i * 37 % 900);
    const auto read = reader.read_copying(body, built_in_encoder());
    lesson l;
    l.trusted = true;
    l.about = std::make_shared<const imprint>(imprint_of(*read));
    for (std::size_t m = 0; m < models; ++m) {
      l.model = static_cast<std::int64_t>(m) + 1;
      l.score = (i * 7 + m * (i % 9)) % 10 < 6 ? 1.F : 0.F;
      out.learn(l);
    }
  }
  return out.publish();
}

learned_source advice_of(const std::shared_ptr<const learned>& known, const logos::core::clock& clock) {
  return [known, &clock](const logos::catalog::principal&, const reading& asked, std::span<candidate> into) {
    benchmark::DoNotOptimize(logos::learning::advise(*known, 0, asked, clock.wall(), into));
  };
}

void decide(benchmark::State& state) {
  const fleet f{static_cast<std::size_t>(state.range(1)), static_cast<std::size_t>(state.range(2))};
  const auto body = body_of(static_cast<int>(state.range(0)), prompt_bytes);
  logos::catalog::policy policy;
  policy.name = "balanced";
  policy.threshold_quality = highest_wanted;
  policy.topic = "code";
  const selection_input in{*f.catalog, f.catalog->principals[0], nullptr, &policy, "", 0, {}};
  const auto& clock = logos::core::system_clock();
  const subject what{body, 4'600, 4'000, clock.wall()};
  // Of each model so many results; 0: nobody has learned anything.
  const auto results = static_cast<std::size_t>(state.range(3));
  const auto known = taught(results == 0 ? 0 : static_cast<std::size_t>(state.range(1)), results);
  decider d{f.seen, advice_of(known, clock), clock};
  if (!d.decide(in, f.catalog, what, f.rules, 50).asked) return state.SkipWithError("the body was not read");
  std::vector<double> times;
  times.reserve(1 << 20);
  for ([[maybe_unused]] auto _ : state) {
    const auto begun = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(d.decide(in, f.catalog, what, f.rules, 50));
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
    ->ArgNames({"where", "models", "examples", "results"})
    ->Args({0, 50, 0, 0})
    ->Args({1, 50, 0, 0})
    ->Args({2, 50, 0, 0})
    ->Args({0, 50, 10, 0})
    ->Args({1, 50, 20, 0})
    ->Args({0, 50, 0, 20})
    ->Args({0, 50, 0, 400})
    ->Args({1, 50, 0, 400})
    ->Args({2, 50, 20, 400})
    ->Args({0, 200, 5, 0})
    ->Args({0, 200, 5, 100})
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

void make_imprint(benchmark::State& state) {
  const auto body = body_of(0, prompt_bytes);
  scorer reader;
  const auto read = reader.read_copying(body, built_in_encoder());
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(imprint_of(*read));
}
BENCHMARK(make_imprint)->Unit(benchmark::kMicrosecond);

/// What is known of one model after so many results.
void ask_learned(benchmark::State& state) {
  const auto known = taught(50, static_cast<std::size_t>(state.range(0)));
  const auto body = body_of(0, prompt_bytes);
  scorer reader;
  const auto about = known->about(imprint_of(*reader.read_copying(body, built_in_encoder())));
  std::int64_t model = 0;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(known->ask(0, 1 + model++ % 50, about, {}));
}
BENCHMARK(ask_learned)->ArgName("results")->Arg(20)->Arg(400);

/// How the candidates are found and measured, scored and described: a decision about a prompt of one word.
void choose_candidates(benchmark::State& state) {
  const fleet f{50, static_cast<std::size_t>(state.range(0))};
  const auto body = body_of(0, 1);
  const selection_input in{*f.catalog, f.catalog->principals[0], nullptr, nullptr, "", 0, {}};
  decider d{f.seen, {}, logos::core::system_clock()};
  const subject what{body, 600, 1, logos::core::system_clock().wall()};
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(d.decide(in, f.catalog, what, f.rules, static_cast<std::size_t>(state.range(1))));
}
BENCHMARK(choose_candidates)
    ->ArgNames({"examples", "shown"})
    ->Args({0, 50})
    ->Args({0, 0})
    ->Args({20, 50})
    ->Unit(benchmark::kMicrosecond);

} // namespace

BENCHMARK_MAIN();
