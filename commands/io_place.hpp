// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/workplace.hpp"
#include "core/traffic.hpp"
#include "net/bridge.hpp"
#include "net/io_thread.hpp"

#include <memory>
#include <string>

namespace logos::commands {

/// What belongs to one I/O thread: its execution unit, and what its INGRESS and EXECUTOR share. Outlives the actors
/// and, closed, the thread.
class io_place {
public:
  io_place(caf::actor_system& system, net::io_thread& thread, storage::journal_writer& journal,
           execution::house_rules rules);

  /// Brings the thread's requests to its INGRESS. `secret` outlives it.
  std::unique_ptr<net::request_handler> handler(const core::secret_key& secret);
  /// Runs `change` on the I/O thread. Any thread.
  template <class F>
  void change(F change) {
    thread_->post([this, change] { change(at); });
  }
  /// After the thread has ended: lets go of every actor.
  void close();

  net::io_thread& thread() { return *thread_; }
  net::io_unit& unit() { return unit_; }
  std::string name(std::string_view kind) const { return std::string{kind} + "/" + std::to_string(thread_->index()); }

private:
  net::io_thread_ptr thread_;
  net::io_unit unit_;

public:
  core::traffic traffic;
  execution::workplace at; // I/O thread only, once that runs
};

} // namespace logos::commands
