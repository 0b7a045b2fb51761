// SPDX-License-Identifier: MIT
#include "net/io_thread.hpp"

#include "net/session.hpp"
#include "net/upstream_pool.hpp"

#include <pthread.h>
#include <signal.h>
#include <vector>

namespace logos::net {
namespace {

using namespace std::chrono_literals;

/// OpenSSL writes without MSG_NOSIGNAL; a closed peer must be an error, not a signal.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

} // namespace

struct io_thread::session_list : boost::intrusive::list<session, boost::intrusive::base_hook<session_hook>,
                                                        boost::intrusive::constant_time_size<false>> {};

io_thread::io_thread(unsigned index, std::shared_ptr<const http_settings> settings)
    : index_{index},
      settings_{std::move(settings)},
      wheel_{std::chrono::steady_clock::now()},
      sessions_{std::make_unique<session_list>()},
      context_{1},
      timer_{context_},
      ids_{core::random_seed()},
      read_buffer_{new char[read_buffer_size]},
      upstreams_{std::make_unique<upstream_pool>(*this)} {
  renew_clock(std::chrono::steady_clock::now());
}

io_thread::~io_thread() {
  close_sessions();
  upstreams_->close();
}

bool io_thread::here() const { return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

void io_thread::run() {
  block_sigpipe();
  thread_ = std::this_thread::get_id();
  const auto work = boost::asio::make_work_guard(context_);
  context_.run();
  // What was posted meanwhile may hold exchanges, and these hold this object.
  stopped_ = true;
  context_.restart();
  context_.poll();
  thread_ = std::thread::id{};
}

void io_thread::stop() {
  post([this] {
    close_sessions();
    upstreams_->close();
    context_.stop();
  });
}

void io_thread::begin_drain() {
  draining_ = true;
  for (auto it = sessions_->begin(); it != sessions_->end();) {
    const boost::intrusive_ptr<session> s{&*it++};
    s->drain();
  }
}

void io_thread::end_requests(const core::failure& why) {
  draining_ = true;
  std::vector<boost::intrusive_ptr<session>> all; // ending one may close others
  for (auto& s : *sessions_)
    all.emplace_back(&s);
  for (const auto& s : all)
    s->end(why);
}

void io_thread::close_sessions() {
  while (!sessions_->empty()) {
    const boost::intrusive_ptr<session> s{&sessions_->front()};
    s->close();
  }
}

void io_thread::enlist(session& s) { sessions_->push_back(s); }

void io_thread::renew_clock(core::steady_time now) {
  const auto wall = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  wall_offset_ = wall.time_since_epoch() - std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch());
  clock_renewed_ = now;
}

core::wall_time io_thread::wall_at(core::steady_time now) {
  if (now - clock_renewed_ > 1s) renew_clock(now);
  return to_wall(now);
}

const std::string& io_thread::date() {
  const std::time_t seconds = std::time(nullptr); // coarse, and a fraction of an exact clock's price
  if (seconds != date_made_) {
    date_made_ = seconds;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[32];
    // The names are English whatever the locale: the process never calls setlocale.
    date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc));
  }
  return date_;
}

void io_thread::set_deadline(deadline_entry& entry, std::chrono::milliseconds after) {
  if (after <= 0ms) {
    deadline_wheel::clear(entry);
    return;
  }
  if (!ticking_) {
    coarse_now_ = std::chrono::steady_clock::now();
    wheel_.skip_to(coarse_now_);
    ticking_ = true;
    timer_.expires_after(deadline_tick);
    timer_.async_wait([this](const boost::system::error_code& e) {
      if (!e) tick();
    });
  }
  wheel_.set(entry, after);
}

void io_thread::tick() {
  coarse_now_ = std::chrono::steady_clock::now();
  wheel_.advance(coarse_now_);
  ticking_ = !wheel_.idle();
  if (!ticking_) return;
  timer_.expires_after(deadline_tick);
  timer_.async_wait([this](const boost::system::error_code& e) {
    if (!e) tick();
  });
}

} // namespace logos::net
