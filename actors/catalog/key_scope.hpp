// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/network.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::catalog {

/// What narrows the use of a key: certain models, endpoints, client addresses. An empty list narrows nothing.
/// Immutable.
class key_scope {
public:
  /// `models` are ids. What is no network is told in `complaints` and lets nobody in.
  key_scope(std::vector<std::int64_t> models, std::vector<std::string> endpoints,
            const std::vector<std::string>& addresses, std::vector<std::string>* complaints = nullptr);

  bool permits_model(std::int64_t id) const;
  /// Those that are permitted, sorted; empty: all.
  const std::vector<std::int64_t>& models() const { return models_; }
  /// Patterns; empty: all.
  const std::vector<std::string>& endpoints() const { return endpoints_; }
  /// Whether a request to `path` (as it was sent) from `client` is within the scope: `out_of_scope` when it is not.
  core::failure check(std::string_view path, std::string_view client) const;
  /// The first of `allowed_models`, `allowed_endpoints`, `allowed_addresses` in which this allows what `outer` does
  /// not; empty when it is within `outer`.
  std::string_view exceeds(const key_scope& outer) const;

private:
  core::failure check_address(std::string_view client) const;

  std::vector<std::int64_t> models_;
  std::vector<std::string> endpoints_;
  std::vector<core::ip_network> networks_;
  bool any_address_ = true;
};

/// An address or a network from which a key may be used: as `core::parse_network` reads it, but IPv4 only in its own
/// notation.
boost::system::result<core::ip_network, core::failure> parse_allowed_address(std::string_view text);
/// `bad_field` when it is no pattern: a path that begins with a slash, where a `*` may stand at the end.
core::failure check_pattern(std::string_view pattern);
/// One slash at the end of `path` does not matter.
bool matches_pattern(std::string_view pattern, std::string_view path);
/// Whether everything that `inner` stands for is allowed by `outer`.
bool covers_pattern(std::string_view outer, std::string_view inner);

} // namespace logos::catalog
