// SPDX-License-Identifier: MIT
#include "core/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace logos::core {
namespace {

using bytes32 = std::array<std::uint8_t, 32>;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::string_view verified_text = "logos installation";
constexpr std::size_t key_bytes = 32;                     // of a new key, random
constexpr std::size_t key_size = (key_bytes * 4 + 2) / 3; // the same as text

// Every failure below is the library's "out of memory" or "algorithm missing": the process cannot go on.
void require(bool ok) {
  if (!ok) throw std::bad_alloc{};
}

const std::uint8_t* as_bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

bytes32 derive(std::string_view secret, std::string_view purpose) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context{EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr),
                                                                            &EVP_PKEY_CTX_free};
  bytes32 out{};
  std::size_t length = out.size();
  require(context && EVP_PKEY_derive_init(context.get()) == 1 &&
          EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_salt(context.get(), as_bytes("logos"), 5) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_key(context.get(), as_bytes(secret), static_cast<int>(secret.size())) == 1 &&
          EVP_PKEY_CTX_add1_hkdf_info(context.get(), as_bytes(purpose), static_cast<int>(purpose.size())) == 1 &&
          EVP_PKEY_derive(context.get(), out.data(), &length) == 1);
  return out;
}

bytes32 hmac(const bytes32& key, std::string_view text) {
  bytes32 out{};
  unsigned length = out.size();
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), as_bytes(text), text.size(), out.data(),
               &length) != nullptr);
  return out;
}

std::string base64(const std::uint8_t* data, std::size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(out.data()), data, static_cast<int>(size));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::vector<std::uint8_t> out(text.size() / 4 * 3);
  if (EVP_DecodeBlock(out.data(), as_bytes(text), static_cast<int>(text.size())) < 0) return std::nullopt;
  out.resize(out.size() - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0));
  // The last character has bits that mean nothing: only the one way to write a text is accepted.
  if (base64(out.data(), out.size()) != text) return std::nullopt;
  return out;
}

using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
cipher_context new_cipher_context() { return {EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free}; }

std::string seal_with(const bytes32& key, std::string_view plain) {
  std::vector<std::uint8_t> out(nonce_size + plain.size() + tag_size);
  std::uint8_t* const text = out.data() + nonce_size;
  const auto context = new_cipher_context();
  int length = 0;
  int rest = 0;
  require(context && RAND_bytes(out.data(), nonce_size) == 1 &&
          EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), out.data()) == 1 &&
          EVP_EncryptUpdate(context.get(), text, &length, as_bytes(plain), static_cast<int>(plain.size())) == 1 &&
          EVP_EncryptFinal_ex(context.get(), text + length, &rest) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, text + plain.size()) == 1);
  return std::string{sealed_prefix} + base64(out.data(), out.size());
}

std::optional<std::string> open_with(const bytes32& key, std::string_view sealed) {
  if (!is_sealed(sealed)) return std::nullopt;
  auto in = from_base64(sealed.substr(sealed_prefix.size()));
  if (!in || in->size() < nonce_size + tag_size) return std::nullopt;
  const std::size_t size = in->size() - nonce_size - tag_size;
  std::string plain(size, '\0');
  auto* const out = reinterpret_cast<std::uint8_t*>(plain.data());
  const auto context = new_cipher_context();
  int length = 0;
  int rest = 0;
  require(context != nullptr);
  const bool whole =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), in->data()) == 1 &&
      EVP_DecryptUpdate(context.get(), out, &length, in->data() + nonce_size, static_cast<int>(size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, in->data() + nonce_size + size) == 1 &&
      EVP_DecryptFinal_ex(context.get(), out + length, &rest) == 1;
  if (!whole) return std::nullopt;
  return plain;
}

} // namespace

std::size_t key_hash_hasher::operator()(const key_hash& h) const noexcept {
  std::size_t value;
  std::memcpy(&value, h.data(), sizeof value);
  return value;
}

