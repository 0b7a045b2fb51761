// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "net/deadline.hpp"
#include "net/exchange.hpp"
#include "net/http_settings.hpp"
#include "net/io_counters.hpp"
#include "net/message_head.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <ctime>
#include <memory>
#include <span>
#include <string>
#include <thread>

namespace logos::net {

class session;
class upstream_pool;
class tls_context;

/// Everything that the connections of one I/O thread share. Made by the server (or a test), run by one thread. An
/// exchange keeps it alive, so that its last reference may go anywhere, even after the server has stopped.
class io_thread : public boost::intrusive_ref_counter<io_thread, boost::thread_safe_counter> {
public:
  io_thread(unsigned index, std::shared_ptr<const http_settings> settings);
  ~io_thread();
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  unsigned index() const { return index_; }
  boost::asio::io_context& context() { return context_; }
  /// Runs `f` on this thread, later. Any thread.
  template <class F>
  void post(F&& f) {
    boost::asio::post(context_, std::forward<F>(f));
  }
  /// True on the thread that runs this.
  bool here() const;

  /// Runs until `stop`. The calling thread becomes the I/O thread.
  void run();
  /// Closes every connection and ends `run`. Any thread.
  void stop();
  /// `run` has ended: nothing that is posted will run. Any thread.
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  /// Idle client connections close, running requests are answered with `connection: close`. I/O thread.
  void begin_drain();
  /// Ends running requests with `why`; each connection closes when that is written. I/O thread.
  void end_requests(const core::failure& why);
  /// Ends every client connection at once. I/O thread.
  void close_sessions();
  bool draining() const { return draining_; }
  /// Client connections now. Any thread.
  std::uint64_t connections() const { return counters_.connections_open.value(); }

  /// Where complete requests go. Set before `run`; may be null while there is no listener.
  void serve(std::unique_ptr<request_handler> handler) { handler_ = std::move(handler); }
  request_handler* handler() { return handler_.get(); }

  const http_settings& settings() const { return *settings_; }
  const io_counters& counters() const { return counters_; }
  io_counters& counters() { return counters_; }
  upstream_pool& upstreams() { return *upstreams_; }
  core::uuid new_id(core::wall_time now) { return ids_.next(now); }

  /// Exact, and cheaper than two clocks: the monotonic clock and an offset that is renewed every second.
  core::wall_time wall_now() { return wall_at(std::chrono::steady_clock::now()); }
  /// The same for one who has read the monotonic clock just now.
  core::wall_time wall_at(core::steady_time now);
  core::wall_time to_wall(core::steady_time t) const {
    return core::wall_time{std::chrono::floor<std::chrono::microseconds>(t.time_since_epoch()) + wall_offset_};
  }
  /// The monotonic clock as of the last tick, at most one tick old while any time limit is armed.
  core::steady_time coarse_now() const { return coarse_now_; }
  /// The value of a Date header, renewed every second.
  const std::string& date();

  /// Arms `entry`; zero means no limit.
  void set_deadline(deadline_entry& entry, std::chrono::milliseconds after);

  // Memory that is free between two handlers: what is read is handled or copied before the next read.
  std::span<char> read_buffer() { return {read_buffer_.get(), read_buffer_size}; }
  std::string& head_text() { return head_text_; }
  request_head& parsed_request() { return parsed_request_; }
  response_head& parsed_response() { return parsed_response_; }

  /// Every session, for draining and stopping.
  void enlist(session& s);

private:
  static constexpr std::size_t read_buffer_size = 64 * 1024;
  struct session_list; // intrusive, not owning
  void tick();
  void renew_clock(core::steady_time now);

  const unsigned index_;
  std::shared_ptr<const http_settings> settings_;
  io_counters counters_;
  deadline_wheel wheel_;
  std::unique_ptr<session_list> sessions_;
  boost::asio::io_context context_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      timer_;
  core::steady_time coarse_now_{};
  bool ticking_ = false;
  bool draining_ = false;
  std::atomic<std::thread::id> thread_{};
  std::atomic<bool> stopped_{false};
  core::uuid_source ids_;
  std::chrono::microseconds wall_offset_{};
  core::steady_time clock_renewed_{};
  std::string date_;
  std::time_t date_made_ = 0;
  std::unique_ptr<char[]> read_buffer_;
  std::string head_text_;
  request_head parsed_request_;
  response_head parsed_response_;
  std::unique_ptr<upstream_pool> upstreams_;
  std::unique_ptr<request_handler> handler_;
};

using io_thread_ptr = boost::intrusive_ptr<io_thread>;

} // namespace logos::net
