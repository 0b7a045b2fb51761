// SPDX-License-Identifier: MIT
#include "core/fingerprint.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string>

namespace logos::core {

uuid fingerprint(std::int64_t of, std::string_view name) {
  const auto text = std::to_string(of).append("\n").append(name);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  uuid out;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1)
    std::copy_n(digest.begin(), out.bytes.size(), out.bytes.begin());
  if (out.nil()) out.bytes.back() = 1;
  return out;
}

} // namespace logos::core
