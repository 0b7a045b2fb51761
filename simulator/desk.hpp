// SPDX-License-Identifier: MIT
#pragma once
#include "simulator/provider.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <unordered_map>

namespace logos::simulator {

class exchange;

/// Where exchanges wait for their model: drives a provider's `residency` by the machine's clock. One thread.
class desk {
public:
  /// `refuse` closes the listener for a time.
  desk(boost::asio::io_context& io, provider& p, std::function<void(std::chrono::milliseconds)> refuse);

  provider& where() { return provider_; }
  /// Queues an exchange; `exchange::served` is called once its turn comes, perhaps before this returns. False: the
  /// queue is full.
  bool enter(exchange& e, const job& j);
  /// The exchange no longer needs its model. To be called before it dies.
  void leave(residency::ticket t);
  /// Lets happen what is due.
  void pump();
  /// To be called after a /control request: carries out a `refuse`.
  void refuse_if_told();

  static moment now();

private:
  void arm();

  provider& provider_;
  std::function<void(std::chrono::milliseconds)> refuse_;
  boost::asio::steady_timer timer_;
  core::steady_time armed_for_ = residency::never;
  std::unordered_map<residency::ticket, exchange*> waiting_;
};

} // namespace logos::simulator
