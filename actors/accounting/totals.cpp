// SPDX-License-Identifier: MIT
#include "actors/accounting/totals.hpp"

#include <limits>

namespace logos::accounting {
namespace {

void add_to(std::uint64_t& sum, std::uint64_t value) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  sum = value > most - sum ? most : sum + value;
}

} // namespace

void totals::add(std::span<const actors::usage_entry> entries) {
  for (const auto& e : entries) {
    auto& sum = sums_[{e.process_id, e.model_id, e.provider_id}];
    sum.process_id = e.process_id;
    sum.model_id = e.model_id;
    sum.provider_id = e.provider_id;
    add_to(sum.requests, e.requests);
    add_to(sum.errors, e.errors);
    add_to(sum.prompt_tokens, e.prompt_tokens);
    add_to(sum.completion_tokens, e.completion_tokens);
  }
}

std::vector<actors::usage_entry> totals::list() const {
  std::vector<actors::usage_entry> out;
  out.reserve(sums_.size());
  for (const auto& [unused, sum] : sums_)
    out.push_back(sum);
  return out;
}

} // namespace logos::accounting