secret_key::derived::derived(std::string_view text)
    : hashing{derive(text, "key hashing")},
      sealing{derive(text, "secret sealing")},
      verifying{derive(text, "verifier")} {}

secret_key::secret_key(std::string_view text, std::string_view previous) : newest_{text}, hashing_{newest_.hashing} {
  if (!previous.empty() && previous != text) previous_.emplace(previous);
}

key_hash secret_key::hash(std::string_view logos_key) const { return hmac(hashing_, logos_key); }

key_hash secret_key::authenticate(std::string_view text) const { return hmac(present().hashing, text); }

std::string secret_key::verifier() const { return to_hex(hmac(present().verifying, verified_text)); }

std::vector<std::string> secret_key::verifiers() const {
  std::vector<std::string> all{to_hex(hmac(newest_.verifying, verified_text))};
  if (previous_) all.push_back(to_hex(hmac(previous_->verifying, verified_text)));
  return all;
}

std::string secret_key::seal(std::string_view plain) const { return seal_with(present().sealing, plain); }

std::optional<std::string> secret_key::open_strictly(std::string_view sealed) const {
  return open_with(present().sealing, sealed);
}

std::optional<std::string> secret_key::open(std::string_view sealed) const {
  if (auto plain = open_strictly(sealed)) return plain;
  if (previous_)
    if (auto plain = open_with(behind_ ? newest_.sealing : previous_->sealing, sealed)) return plain;
  for (auto key = former_.rbegin(); key != former_.rend(); ++key)
    if (auto plain = open_with(*key, sealed)) return plain;
  return std::nullopt;
}

bool secret_key::follow(std::string_view verifier, std::string_view heritage) {
  auto next = *this;
  const auto mine = verifiers();
  const auto found = std::find_if(mine.begin(), mine.end(),
                                  [&](const std::string& each) { return equal_in_constant_time(each, verifier); });
  if (found == mine.end()) return false;
  next.behind_ = found != mine.begin();
  next.hashing_ = next.present().hashing;
  next.former_.clear();
  if (!heritage.empty()) {
    const auto plain = next.open_strictly(heritage);
    if (!plain || plain->size() % next.hashing_.size() != 0 || plain->size() < 2 * next.hashing_.size()) return false;
    const auto part = [&plain](std::size_t n) {
      bytes32 out;
      std::memcpy(out.data(), plain->data() + n * out.size(), out.size());
      return out;
    };
    next.hashing_ = part(0);
    for (std::size_t n = 1; n < plain->size() / next.hashing_.size(); ++n)
      next.former_.push_back(part(n));
  }
  *this = std::move(next);
  return true;
}

secret_key secret_key::renewed() const {
  auto next = *this;
  if (!behind_) return next;
  next.former_.push_back(previous_->sealing);
  next.behind_ = false;
  return next;
}

std::string secret_key::sealed_heritage() const {
  if (former_.empty()) return {};
  std::string plain{hashing_.begin(), hashing_.end()};
  for (const auto& each : former_)
    plain.append(each.begin(), each.end());
  return seal(plain);
}

std::string random_text(std::size_t n) {
  std::vector<std::uint8_t> raw(n);
  require(RAND_bytes(raw.data(), static_cast<int>(n)) == 1);
  auto text = base64(raw.data(), n);
  while (text.ends_with('='))
    text.pop_back();
  for (char& c : text)
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string new_logos_key(std::string_view name) {
  std::string safe;
  for (const char c : name.substr(0, 32)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    safe += plain ? c : '_';
  }
  return "lg-" + safe + "-" + random_text(key_bytes);
}

std::string shown_prefix(std::string_view key) {
  constexpr std::size_t most = 12;
  constexpr std::size_t shown = 4; // of the random part
  if (!key.starts_with("lg-")) return {};
  const bool ours = key.size() > key_size + 3 && key[key.size() - key_size - 1] == '-';
  return std::string{key.substr(0, ours ? key.size() - key_size + shown : std::min(most, key.size() / 4))};
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(const key_hash& h) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  for (const auto byte : h) {
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

} // namespace logos::core
