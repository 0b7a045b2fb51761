// SPDX-License-Identifier: MIT
#include "replay/log_reading.hpp"

#include "replay/log_row.hpp"

#include <utility>

namespace logos::replay {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t at_once = 16;
constexpr std::size_t most_row_bytes = 8U << 20; // at log level FULL a row has its payloads
constexpr auto pause = 200ms;

} // namespace

log_reading::log_reading(net::io_thread& io, const gateway& to, std::vector<outcome>& into,
                         std::chrono::milliseconds patience, std::function<void()> done)
    : io_{io},
      to_{to},
      into_{into},
      patience_{patience},
      done_{std::move(done)},
      timer_{io.context()} {
  for (std::size_t i = 0; i < into_.size(); ++i)
    if (!into_[i].request_id.empty()) due_.push_back(i);
  wanted_ = due_.size();
}

void log_reading::start() {
  deadline_ = std::chrono::steady_clock::now() + patience_;
  ask();
}

void log_reading::stop() {
  if (trouble_.empty()) trouble_ = "interrupted";
  end();
}

std::string log_reading::shortfall() const {
  if (wanted_ == 0) return into_.empty() ? "" : "no answer had an x-request-id";
  if (found_ == wanted_) return {};
  return trouble_.empty() ? "they are not on its books, or this key may not see them" : trouble_;
}

void log_reading::ask() {
  while (!over_ && asked_ < at_once && !due_.empty()) {
    const auto index = due_.front();
    due_.pop_front();
    ++asked_;
    net::fetch(io_, to_.target, to_.head("GET", "/admin/v1/requests/" + into_[index].request_id, 0), {}, 10s,
               most_row_bytes, [this, index](const net::fetch_result& got) { take(index, got); });
  }
  if (!over_ && asked_ == 0) again_.empty() ? end() : wait();
}

void log_reading::take(std::size_t index, const net::fetch_result& got) {
  --asked_;
  if (over_) return;
  auto row = got && got->status == 200 ? parse_log_row(got->body) : std::nullopt;
  if (row) {
    into_[index].logged = std::move(row);
    ++found_;
    deadline_ = std::chrono::steady_clock::now() + patience_;
  } else {
    again_.push_back(index);
    if (!got) {
      trouble_ = explain(to_, got.error().code, got.error().message);
    } else if (got->status != 404) {
      trouble_ = to_.url + "/admin/v1/requests answers " + std::to_string(got->status);
      if (got->status == 401 || got->status == 403) {
        trouble_ += ": this key may not read it";
        return end();
      }
    }
  }
  ask();
}

void log_reading::wait() {
  if (std::chrono::steady_clock::now() >= deadline_) return end();
  timer_.expires_after(pause);
  timer_.async_wait([this](const boost::system::error_code& e) {
    if (e) return;
    due_.assign(again_.begin(), again_.end());
    again_.clear();
    ask();
  });
}

void log_reading::end() {
  if (std::exchange(over_, true)) return;
  timer_.cancel();
  io_.post(done_);
}

} // namespace logos::replay
