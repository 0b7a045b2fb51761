// SPDX-License-Identifier: MIT
#include "tokenization/vocabulary.hpp"

#include <bit>
#include <functional>

namespace logos::tokenization {
namespace {

constexpr std::uint64_t upper_half = 0xFFFFFFFF00000000;

std::uint64_t hash_of(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }

} // namespace

vocabulary::vocabulary(std::string_view ranks) : ranks_{ranks.data()}, pairs_(std::size_t{1} << 16, no_token) {
  single_.fill(no_token);
  for (std::size_t at = 0; at < ranks.size(); at += 1 + static_cast<unsigned char>(ranks[at]))
    starts_.push_back(static_cast<std::uint32_t>(at));
  slots_.resize(std::bit_ceil(2 * starts_.size()));
  mask_ = slots_.size() - 1;
  for (token t = 0; t < starts_.size(); ++t)
    insert(t);
}

void vocabulary::insert(token t) {
  const auto text = bytes(t);
  longest_ = std::max(longest_, text.size());
  if (text.size() == 1) {
    single_[static_cast<unsigned char>(text[0])] = t;
  } else if (text.size() == 2) {
    pairs_[pair(text)] = t;
  } else {
    const auto hash = hash_of(text);
    auto at = hash & mask_;
    while (slots_[at] != 0)
      at = (at + 1) & mask_;
    slots_[at] = (hash & upper_half) | (t + 1);
  }
}

token vocabulary::find(std::string_view text) const {
  if (text.empty() || text.size() > longest_) return no_token;
  if (text.size() == 1) return single_[static_cast<unsigned char>(text[0])];
  if (text.size() == 2) return pairs_[pair(text)];
  const auto hash = hash_of(text);
  for (auto at = hash & mask_; slots_[at] != 0; at = (at + 1) & mask_) {
    if ((slots_[at] ^ hash) & upper_half) continue;
    const auto t = static_cast<token>(slots_[at]) - 1;
    if (bytes(t) == text) return t;
  }
  return no_token;
}

std::string_view vocabulary::bytes(token t) const {
  const auto* at = ranks_ + starts_[t];
  return {at + 1, static_cast<unsigned char>(*at)};
}

} // namespace logos::tokenization
