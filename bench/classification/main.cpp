// SPDX-License-Identifier: MIT
// How well results teach the choice between a weak and a strong model, and what that costs.
#include "bench/classification/made_up.hpp"
#include "bench/classification/sweep.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace logos::bench {
namespace {

struct options {
  std::string prompts{};
  bool tune = false;
  bool text_alone = false;
  bool sweep = false;
  std::size_t made_up = 0;
  std::size_t most = 0;
  unsigned seeds = 10;
  classification::learning_rules rules{};
};

void print_row(const std::string& name, const recovery& r) {
  std::printf("  %-12s %6.3f  ", name.c_str(), r.area);
  for (const double at : r.at)
    std::printf(" %6.2f", at);
  std::printf("\n");
}

void print(const labelled_set& set, const options& o, bool other_domains, bool one_model) {
  std::printf("\n%s, %s, %s; means of %u seeds\n", o.tune ? "tuning part" : "held-out prompts",
              other_domains ? "domains that nothing was learned of" : "domains that were met",
              one_model ? "each prompt tells of one model" : "each prompt tells of both models", o.seeds);
  std::printf("  %-12s %6s   %6s %6s %6s %6s %6s %6s %6s %6s %6s\n", "world", "area", "10 %", "20 %", "30 %", "40 %",
              "50 %", "60 %", "70 %", "80 %", "90 %");
  std::vector<recovery> learned, length, oracle;
  const auto worlds = truths(set.domains, 1).size();
  for (std::size_t w = 0; w < worlds; ++w) {
    std::vector<recovery> by_learned, by_length, by_oracle;
    std::string name;
    for (unsigned s = 0; s < o.seeds; ++s) {
      trial how{.held_out = !o.tune,
                .other_domains = other_domains,
                .one_model = one_model,
                .most = o.most,
                .seed = (o.tune ? 1 : 1000) + s,
                .rules = o.rules};
      const auto world = truths(set.domains, how.seed)[w];
      const auto r = run(set, world, how);
      name = world.name;
      by_learned.push_back(r.learned);
      by_length.push_back(r.by_length);
      by_oracle.push_back(r.oracle);
    }
    std::printf(" %s\n", name.c_str());
    print_row("learned", mean_of(by_learned));
    print_row("by length", mean_of(by_length));
    print_row("oracle", mean_of(by_oracle));
    if (name == "chance") continue; // nobody can learn it: it would only make the means smaller
    learned.push_back(mean_of(by_learned));
    length.push_back(mean_of(by_length));
    oracle.push_back(mean_of(by_oracle));
  }
  std::printf(" mean of all but chance (a choice by chance has 0.500)\n");
  print_row("learned", mean_of(learned));
  print_row("by length", mean_of(length));
  print_row("oracle", mean_of(oracle));
}

/// A line for each stream and world: areas, the share of the oracle's lead over chance that was found, and where what
/// was learned is least ahead of length.
void print_sweep(const labelled_set& set, const options& o) {
  std::printf("%-22s %-12s %8s %8s %8s   least ahead of length\n", "stream", "world", "learned", "length", "oracle");
  const auto worlds = truths(set.domains, 1);
  for (const auto& stream : streams()) {
    double all = 0, by_length = 0;
    for (std::size_t w = 0; w < worlds.size(); ++w) {
      if (worlds[w].name == "chance") continue; // nobody can learn it
      const auto r = mean_of_seeds(set, w, stream, !o.tune, o.seeds, o.rules);
      std::size_t least = 0;
      for (std::size_t i = 1; i < r.learned.at.size(); ++i)
        if (r.learned.at[i] - r.by_length.at[i] < r.learned.at[least] - r.by_length.at[least]) least = i;
      std::printf("%-22s %-12s %8.3f %8.3f %8.3f   %+.3f at %zu %%\n", stream.name.c_str(), worlds[w].name.c_str(),
                  r.learned.area, r.by_length.area, r.oracle.area, r.learned.at[least] - r.by_length.at[least],
                  10 * (least + 1));
      all += r.learned.area;
      by_length += r.by_length.area;
    }
    const auto n = static_cast<double>(worlds.size() - 1);
    std::printf("%-22s %-12s %8.4f %8.4f\n", stream.name.c_str(), "MEAN", all / n, by_length / n);
  }
}

/// Mean time of `what` in µs.
template <class What>
double micros(unsigned rounds, What what) {
  const auto from = std::chrono::steady_clock::now();
  for (unsigned i = 0; i < rounds; ++i)
    what(i);
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - from).count() / rounds;
}

