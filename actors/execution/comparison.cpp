// SPDX-License-Identifier: MIT
#include "actors/execution/comparison.hpp"

#include <cstdlib>

namespace logos::execution {
namespace {

constexpr std::uint64_t one_in = 32;
constexpr std::chrono::milliseconds between{200};

} // namespace

bool may_be_compared(const core::uuid& request) {
  const auto mixed = (request.high() ^ (request.low() >> 29) ^ request.low()) * 0x9e3779b97f4a7c15U;
  return (mixed >> 32) % one_in == 0;
}

bool take_for_comparison(workplace& at, const core::uuid& request, core::steady_time now) {
  if (!may_be_compared(request) || now < at.compares_from) return false;
  at.compares_from = now + between;
  return true;
}

void compare(workplace& at, storage::billed& row, const estimated_tokens& estimate) {
  row.estimated_prompt_tokens = estimate.prompt;
  row.estimated_completion_tokens = estimate.completion;
  auto& to = at.traffic.compared;
  to.requests.add();
  const auto note = [](core::compared_tokens& of, std::int64_t estimated, std::int64_t counted) {
    of.estimated.add(static_cast<std::uint64_t>(estimated));
    of.counted.add(static_cast<std::uint64_t>(counted));
    of.apart.add(static_cast<std::uint64_t>(std::abs(estimated - counted)));
  };
  note(to.prompt, estimate.prompt, row.usage.prompt_tokens);
  note(to.completion, estimate.completion, row.usage.completion_tokens);
}

} // namespace logos::execution
