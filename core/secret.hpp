// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logos::core {

/// The keyed hash (HMAC-SHA-256) of a Logos key: what the database and the catalog hold instead of the key.
using key_hash = std::array<std::uint8_t, 32>;

struct key_hash_hasher {
  std::size_t operator()(const key_hash& h) const noexcept;
};

/// The installation's secret key. Hashes keys and encrypts provider secrets; any thread may use it once made.
class secret_key {
public:
  /// `text`: whatever the operator gave, at least 16 bytes; purposes are separated by derivation (HKDF).
  explicit secret_key(std::string_view text);
  key_hash hash(std::string_view logos_key) const;
  /// AES-256-GCM with a random nonce; text form `v1:` + base64. Never fails for inputs below 1 GiB.
  std::string seal(std::string_view plain) const;
  /// Nothing when the text was not sealed with this key.
  std::optional<std::string> open(std::string_view sealed) const;
  /// What the database keeps, so that a node with another key refuses to start. Tells nothing about the key.
  std::string verifier() const;

private:
  std::array<std::uint8_t, 32> hashing_;
  std::array<std::uint8_t, 32> sealing_;
  std::array<std::uint8_t, 32> verifying_;
};

/// `lg-<name>-` + 43 characters of URL-safe base64 of 32 random bytes; the name is cut to what is safe in a header.
std::string new_logos_key(std::string_view name);
/// As many first characters of a Logos key as tell keys apart without telling the key; nothing of one that does not
/// begin with `lg-`: somebody else's key or a password may have been taken for it.
std::string shown_prefix(std::string_view key);
/// `n` random bytes as URL-safe base64.
std::string random_text(std::size_t n);
bool equal_in_constant_time(std::string_view a, std::string_view b);
std::string to_hex(const key_hash& h);

} // namespace logos::core
