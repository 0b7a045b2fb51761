// SPDX-License-Identifier: MIT
#include "actors/classification/aptitude/exploration.hpp"

#include <cmath>
#include <numbers>

namespace logos::classification {
namespace {

/// SplitMix64: any seed is a good one.
class draws {
public:
  explicit draws(std::uint64_t seed) : state_{seed} {}

  /// 0 < u < 1.
  double uniform() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return (static_cast<double>((z ^ (z >> 31)) >> 12) + 0.5) * 0x1p-52;
  }
  /// Box and Muller's, one of the two.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

private:
  std::uint64_t state_;
};

} // namespace

std::optional<std::size_t> explore(std::span<const estimate> candidates, const exploration_rules& rules,
                                   const core::uuid& request) {
  if (!(rules.share > 0) || candidates.size() < 2) return std::nullopt;
  draws from{rules.seed ^ (request.high() * 0x9e3779b97f4a7c15ULL) ^ request.low()};
  if (from.uniform() >= rules.share) return std::nullopt;
  std::size_t best = 0;
  double highest = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto& c = candidates[i];
    const double drawn =
        c.mean + std::sqrt(std::max(0.0F, c.variance)) * from.normal(); // one draw for each, used or not
    if (i != 0 && c.quality < candidates[0].quality - rules.most_loss) continue;
    if (i != 0 && drawn <= highest) continue;
    best = i;
    highest = drawn;
  }
  if (best == 0) return std::nullopt;
  return best;
}

} // namespace logos::classification
