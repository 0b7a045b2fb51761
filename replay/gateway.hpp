// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "net/call.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace logos::replay {

/// The gateway that a workload is sent to. A plain value.
struct gateway {
  std::shared_ptr<const net::upstream_target> target{};
  std::string url{};       // without a slash at its end
  std::string authority{}; // for the Host header
  std::string base_path{}; // "" or "/…"
  std::string key{};

  /// Request line and headers, with the blank line.
  std::string head(std::string_view method, std::string_view path, std::size_t body_bytes) const;
};

/// From what was typed; a `/v1` at the address's end is dropped. `ca_file`: of https, empty for the system's. Errors:
/// bad_field, with words for whoever typed it.
boost::system::result<gateway, core::failure> parse_gateway(std::string_view address, std::string_view key,
                                                            std::string ca_file);

/// What a failure of `net` means to whoever waits for the gateway.
std::string explain(const gateway& to, core::ec why, const std::string& message);

} // namespace logos::replay
