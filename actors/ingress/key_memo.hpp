// SPDX-License-Identifier: MIT
#pragma once
#include "core/secret.hpp"
#include "net/exchange.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace logos::ingress {

/// The key that a connection used last, with its hash: the hash of a request's key is made once per connection and
/// catalog. Whether it still opens anything is asked of the catalog each time.
class key_memo final : public net::connection_memo {
public:
  key_memo(std::string_view key, const core::key_hash& of_key, std::uint64_t catalog_version)
      : hash{of_key},
        version{catalog_version},
        key_{key} {}

  bool matches(std::string_view key) const { return core::equal_in_constant_time(key_, key); }

  const core::key_hash hash;
  const std::uint64_t version;

private:
  std::string key_;
};

} // namespace logos::ingress
