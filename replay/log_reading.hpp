// SPDX-License-Identifier: MIT
#pragma once
#include "net/fetch.hpp"
#include "net/io_thread.hpp"
#include "replay/gateway.hpp"
#include "replay/outcome.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace logos::replay {

/// Reads from the gateway what it has on its books of requests, a few at a time. A row is written shortly after its
/// request: one that is not there yet is asked for again. I/O thread only; must outlive its questions.
class log_reading {
public:
  /// Fills `logged` of those outcomes that have a request id. `done` is called once, from the event loop: when all are
  /// there, `patience` has passed without a new one, or the key may not see them. `into` and `to` must outlive it.
  log_reading(net::io_thread& io, const gateway& to, std::vector<outcome>& into, std::chrono::milliseconds patience,
              std::function<void()> done);

  void start();
  void stop();
  std::size_t wanted() const { return wanted_; }
  std::size_t found() const { return found_; }
  /// Why rows are missing; empty when none is.
  std::string shortfall() const;

private:
  void ask();
  void take(std::size_t index, const net::fetch_result& got);
  void wait();
  void end();

  net::io_thread& io_;
  const gateway& to_;
  std::vector<outcome>& into_;
  std::chrono::milliseconds patience_;
  std::function<void()> done_;
  boost::asio::steady_timer timer_;
  core::steady_time deadline_{};
  std::deque<std::size_t> due_;
  std::vector<std::size_t> again_;
  std::size_t asked_ = 0; // now
  std::size_t wanted_ = 0;
  std::size_t found_ = 0;
  std::string trouble_;
  bool over_ = false;
};

} // namespace logos::replay
