// SPDX-License-Identifier: MIT
#include "net/secret_mask.hpp"

#include <algorithm>

namespace logos::net {
namespace {

/// How many bytes at the end of `text` may be the secret's first ones.
std::size_t begun(std::string_view text, std::string_view secret) {
  for (auto n = std::min(text.size(), secret.size() - 1); n > 0; --n)
    if (text.substr(text.size() - n) == secret.substr(0, n)) return n;
  return 0;
}

} // namespace

void mask_secret(std::string& text, std::string_view secret) {
  if (secret.size() < shortest_masked_secret) return;
  for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + secret.size()))
    text.replace(at, secret.size(), secret.size(), '*');
}

std::string_view secret_mask::feed(std::string_view piece, bool last) {
  if (secret_.size() < shortest_masked_secret) return piece;
  out_ = std::move(held_);
  held_.clear();
  out_ += piece;
  mask_secret(out_, secret_);
  if (last) return out_;
  const auto keep = begun(out_, secret_);
  held_.assign(out_, out_.size() - keep);
  out_.resize(out_.size() - keep);
  return out_;
}

} // namespace logos::net
