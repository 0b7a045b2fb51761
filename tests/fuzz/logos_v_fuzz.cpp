// SPDX-License-Identifier: MIT
#include "actors/classification/logos_v.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

/// Arbitrary text behind the beginning of a name: what is read is within its bounds, and what is not is blamed at a
/// character of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace logos::classification;
  const auto name = "logos-v1__policy_" + std::string{reinterpret_cast<const char*>(data), size};
  const auto read = parse_logos_v(name);
  if (!read) {
    if (read.error().position < 1 || read.error().position > name.size() + 1 || read.error().message.empty())
      std::abort();
    static_cast<void>(refusal_of(name, read.error()));
    return 0;
  }
  for (const auto& threshold : {read->latency, read->accuracy, read->cost, read->quality})
    if (threshold && (*threshold < lowest_weight || *threshold > highest_weight)) std::abort();
  return 0;
}
