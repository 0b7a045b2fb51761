// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <vector>

namespace logos::administration {

struct weighed {
  std::int64_t id = 0;
  std::int64_t weight = 0;
};

/// Where a new model comes to stand.
struct placement {
  std::int64_t weight = 0;
  std::vector<weighed> moved; // who had to make room, with their new weights
};

/// A weight above that of `worse` (0: below all) and below the next better one. Upstream keeps its weights 8 apart;
/// where there is no number between two, all better ones move up by 8. Others are left alone.
placement weight_above(std::vector<weighed> others, std::int64_t worse);

} // namespace logos::administration
