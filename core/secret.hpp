// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::core {

/// The keyed hash (HMAC-SHA-256) of a Logos key: what the database and the catalog hold instead of the key.
using key_hash = std::array<std::uint8_t, 32>;

/// What begins every text that a secret key has sealed.
inline constexpr std::string_view sealed_prefix = "v1:";
/// Whether a text has the form of one that some secret key has sealed.
inline bool is_sealed(std::string_view text) { return text.starts_with(sealed_prefix); }

struct key_hash_hasher {
  std::size_t operator()(const key_hash& h) const noexcept;
};

/// The installation's secret key. Hashes keys and encrypts provider secrets; any thread may use it once made.
///
/// It can be replaced (`renewed`). What was sealed before still opens then, and keys stay valid: their hashes cannot be
/// made anew, since nobody has the keys. So what is needed of the former secret keys travels on in the `heritage`,
/// which the database keeps, sealed with the present one.
class secret_key {
public:
  /// `text`: whatever the operator gave, at least 16 bytes; purposes are separated by derivation (HKDF). `previous`:
  /// the one that `text` replaces or has replaced, if it is known; what that one sealed opens, too.
  explicit secret_key(std::string_view text, std::string_view previous = {});
  key_hash hash(std::string_view logos_key) const;
  /// AES-256-GCM with a random nonce; text form `v1:` + base64. Never fails for inputs below 1 GiB.
  std::string seal(std::string_view plain) const;
  /// Nothing when the text was sealed with none of the keys that this one knows.
  std::optional<std::string> open(std::string_view sealed) const;
  /// The same, of what the present key sealed only.
  std::optional<std::string> open_strictly(std::string_view sealed) const;
  /// HMAC-SHA-256 that only who has the present key can make.
  key_hash authenticate(std::string_view text) const;
  /// What the database keeps, so that a node with another key refuses to start. Tells nothing about the key.
  std::string verifier() const;
  /// Of every key that the operator gave, the newest first.
  std::vector<std::string> verifiers() const;

  /// Works with the key that has this verifier from here on; `heritage` is as `sealed_heritage` wrote it, empty when
  /// no key was ever replaced. False, and nothing changes: it is none of those given, or did not seal the heritage.
  bool follow(std::string_view verifier, std::string_view heritage);
  /// This one with the newest key at work, as heir of the one that is at work now.
  secret_key renewed() const;
  /// What the next start needs of former keys; empty when there is none.
  std::string sealed_heritage() const;

private:
  using bytes = std::array<std::uint8_t, 32>;
  struct derived {
    explicit derived(std::string_view text);
    bytes hashing, sealing, verifying;
  };
  const derived& present() const { return behind_ ? *previous_ : newest_; }

  derived newest_;
  std::optional<derived> previous_;
  bool behind_ = false;       // the previous one is at work
  bytes hashing_;             // of Logos keys: that of the installation's first secret key
  std::vector<bytes> former_; // what sealed before the present one, the oldest first
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
