// SPDX-License-Identifier: MIT
#include "commands/inner_calls.hpp"

#include <utility>

namespace logos::commands {

inner_calls::inner_calls(std::vector<net::io_thread_ptr> threads) {
  for (auto& thread : threads)
    lanes_.push_back({std::move(thread), std::make_shared<table>()});
}

inner_calls::~inner_calls() {
  for (const auto& [thread, running] : lanes_) {
    if (!thread->stopped()) continue; // each goes when it is answered
    const auto left = std::exchange(*running, {});
    for (const auto& [id, x] : left)
      x->attached.reset(); // holds and permits end while there is a workplace
  }
}

void inner_calls::begin(net::inner_request request, net::collector to) {
  const auto& chosen = lanes_[next_++ % lanes_.size()];
  const auto id = request.id;
  to.done = [running = chosen.running, id, done = std::move(to.done)](net::collected_answer a) {
    done(std::move(a));
    running->erase(id);
  };
  chosen.thread->post([thread = chosen.thread, running = chosen.running, id, request = std::move(request),
                       to = std::move(to)]() mutable {
    const net::inner_exchange_ptr x{new net::inner_exchange{*thread, std::move(request), std::move(to)}};
    running->emplace(id, x);
    x->begin();
  });
}

void inner_calls::end(const core::uuid& id, const core::failure& why) {
  for (const auto& [thread, running] : lanes_)
    thread->post([id, why, running = running] {
      if (const auto at = running->find(id); at != running->end()) {
        const auto x = at->second;
        x->end(why);
      }
    });
}

void inner_calls::look_after() {
  for (const auto& [thread, running] : lanes_)
    thread->post([running = running] {
      std::vector<net::inner_exchange_ptr> lost;
      for (const auto& [id, x] : *running)
        if (x->forgotten()) lost.push_back(x);
      for (const auto& x : lost)
        x->fail({core::ec::internal, "The request was lost inside the gateway."});
    });
}

} // namespace logos::commands
