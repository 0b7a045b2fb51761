// SPDX-License-Identifier: MIT
#pragma once
#include "actors/alerting/courier.hpp"
#include "actors/alerting/guard.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <chrono>
#include <memory>

namespace logos::net {
class io_thread;
using io_thread_ptr = boost::intrusive_ptr<io_thread>;
} // namespace logos::net

namespace logos::alerting {

struct courier_limits {
  std::chrono::milliseconds lookup{5'000};
  std::chrono::milliseconds delivery{10'000};
};

/// Delivers over HTTPS. The host is looked up here, every address that it has is checked, and the connection goes to
/// these addresses: a name server that says something else a moment later changes nothing. Redirects are not followed;
/// whatever is not 2xx is a refusal.
class http_courier final : public courier {
public:
  http_courier(net::io_thread_ptr io, trusted_places trusted, std::string user_agent, courier_limits limits = {});
  void deliver(const letter& what, std::function<void(std::string)> done) override;

private:
  net::io_thread_ptr io_;
  trusted_places trusted_;
  std::string user_agent_;
  courier_limits limits_;
};

} // namespace logos::alerting