void print_times(const labelled_set& set) {
  using namespace classification;
  std::string long_text;
  while (long_text.size() < 16'000)
    long_text += set.prompts[long_text.size() % set.prompts.size()].text + '\n';
  std::int64_t kept = 0;
  const auto& all = set.prompts;
  const double short_one =
      micros(20'000, [&](unsigned i) { kept += imprint_of({.text = all[i % all.size()].text}).numbers[1]; });
  const double long_one = micros(5'000, [&](unsigned) { kept += imprint_of({.text = long_text}).numbers[1]; });
  std::vector<float> encoded(64);
  for (std::size_t i = 0; i < encoded.size(); ++i)
    encoded[i] = static_cast<float>(drawn(i, "x")) - 0.5F;
  const auto full =
      imprint_of({.text = long_text, .turns = 3, .traits = std::span{encoded}.first(22), .embedding = encoded});
  const double with_all = micros(5'000, [&](unsigned) {
    kept += imprint_of({.text = long_text, .traits = std::span{encoded}.first(22), .embedding = encoded}).numbers[1];
  });
  learner who;
  lesson l;
  l.trusted = true;
  l.about = std::make_shared<const imprint>(full);
  const double learn = micros(20'000, [&](unsigned i) {
    l.model = 1 + i % 50;
    l.score = i % 3 != 0 ? 1.0F : 0.0F;
    who.learn(l);
  });
  float sum = 0;
  const double ask = micros(20'000, [&](unsigned i) { sum += who.now().ask(0, 1 + i % 50, full, {}).quality; });
  std::printf(
      "\ntimes in µs: imprint of a prompt of the set %.1f, of 16,000 characters %.1f, and with an encoder's vector "
      "%.1f; learn %.1f; ask %.2f (50 models)%s\n",
      short_one, long_one, with_all, learn, ask, kept + static_cast<std::int64_t>(sum) == 0 ? " " : "");
}

int start(int argc, char** argv) {
  options o;
  CLI::App app{
      "What a stream of (prompt, model, success) teaches about prompts that were not in it: how much of the gap "
      "between a weak and a strong model is recovered at each share of strong calls."};
  auto* const given = app.add_option_group("prompts");
  given->require_option(1);
  given->add_option("--prompts", o.prompts, "Labelled prompts: lines of domain, tab, 1 to 3, tab, prompt")
      ->check(CLI::ExistingFile);
  given->add_option("--made-up", o.made_up, "So many prompts that are put together from topics and forms");
  app.add_flag("--sweep", o.sweep, "Few and many results, wrong ones, other domains: a line for each");
  app.add_flag("--tune", o.tune, "Train and test within the part that is not held out");
  app.add_flag("--text-alone", o.text_alone, "Without features and encoder");
  app.add_option("--most", o.most, "Train on so many prompts at most");
  app.add_option("--seeds", o.seeds, "How many streams to take the mean of")->check(CLI::Range(1, 1000));
  auto& from = o.rules.from;
  app.add_option("--constant", from.constant, "Prior variance of the constant");
  app.add_option("--length", from.length, "… of each doubling of the length");
  app.add_option("--surface", from.surface, "… of each other number of the surface");
  app.add_option("--traits", from.traits, "… of each of the features");
  app.add_option("--meaning", from.meaning, "… of the encoder's direction");
  CLI11_PARSE(app, argc, argv);
  std::ifstream in{o.prompts};
  const auto imprints = o.text_alone ? of_text_alone : of_all_that_is_known;
  const auto set = o.made_up != 0 ? make_up(o.made_up, 7, imprints) : read_labelled(in, imprints);
  if (!set.problem.empty()) {
    std::cerr << o.prompts << ": " << set.problem << '\n';
    return 2;
  }
  std::size_t held_out = 0;
  for (const auto& p : set.prompts)
    held_out += p.held_out;
  std::printf("%zu prompts of %zu domains, %zu of them held out\n", set.prompts.size(), set.domains.size(), held_out);
  if (o.sweep) {
    print_sweep(set, o);
    return 0;
  }
  for (const bool other_domains : {false, true})
    for (const bool one_model : {false, true})
      print(set, o, other_domains, one_model);
  print_times(set);
  return 0;
}

} // namespace
} // namespace logos::bench

int main(int argc, char** argv) { return logos::bench::start(argc, argv); }
