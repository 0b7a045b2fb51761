// SPDX-License-Identifier: MIT
#include "simulator/desk.hpp"

#include "simulator/exchange.hpp"

namespace logos::simulator {

desk::desk(boost::asio::io_context& io, provider& p, std::function<void(std::chrono::milliseconds)> refuse)
    : provider_{p},
      refuse_{std::move(refuse)},
      timer_{io} {}

bool desk::enter(exchange& e, const job& j) {
  const auto t = provider_.memory.enter(j.model, j.keep_alive, j.context);
  if (t == 0) return false;
  e.hold(t);
  waiting_.emplace(t, &e);
  pump();
  return true;
}

void desk::leave(residency::ticket t) {
  waiting_.erase(t);
  provider_.memory.leave(t, now().steady);
  pump();
}

void desk::pump() {
  for (const auto t : provider_.memory.advance(now().steady)) {
    // One of those before it in the list may have ended it meanwhile.
    const auto found = waiting_.find(t);
    if (found == waiting_.end()) continue;
    auto& e = *found->second;
    waiting_.erase(found);
    e.served();
  }
  arm();
}

void desk::refuse_if_told() {
  if (const auto f = provider_.faults.take_refusal()) refuse_(f->delay);
}

void desk::arm() {
  const auto next = provider_.memory.next_event();
  // A timer that fires too early costs one idle pump; moving it at every request would cost more.
  if (next >= armed_for_) return;
  armed_for_ = next;
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_for_ = residency::never;
    pump();
  });
}

moment desk::now() { return {core::system_clock().wall(), core::system_clock().steady()}; }

} // namespace logos::simulator
