// SPDX-License-Identifier: MIT
#include "net/text_sample.hpp"

#include <algorithm>

namespace logos::net {

void text_sample::add(std::string_view piece) {
  while (!piece.empty()) {
    const auto here = std::min(piece.size(), window_bytes - static_cast<std::size_t>(size_ % window_bytes));
    if (size_ / window_bytes % stride_ == 0) kept_.append(piece.substr(0, here));
    size_ += here;
    piece.remove_prefix(here);
    if (kept_.size() >= most_bytes) thin_out();
  }
}

void text_sample::thin_out() {
  std::size_t to = 0;
  for (std::size_t from = 0; from < kept_.size(); from += 2 * window_bytes, to += window_bytes)
    if (from != to) kept_.replace(to, window_bytes, kept_, from, window_bytes);
  kept_.resize(to);
  stride_ *= 2;
}

} // namespace logos::net
