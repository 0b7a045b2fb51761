// SPDX-License-Identifier: MIT
#pragma once
#include "bench/scheduling/policy.hpp"

#include <vector>

namespace logos::bench {

/// Everybody who decides as it goes, raw Ollama first. A scheduler that is to be compared is added here.
std::vector<contender> contenders();

} // namespace logos::bench
