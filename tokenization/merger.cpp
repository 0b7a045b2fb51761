// SPDX-License-Identifier: MIT
#include "tokenization/merger.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace logos::tokenization {
namespace {

/// Up to so many bytes, looking through all pairs each time is quicker than keeping them in order.
constexpr std::size_t few = 64;

} // namespace

token merger::find(std::string_view bytes) {
  ++steps_;
  return vocabulary_.find(bytes);
}

void merger::merge(std::string_view piece, std::vector<token>& to) {
  if (const auto whole = find(piece); whole != no_token)
    to.push_back(whole);
  else if (piece.size() <= few)
    merge_few(piece, to);
  else
    merge_many(piece, to);
}

void merger::merge_few(std::string_view piece, std::vector<token>& to) {
  std::array<std::uint8_t, few + 1> starts; // of the parts, and the end of the last
  std::array<token, few> joined;            // what a part makes with the next
  std::size_t count = piece.size();
  for (std::size_t i = 0; i <= count; ++i)
    starts[i] = static_cast<std::uint8_t>(i);
  const auto pair_up = [&](std::size_t i) {
    joined[i] = i + 1 < count ? find(piece.substr(starts[i], starts[i + 2] - starts[i])) : no_token;
  };
  for (std::size_t i = 0; i < count; ++i)
    pair_up(i);
  for (;;) {
    steps_ += count;
    const auto best = std::min_element(joined.begin(), joined.begin() + static_cast<std::ptrdiff_t>(count));
    if (best == joined.begin() + static_cast<std::ptrdiff_t>(count) || *best == no_token) break;
    const auto at = static_cast<std::size_t>(best - joined.begin());
    std::copy(starts.begin() + at + 2, starts.begin() + count + 1, starts.begin() + at + 1);
    std::copy(joined.begin() + at + 2, joined.begin() + count, joined.begin() + at + 1);
    --count;
    pair_up(at);
    if (at > 0) pair_up(at - 1);
  }
  for (std::size_t i = 0; i < count; ++i)
    to.push_back(find(piece.substr(starts[i], starts[i + 1] - starts[i])));
}

void merger::pair_up(std::string_view piece, std::uint32_t at) {
  auto& p = parts_[at];
  p.joined = p.next < piece.size() ? find(piece.substr(at, parts_[p.next].next - at)) : no_token;
  if (p.joined == no_token) return;
  auto& last = lists_[p.joined];
  if (last == none) {
    ranks_.push_back(p.joined);
    std::push_heap(ranks_.begin(), ranks_.end(), std::greater{});
  }
  auto fresh = free_note_;
  if (fresh == none) {
    fresh = static_cast<std::uint32_t>(notes_.size());
    notes_.emplace_back();
  } else {
    free_note_ = notes_[fresh].before;
  }
  notes_[fresh] = {at, last};
  last = fresh;
}

void merger::begin_turn() {
  std::pop_heap(ranks_.begin(), ranks_.end(), std::greater{});
  const auto rank = ranks_.back();
  ranks_.pop_back();
  turns_.push_back({rank, due_.size(), due_.size()});
  for (auto i = std::exchange(lists_[rank], none); i != none;) {
    due_.push_back(notes_[i].at);
    const auto next = notes_[i].before;
    notes_[i].before = free_note_;
    free_note_ = i;
    i = next;
  }
  const auto begin = due_.begin() + static_cast<std::ptrdiff_t>(turns_.back().begin);
  std::reverse(begin, due_.end()); // most lists are in order
  if (!std::is_sorted(begin, due_.end())) std::sort(begin, due_.end());
}

void merger::merge_at(std::string_view piece, std::uint32_t at) {
  auto& first = parts_[at];
  auto& second = parts_[first.next];
  second.joined = no_token;
  first.next = second.next;
  if (first.next < piece.size()) parts_[first.next].previous = at;
  if (at > 0) pair_up(piece, first.previous);
  pair_up(piece, at);
}

void merger::merge_many(std::string_view piece, std::vector<token>& to) {
  const auto size = static_cast<std::uint32_t>(piece.size());
  lists_.resize(vocabulary_.size(), none);
  notes_.clear();
  notes_.reserve(size); // doubling it would take twice as much for a while
  free_note_ = none;
  parts_.resize(size);
  for (std::uint32_t i = 0; i < size; ++i)
    parts_[i] = {i - 1, i + 1, no_token};
  for (std::uint32_t i = 0; i < size; ++i)
    pair_up(piece, i);
  for (;;) {
    ++steps_;
    if (!ranks_.empty() && (turns_.empty() || ranks_.front() < turns_.back().rank)) {
      begin_turn();
    } else if (turns_.empty()) {
      break;
    } else if (auto& now = turns_.back(); now.next == due_.size()) {
      due_.resize(now.begin);
      turns_.pop_back();
    } else if (const auto at = due_[now.next++]; parts_[at].joined == now.rank) {
      merge_at(piece, at); // otherwise one of the two has been merged with another since
    }
  }
  for (std::uint32_t at = 0; at < size; at = parts_[at].next)
    to.push_back(find(piece.substr(at, parts_[at].next - at)));
}

} // namespace logos::tokenization
