// SPDX-License-Identifier: MIT
#pragma once
#include <caf/all.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace logos::cluster {

/// One answer put together from those of several who are asked at once, each within a time of its own. Who says nothing
/// in it, or is gone, counts as missing, and keeps nobody else's answer back. The sum is delivered once: when all have
/// answered or are missing, or before that by `deliver`. Belongs to the actor that asks; copies are one gathering.
///
///     gathering<names> all{self_->make_response_promise<names>()};
///     for (const auto& peer : peers)
///       all.ask<std::string>(self_, peer, 2s, [](names& sum, std::string& said) { ... }, left_out, atom::name_v);
///     return all.answer();
template <class Sum>
class gathering {
public:
  explicit gathering(caf::typed_response_promise<Sum> to) : of_{std::make_shared<state>()} {
    of_->promise = std::move(to);
  }

  /// What was gathered so far; also for what is known without asking.
  Sum& sum() { return of_->sum; }

  /// Asks one more: `take(sum, answer)` or `miss(sum)` notes what came of it, unless the sum has been delivered by
  /// then.
  template <class Answer, class Self, class Handle, class Take, class Miss, class... Ts>
  void ask(Self self, const Handle& whom, std::chrono::milliseconds at_most, Take take, Miss miss,
           const Ts&... question) {
    ++of_->open;
    self->request(whom, at_most, question...)
        .then(
            [of = of_, take](Answer& answer) {
              if (!of->delivered) take(of->sum, answer);
              of->close();
            },
            [of = of_, miss](const caf::error&) {
              if (!of->delivered) miss(of->sum);
              of->close();
            });
  }

  /// The sum is enough as it is: the others are not waited for.
  void deliver() const { of_->deliver(); }

  /// Nobody more is asked; what the asking handler answers. With nobody asked the sum is delivered at once.
  caf::typed_response_promise<Sum> answer() {
    of_->close();
    return of_->promise;
  }

private:
  struct state {
    caf::typed_response_promise<Sum> promise;
    Sum sum{};
    std::size_t open = 1; // until nobody more is asked
    bool delivered = false;
    void close() {
      if (--open == 0) deliver();
    }
    void deliver() {
      if (std::exchange(delivered, true)) return;
      promise.deliver(std::move(sum));
    }
  };
  std::shared_ptr<state> of_;
};

/// Whoever is missing in a `gathering` changes nothing.
inline constexpr auto left_out = [](const auto&) {};

} // namespace logos::cluster
