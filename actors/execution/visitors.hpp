// SPDX-License-Identifier: MIT
#pragma once
#include "net/exchange.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace logos::execution {

/// Requests that bring a provider's own key: how many there are from each client address, on all threads of a node.
/// Anybody can make up keys, so keys are no bound. Any thread; owned by shared pointers only.
class visitors : public std::enable_shared_from_this<visitors> {
public:
  /// `per_address`: at once, waiting and running; 0 means no limit. Addresses of IPv6 count by their first 64 bits,
  /// which one client has to itself.
  explicit visitors(std::uint32_t per_address) : per_address_{per_address} {}

  /// A place, for as long as it lives. Attached to an exchange until the request is let in.
  class seat final : public net::attachment {
  public:
    seat(std::shared_ptr<visitors> at, std::string whose) : at_{std::move(at)}, whose_{std::move(whose)} {}
    ~seat() override;
    seat(const seat&) = delete;
    seat& operator=(const seat&) = delete;

  private:
    std::shared_ptr<visitors> at_;
    std::string whose_;
  };
  /// Nothing when the address has all that it may have.
  std::unique_ptr<seat> admit(std::string_view client_address);
  std::uint32_t per_address() const { return per_address_; }

private:
  const std::uint32_t per_address_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::uint32_t> present_;
};

} // namespace logos::execution
