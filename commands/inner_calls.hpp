// SPDX-License-Identifier: MIT
#pragma once
#include "net/inner_exchange.hpp"

#include <memory>
#include <unordered_map>
#include <vector>

namespace logos::commands {

/// Requests that the gateway makes itself, carried out by the INGRESSes of the I/O threads, in turn.
class inner_calls {
public:
  explicit inner_calls(std::vector<net::io_thread_ptr> threads);
  ~inner_calls();
  inner_calls(const inner_calls&) = delete;
  inner_calls& operator=(const inner_calls&) = delete;

  /// One thread.
  void begin(net::inner_request request, net::collector to);
  /// Ends it as if its client had left; nothing if it has ended. Any thread.
  void end(const core::uuid& id, const core::failure& why);
  /// Looks after those that were lost. Any thread.
  void look_after();

private:
  /// What runs on one thread; touched there only, and outlives this.
  using table = std::unordered_map<core::uuid, net::inner_exchange_ptr, core::uuid_hash>;
  struct lane {
    net::io_thread_ptr thread;
    std::shared_ptr<table> running;
  };

  std::vector<lane> lanes_;
  std::size_t next_ = 0;
};

} // namespace logos::commands
