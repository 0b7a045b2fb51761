// SPDX-License-Identifier: MIT
#include "net/secret_mask.hpp"

#include <algorithm>

namespace logos::net {

void mask_secret(std::string& text, std::string_view secret) {
  if (secret.size() < shortest_masked_secret) return;
  for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + secret.size()))
    text.replace(at, secret.size(), secret.size(), '*');
}

std::size_t begun_at_end(std::string_view text, std::string_view word) {
  for (auto n = std::min(text.size(), word.size() - 1); n > 0; --n)
    if (text.back() == word[n - 1] && text.ends_with(word.substr(0, n))) return n;
  return 0;
}

} // namespace logos::net
