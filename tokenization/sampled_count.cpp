// SPDX-License-Identifier: MIT
#include "tokenization/sampled_count.hpp"

#include <algorithm>

namespace logos::tokenization {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::uint64_t in_proportion(std::uint64_t count, std::uint64_t of, std::uint64_t to) {
  return of == 0 ? 0 : static_cast<std::uint64_t>(static_cast<long double>(count) * to / of);
}

} // namespace

sampled_count::sampled_count(const family& of, std::size_t likely_bytes) : of_{&of} {
  while (likely_bytes / stride_ > most_bytes)
    stride_ *= 2;
}

void sampled_count::add(std::string_view text) {
  if (stride_ == 1) {
    thousandths_ += of_->thousandths(text);
    seen_ += text.size();
    covered_ += text.size();
    return;
  }
  while (!text.empty()) {
    const auto here = std::min<std::size_t>(text.size(), window_bytes - seen_ % window_bytes);
    if (seen_ / window_bytes % stride_ == 0) {
      const auto window = whole_characters(text.substr(0, here));
      thousandths_ += of_->thousandths(window);
      covered_ += window.size();
    }
    seen_ += here;
    text.remove_prefix(here);
  }
}

std::uint64_t sampled_count::thousandths() const { return in_proportion(thousandths_, covered_, seen_); }

std::string_view whole_characters(std::string_view cut) {
  while (!cut.empty() && continues_character(cut.front()))
    cut.remove_prefix(1);
  for (std::size_t back = 1; back <= std::min<std::size_t>(cut.size(), 3); ++back) {
    const auto lead = static_cast<unsigned char>(cut[cut.size() - back]);
    if ((lead & 0xC0U) == 0x80U) continue;
    const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : lead >= 0xC0U ? 2 : 1;
    if (length > back) cut.remove_suffix(back);
    break;
  }
  return cut;
}

} // namespace logos::tokenization
