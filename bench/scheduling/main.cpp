// SPDX-License-Identifier: MIT
// Compares schedulers on one server's workloads in virtual time.
#include "bench/scheduling/family.hpp"
#include "bench/scheduling/policies/contenders.hpp"
#include "bench/scheduling/report.hpp"
#include "bench/scheduling/search/bound.hpp"
#include "bench/scheduling/workload_file.hpp"
#include "simulator/spec.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <sstream>

namespace logos::bench {
namespace {

struct options {
  std::uint64_t seed = 1;
  unsigned held_out = 1;
  std::uint32_t iterations = 12'000;
  std::string match{};
  std::vector<std::string> files{};
  bool pairs = false;
  std::vector<std::string> models{};
  std::uint64_t vram_mb = 0;
  std::string json{};
};

/// What nobody could have done better, beside the best that somebody has done.
void bound(comparison& c) {
  auto all = std::numeric_limits<double>::infinity(), high = all;
  for (const auto& o : c.outcomes) {
    all = std::min(all, o.seen.all.p95);
    high = std::min(high, o.seen.high.p95);
  }
  c.least_p95 = least_p95(
      c.what, [](const job&) { return true; }, all);
  c.least_high_p95 = least_p95(
      c.what, [](const job& j) { return j.priority == 10; }, high);
}

comparison compare(workload w, std::uint64_t seed, bool held_out, std::uint32_t iterations) {
  comparison c{.what = std::move(w), .seed = seed, .held_out = held_out};
  std::vector<trace> runs;
  for (const auto& who : contenders()) {
    runs.push_back(run(c.what, who.make));
    c.outcomes.push_back(
        {.name = who.name, .seen = figures_of(c.what, runs.back()), .residences = runs.back().residences});
  }
  for (const bool keeps : {true, false}) {
    if (iterations == 0) break;
    auto found = search(c.what, runs, {.seed = seed, .iterations = iterations, .keeps_order = keeps});
    c.outcomes.push_back({.name = keeps ? "offline, in order" : "offline, free",
                          .seen = figures_of(c.what, found.run),
                          .residences = found.run.residences,
                          .offline = true,
                          .course = std::move(found.course)});
    runs.push_back(std::move(found.run));
  }
  bound(c);
  return c;
}

std::vector<comparison> compare_families(const options& o) {
  std::vector<comparison> all;
  const auto add = [&](const recipe& r, std::uint64_t seed, bool held_out) {
    if (r.name.find(o.match) == std::string::npos) return;
    all.push_back(compare(make(r, seed), seed, held_out, o.iterations));
    print(std::cout, all.back());
    std::cout.flush();
  };
  for (const auto& r : families()) {
    add(r, o.seed, false);
    for (unsigned i = 1; i <= o.held_out; ++i)
      add(r, o.seed + 1000 + i, true);
  }
  for (const auto& r : untuned_families())
    add(r, o.seed, true);
  return all;
}

/// The server that was described in the words of `logos simulate --ollama`, else the usual one.
boost::system::result<server_facts, core::failure> server_of(const options& o) {
  if (o.models.empty()) return two_cards(o.pairs);
  server_facts s{.name = "described", .vram_mb = o.vram_mb};
  for (const auto& text : o.models) {
    const auto m = simulator::parse_model(simulator::flavour::ollama, text);
    if (!m) return m.error();
    s.models.push_back({.name = m->name,
                        .vram_mb = m->vram_mb,
                        .load_time = m->load_time,
                        .unload_time = m->unload_time,
                        .parallel = m->parallel,
                        .prefill_tokens_per_s = m->prefill_tokens_per_s,
                        .tokens_per_s = m->tokens_per_s,
                        .answer_tokens = m->answer_tokens});
  }
  return s;
}

int run_bench(const options& o) {
  std::vector<comparison> all;
  const auto server = server_of(o);
  if (!server) {
    std::cerr << "logos_scheduling_bench: --model: " << server.error().message << '\n';
    return 1;
  }
  for (const auto& path : o.files) {
    std::ifstream file{path, std::ios::binary};
    std::stringstream text;
    text << file.rdbuf();
    auto w = read_workload(std::filesystem::path{path}.stem().string(), text.str(), *server);
    if (!file || !w) {
      std::cerr << "logos_scheduling_bench: " << path << ": " << (file ? w.error().message : "cannot be read") << '\n';
      return 1;
    }
    all.push_back(compare(std::move(*w), o.seed, true, o.iterations));
    print(std::cout, all.back());
  }
  if (o.files.empty()) all = compare_families(o);
  print_summary(std::cout, all);
  print_priorities(std::cout, all);
  if (o.json.empty()) return 0;
  std::ofstream out{o.json};
  write_json(out, all);
  return out.flush() ? 0 : 1;
}

} // namespace
} // namespace logos::bench

int main(int argc, char** argv) {
  CLI::App app{"Compares schedulers on one server in virtual time"};
  logos::bench::options o;
  app.add_option("--seed", o.seed, "Of the workloads and the search")->capture_default_str();
  app.add_option("--held-out", o.held_out, "Further seeds of each workload")->capture_default_str();
  app.add_option("--iterations", o.iterations, "Of each offline search; 0: none")->capture_default_str();
  app.add_option("--match", o.match, "Only workloads whose name has this");
  app.add_option("--workload", o.files, "CSV files instead of the generated workloads")->check(CLI::ExistingFile);
  app.add_flag("--pairs", o.pairs, "With --workload: models of which two fit together");
  app.add_option("--model", o.models,
                 "With --workload: a model of the server, as logos simulate --ollama has it, with its speeds and "
                 "parallel; several times");
  app.add_option("--vram-mb", o.vram_mb, "With --model: the server's memory");
  app.add_option("--json", o.json, "Where to write everything");
  CLI11_PARSE(app, argc, argv);
  return logos::bench::run_bench(o);
}
