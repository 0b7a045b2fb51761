// SPDX-License-Identifier: MIT
#include "config/load.hpp"
#include "config/validate.hpp"

#include <cstdint>
#include <cstdlib>

/// Arbitrary text as `logos.yaml`: no crash, no exception, and what is accepted stays valid and is read the same twice.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace logos::config;
  sources from;
  from.text.assign(reinterpret_cast<const char*>(data), size);
  from.variables = {{"GPU1_KEY", "secret"}};
  const auto first = load(from);
  if (first.value.has_value() == has_error(first.problems)) std::abort();
  if (first.problems.size() > 2 * most_problems) std::abort();
  for (const auto& p : first.problems)
    if (to_string(p).find('\n') != std::string::npos) std::abort();
  if (first.value) {
    if (has_error(validate(*first.value))) std::abort();
    if (!(load(from).value == first.value)) std::abort();
  }
  return 0;
}
