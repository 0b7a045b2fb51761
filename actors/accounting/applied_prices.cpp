// SPDX-License-Identifier: MIT
#include "actors/accounting/applied_prices.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace logos::accounting {
namespace {

/// Four numbers with a sign or a space each.
constexpr std::size_t longest_entry = 4 * 21;

auto rank_of(const price* p) { return std::tuple{p->id, p->rate_id}; }

char* put(char* to, char sign, std::int64_t number) {
  if (sign != '\0') *to++ = sign;
  return std::to_chars(to, to + 20, number).ptr;
}

} // namespace

void applied_prices::add(const price& p) {
  const auto at = std::lower_bound(all_.begin(), all_.end(), &p,
                                   [](const price* a, const price* b) { return rank_of(a) < rank_of(b); });
  if (at == all_.end() || rank_of(*at) != rank_of(&p)) all_.insert(at, &p);
}

void applied_prices::add(const applied_prices& others) {
  for (const auto* p : others.all_)
    add(*p);
}

std::string applied_prices::text() const {
  std::string out;
  std::array<char, longest_entry> entry;
  for (const auto* p : all_) {
    auto* end = put(entry.data(), all_.front() == p ? '\0' : ' ', p->id);
    end = put(end, '@', p->version);
    if (p->rate_id != 0) end = put(put(end, '*', p->rate_id), '@', p->rate_version);
    out.append(entry.data(), end);
  }
  return out;
}

} // namespace logos::accounting
