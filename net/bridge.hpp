// SPDX-License-Identifier: MIT
#pragma once
#include <boost/asio/io_context.hpp>
#include <caf/actor_cast.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/resumable.hpp>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

/// Where Asio and CAF meet; the only file of net/ that knows CAF.
namespace logos::net {

/// Runs actors on an I/O thread. An actor that is sent to through this unit, while idle, is executed here after the
/// events that are ready now: no other thread is woken. Pinned actors (see actors/hosted.hpp) always run here.
class io_unit final : public caf::execution_unit {
public:
  /// Both must outlive the unit; `context` is run by one thread only.
  io_unit(caf::actor_system& system, boost::asio::io_context& context);
  ~io_unit() override;
  io_unit(const io_unit&) = delete;
  io_unit& operator=(const io_unit&) = delete;

  /// CAF's entry: `job` has something to do. Any thread.
  void exec_later(caf::resumable* job) override;

  /// Sends from the I/O thread; the receiver runs after the events that are ready now.
  template <class Handle, class... Ts>
  void send(const Handle& to, Ts&&... xs) {
    if (!to) return;
    caf::actor_cast<caf::abstract_actor*>(to)->enqueue(
        caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::forward<Ts>(xs)...), this);
  }

  /// True on the I/O thread.
  bool here() const { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }
  /// The I/O thread calls this once, first.
  void adopt_thread() { owner_ = std::this_thread::get_id(); }
  /// The I/O thread has ended: what is ready and what becomes ready goes to CAF's own workers. Any thread, once.
  void close();

  boost::asio::io_context& context() { return context_; }

private:
  void drain_soon();
  void drain();
  void run(caf::resumable* job);
  void take_foreign();

  boost::asio::io_context& context_;
  std::atomic<std::thread::id> owner_{};
  std::atomic<bool> closed_{false};
  bool draining_ = false;
  bool posted_ = false; // a drain stands in the context's queue
  std::deque<caf::resumable*> ready_;
  std::vector<caf::resumable*> again_; // had their share of this turn and want more
  std::mutex foreign_mutex_;
  std::vector<caf::resumable*> foreign_;
};

} // namespace logos::net
