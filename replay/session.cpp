// SPDX-License-Identifier: MIT
#include "replay/session.hpp"

#include "net/fetch.hpp"
#include "net/io_thread.hpp"
#include "replay/log_reading.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <optional>
#include <sys/resource.h>

namespace logos::replay {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_hello = 30s;
constexpr auto longest_wait_for_rows = 30s;
constexpr auto wait_when_interrupted = 3s;

/// Every request that is under way has a connection of its own.
void allow_many_connections() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &files));
}

std::shared_ptr<const net::http_settings> client_settings() {
  auto settings = std::make_shared<net::http_settings>();
  settings->upstream_kept = 1024;
  return settings;
}

/// One replay, from the first question to the last row. Everything happens on its event loop.
class session {
public:
  session(const gateway& to, const std::vector<planned_request>& plan, pace at, progress& told)
      : io_{new net::io_thread{0, client_settings()}},
        to_{to},
        told_{told},
        runner_{*io_, to, plan, at, [this] { read_books(); }},
        signals_{io_->context(), SIGINT, SIGTERM},
        ticker_{io_->context()} {}

  boost::system::result<harvest, core::failure> run() {
    await_signal();
    io_->post([this] { greet(); });
    io_->run();
    if (failure_.code != core::ec::none) return failure_;
    return std::move(harvest_);
  }

private:
  /// Whether there is a gateway that takes this key.
  void greet() {
    net::fetch(*io_, to_.target, to_.head("GET", "/v1/models", 0), {}, longest_hello, 64U << 20,
               [this](const net::fetch_result& got) {
                 if (harvest_.interrupted) return;
                 if (!got) return give_up({got.error().code, explain(to_, got.error().code, got.error().message)});
                 if (got->status == 401) return give_up({core::ec::wrong_key, to_.url + " does not know this key"});
                 begin();
               });
  }

  void begin() {
    begun_ = std::chrono::steady_clock::now();
    tick();
    runner_.start();
  }

  void read_books() {
    if (reading_ || failure_.code != core::ec::none) return;
    show();
    harvest_.outcomes = runner_.take_outcomes();
    reading_.emplace(*io_, to_, harvest_.outcomes,
                     harvest_.interrupted ? std::chrono::milliseconds{wait_when_interrupted} : longest_wait_for_rows,
                     [this] { end(); });
    reading_->start();
  }

  void end() {
    harvest_.wanted_rows = reading_->wanted();
    harvest_.found_rows = reading_->found();
    harvest_.shortfall = reading_->shortfall();
    finish();
  }

  void give_up(core::failure why) {
    failure_ = std::move(why);
    finish();
  }

  void finish() {
    signals_.cancel();
    ticker_.cancel();
    io_->stop();
  }

  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& e, int) {
      if (e) return;
      const bool second = std::exchange(harvest_.interrupted, true);
      if (reading_) {
        reading_->stop();
      } else if (second) {
        return give_up({core::ec::shutting_down, "interrupted"});
      } else {
        told_.say("interrupted: the rest is not sent, what runs is given up");
        runner_.interrupt();
      }
      await_signal();
    });
  }

  void show() {
    if (reading_)
      told_.show("reading the gateway's log: " + std::to_string(reading_->found()) + " of " +
                 std::to_string(reading_->wanted()) + " rows");
    else
      told_.show(progress_text(runner_.so_far(), std::chrono::duration_cast<std::chrono::milliseconds>(
                                                     std::chrono::steady_clock::now() - begun_)));
  }

  void tick() {
    ticker_.expires_after(told_.interval());
    ticker_.async_wait([this](const boost::system::error_code& e) {
      if (e) return;
      show();
      tick();
    });
  }

  net::io_thread_ptr io_;
  const gateway& to_;
  progress& told_;
  runner runner_;
  std::optional<log_reading> reading_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer ticker_;
  core::steady_time begun_{};
  harvest harvest_;
  core::failure failure_;
};

} // namespace

boost::system::result<harvest, core::failure> run_session(const gateway& to, const std::vector<planned_request>& plan,
                                                          pace at, progress& told) {
  allow_many_connections();
  return session{to, plan, at, told}.run();
}

} // namespace logos::replay
