// SPDX-License-Identifier: MIT
#include "actors/learning/advice.hpp"

#include "actors/classification/impression.hpp"

#include <algorithm>

namespace logos::learning {

std::vector<classification::estimate> advise(const classification::learned& known, std::int64_t tenant,
                                             const classification::reading& asked, core::wall_time now,
                                             std::span<classification::candidate> into) {
  std::vector<classification::estimate> found(into.size());
  if (into.empty()) return found;
  const auto about = known.about(classification::imprint_of(asked));
  if (known.estimates() == 0) {
    found.assign(into.size(), known.ask(tenant, 0, about, now)); // of all the same
    return found;
  }
  double sum = 0;
  for (std::size_t i = 0; i < into.size(); ++i) {
    found[i] = known.ask(tenant, into[i].model_id, about, now);
    sum += found[i].quality;
  }
  const double mean = sum / static_cast<double>(into.size());
  for (std::size_t i = 0; i < into.size(); ++i)
    into[i].learned = std::clamp(2 * (found[i].quality - mean), -1.0, 1.0);
  return found;
}

} // namespace logos::learning
