// SPDX-License-Identifier: MIT
#include "bench/classification/trial.hpp"

#include <algorithm>
#include <memory>
#include <random>

namespace logos::bench {
namespace {

using classification::learner;
using classification::lesson;

constexpr std::int64_t weak = 1, strong = 2;

struct fold {
  std::vector<const labelled*> train{}, test{};
};

std::vector<fold> folds_of(const labelled_set& set, const trial& how) {
  const std::size_t count = how.other_domains ? 7 : how.held_out ? 1 : 3;
  std::vector<fold> out(count);
  std::size_t number = 0;
  for (const auto& p : set.prompts) {
    if (!p.held_out) ++number;
    for (std::size_t f = 0; f < count; ++f) {
      const bool is_domain = how.other_domains && p.domain_index % count == f;
      const bool is_part = !how.other_domains && !how.held_out && number % count == f;
      if (p.held_out) {
        if (how.held_out && (is_domain || !how.other_domains)) out[f].test.push_back(&p);
      } else if (!how.held_out && (is_domain || is_part)) {
        out[f].test.push_back(&p);
      } else if (!is_domain) {
        out[f].train.push_back(&p);
      }
    }
  }
  return out;
}

/// A stream of results, in an order and with a luck that the seed says.
void teach(learner& who, std::vector<const labelled*> from, const truth& world, const trial& how) {
  std::mt19937_64 draws{how.seed};
  for (std::size_t i = from.size(); i > 1; --i) // std::shuffle is not the same everywhere
    std::swap(from[i - 1], from[draws() % i]);
  if (how.most != 0 && from.size() > how.most) from.resize(how.most);
  const auto luck = [&] { return static_cast<double>(draws() >> 11) * 0x1p-53; };
  auto now = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  for (const auto* p : from) {
    const auto is = world.of(*p);
    const bool only_weak = luck() < 0.5;
    for (const auto model : {weak, strong}) {
      bool success = luck() < (model == weak ? is.weak : is.strong);
      if (how.wrong > 0 && luck() < how.wrong) success = !success;
      if (how.one_model && only_weak != (model == weak)) continue;
      lesson l;
      l.when = now += std::chrono::seconds{1};
      l.model = model;
      l.trusted = true;
      l.score = success ? 1 : 0;
      l.about = {std::shared_ptr<const void>{}, &p->seen}; // the set outlives the trial
      who.learn(l);
    }
  }
}

} // namespace

trial_result run(const labelled_set& set, const truth& world, const trial& how) {
  std::vector<chances> of;
  std::vector<double> learned, length, gain;
  for (const auto& f : folds_of(set, how)) {
    learner who{how.rules};
    teach(who, f.train, world, how);
    for (const auto* p : f.test) {
      const core::wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
      of.push_back(world.of(*p));
      learned.push_back(double{who.now().ask(0, strong, p->seen, now).quality} -
                        who.now().ask(0, weak, p->seen, now).quality);
      length.push_back(static_cast<double>(p->text.size()));
      gain.push_back(of.back().gain());
    }
  }
  return {recovered(of, learned), recovered(of, length), recovered(of, gain)};
}

} // namespace logos::bench
