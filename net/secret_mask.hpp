// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>

namespace logos::net {

/// Shorter ones are words that stand anywhere: nothing is masked for them.
inline constexpr std::size_t shortest_masked_secret = 8;

/// Overwrites every occurrence of `secret` with as many stars, so that lengths stay and JSON stays JSON.
void mask_secret(std::string& text, std::string_view secret);

/// The same in a text that comes in pieces. What may be the beginning of the secret is held back until more is there.
class secret_mask {
public:
  /// `secret` outlives it.
  explicit secret_mask(std::string_view secret) : secret_{secret} {}
  /// What may go on; valid until the next call. After `last` nothing is held back.
  std::string_view feed(std::string_view piece, bool last);

private:
  std::string_view secret_;
  std::string out_;
  std::string held_;
};

} // namespace logos::net
