// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "actors/monitoring/probe.hpp"
#include "net/dialect.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace logos::net {
class io_thread;
using io_thread_ptr = boost::intrusive_ptr<io_thread>;
} // namespace logos::net

namespace logos::monitoring {

/// Looks at a provider over HTTP, with the key and the connections that requests to it use.
class http_probe final : public probe {
public:
  /// Null for a base_url or admin_url that cannot be asked.
  static std::unique_ptr<http_probe> make(net::io_thread_ptr io, const catalog::provider& of,
                                          std::chrono::milliseconds timeout = std::chrono::seconds{5});
  void fetch(std::string path, std::function<void(probe_answer)> done) override;
  void post(std::string path, std::string body, std::chrono::milliseconds at_most,
            std::function<void(probe_answer)> done) override;

private:
  http_probe(net::io_thread_ptr io, std::chrono::milliseconds timeout);
  std::string head_for(const std::string& path) const;

  net::io_thread_ptr io_;
  std::chrono::milliseconds timeout_;
  std::string secret_;                                 // the provider's key
  net::deployment_route route_;                        // of /v1/…
  std::shared_ptr<const net::upstream_target> target_; // the same
  std::string native_prefix_;                          // of every other path
  std::string native_headers_;
  std::shared_ptr<const net::upstream_target> native_target_;
};

} // namespace logos::monitoring
