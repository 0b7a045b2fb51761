// SPDX-License-Identifier: MIT
#include "replay/runner.hpp"

#include "net/upstream_pool.hpp"
#include "replay/request_call.hpp"

#include <utility>

namespace logos::replay {
namespace {

constexpr std::size_t most_text = 64U << 10; // of one answer

} // namespace

runner::runner(net::io_thread& io, const gateway& to, const std::vector<planned_request>& plan, pace at,
               std::function<void()> done)
    : io_{io},
      to_{to},
      plan_{plan},
      pace_{at},
      done_{std::move(done)},
      timer_{io.context()},
      outcomes_(plan.size()) {
  counts_.planned = plan.size();
}

void runner::start() {
  begun_ = std::chrono::steady_clock::now();
  if (plan_.empty()) return io_.post(done_);
  send_due();
}

void runner::interrupt() {
  if (std::exchange(interrupted_, true)) return;
  timer_.cancel();
  if (counts_.running() == 0) return io_.post(done_);
  io_.upstreams().close();
}

std::vector<outcome> runner::take_outcomes() {
  std::erase_if(outcomes_, [](const auto& o) { return !o.sent; });
  return std::move(outcomes_);
}

core::steady_time runner::due(std::size_t row) const {
  const auto arrival = std::chrono::duration<double>{plan_[row].arrival} / pace_.time_scale;
  return begun_ + std::chrono::duration_cast<core::steady_time::duration>(arrival);
}

void runner::send_due() {
  while (counts_.sent < plan_.size() && !interrupted_ && due(counts_.sent) <= std::chrono::steady_clock::now())
    send(counts_.sent++);
  if (counts_.sent == plan_.size() || interrupted_) return;
  timer_.expires_at(due(counts_.sent));
  timer_.async_wait([this](const boost::system::error_code& e) {
    if (!e) send_due();
  });
}

void runner::send(std::size_t row) {
  auto& o = outcomes_[row];
  o.row = row;
  o.sent = true;
  o.began = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun_);
  auto body = body_to_send(plan_[row]);
  if (!body) {
    o.error = body.error().message;
    return io_.post([this, row] { ended(row); });
  }
  const boost::intrusive_ptr<request_call> call{
      new request_call{io_, to_, std::move(*body), pace_.timeout, most_text, o, [this, row] { ended(row); }}};
  call->start();
}

void runner::ended(std::size_t row) {
  auto& o = outcomes_[row];
  if (o.text.size() > text_left_) o.text.clear();
  text_left_ -= o.text.size();
  o.text.shrink_to_fit();
  ++counts_.ended;
  counts_.failed += o.succeeded() ? 0 : 1;
  const bool all_sent = counts_.sent == plan_.size() || interrupted_;
  if (all_sent && counts_.running() == 0) io_.post(done_);
}

} // namespace logos::replay
