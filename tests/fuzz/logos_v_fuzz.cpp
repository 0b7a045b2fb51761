// SPDX-License-Identifier: MIT
#include "actors/classification/logos_v.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

void check(const std::string& name) {
  using namespace logos::classification;
  const auto read = parse_logos_v(name);
  if (!read) {
    if (read.error().position < 1 || read.error().position > name.size() + 1 || read.error().message.empty())
      std::abort();
    static_cast<void>(refusal_of(name, read.error()));
    return;
  }
  for (const auto& threshold : {read->latency, read->accuracy, read->cost, read->quality})
    if (threshold && (*threshold < lowest_weight || *threshold > highest_weight)) std::abort();
  if (name.find("privacy=") != std::string::npos && !read->privacy && read->policy.empty()) std::abort();
}

} // namespace

/// Arbitrary text behind the beginnings of a name: what is read is within its bounds and drops no privacy, and what is
/// not is blamed at a character of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  for (const auto* beginning : {"logos-v1__policy_", "logos-v1__", "logos-v1"})
    check(beginning + text);
  return 0;
}
