// SPDX-License-Identifier: MIT
#pragma once
#include "net/io_thread.hpp"
#include "replay/gateway.hpp"
#include "replay/outcome.hpp"
#include "replay/workload.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace logos::replay {

struct pace {
  double time_scale = 1; // offsets are divided by it
  std::chrono::milliseconds timeout{1'200'000};
};

/// How far a replay is.
struct counts {
  std::size_t planned = 0;
  std::size_t sent = 0;
  std::size_t ended = 0;
  std::size_t failed = 0;
  std::size_t running() const { return sent - ended; }
};

/// Sends each request of a plan at its time and takes the answers, all in one event loop. I/O thread only; must outlive
/// its requests. Of all answers' texts it keeps no more than 64 MiB.
class runner {
public:
  /// `plan` and `to` must outlive it. `done` is called once, from the event loop, when the last request has ended.
  runner(net::io_thread& io, const gateway& to, const std::vector<planned_request>& plan, pace at,
         std::function<void()> done);

  void start();
  /// Sends nothing more, and ends what runs: its rows have the error `interrupted`.
  void interrupt();

  const counts& so_far() const { return counts_; }
  /// Those that were sent, in the order of the plan. Complete when `done` was called.
  std::vector<outcome> take_outcomes();

private:
  void send_due();
  void send(std::size_t row);
  void ended(std::size_t row);
  core::steady_time due(std::size_t row) const;

  net::io_thread& io_;
  const gateway& to_;
  const std::vector<planned_request>& plan_;
  pace pace_;
  std::function<void()> done_;
  boost::asio::steady_timer timer_;
  core::steady_time begun_{};
  std::vector<outcome> outcomes_;
  counts counts_;
  std::size_t text_left_ = 64U << 20;
  bool interrupted_ = false;
};

} // namespace logos::replay
