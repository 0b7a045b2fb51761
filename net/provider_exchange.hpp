// SPDX-License-Identifier: MIT
#pragma once
#include "net/call.hpp"
#include "net/chunk_decoder.hpp"
#include "net/deadline.hpp"
#include "net/message_head.hpp"
#include "net/upstream_connection.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <span>
#include <string>

namespace logos::net {

class io_thread;

struct provider_exchange_tag;
using provider_exchange_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<provider_exchange_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One request to a provider and its answer: takes a connection, sends, parses, takes the framing off, keeps the time
/// limits, and tries again once when a pooled connection turns out to be dead. What becomes of the answer is the
/// derived class's. I/O thread only.
class provider_exchange : public boost::intrusive_ref_counter<provider_exchange, boost::thread_unsafe_counter>,
                          public provider_exchange_hook,
                          public upstream_user,
                          public deadline_entry {
public:
  ~provider_exchange() override;
  provider_exchange(const provider_exchange&) = delete;
  provider_exchange& operator=(const provider_exchange&) = delete;
  /// The I/O thread ends: fails with ec::shutting_down, unless it is over.
  void stop();

protected:
  provider_exchange(io_thread& io, upstream_call call);

  /// The answer's head. False: the answer is not wanted; the connection is closed and nothing follows.
  virtual bool on_head(const response_head& head) = 0;
  /// What one read brought of the body, without its framing, once for the read that completed the head, too.
  /// `last`: the end has come with it.
  virtual void on_body(std::string_view piece, bool last) = 0;
  /// The connection of an answer that nothing but its end delimits has ended: whether what came can be all of it.
  virtual bool may_end_here() const { return true; }
  /// The answer is complete and the connection is back in its pool, or closed.
  virtual void on_finished() = 0;
  /// No complete answer will come. The connection is closed.
  virtual void on_failed(core::ec why, std::string message) = 0;

  /// Takes a connection and sends; it is `now`. Fails by `on_failed`, possibly from inside.
  void begin(core::steady_time now);
  /// Nothing is read from the provider until `resume`; its silence is not counted against it meanwhile.
  void pause();
  void resume();
  /// Closes the connection, so that the provider notices at once. No call follows.
  void abort();
  /// The phase that begins now may take so long; then it fails for this reason. Ends the limit before it.
  void limit(std::chrono::milliseconds phase, core::ec why);

  io_thread& io_;
  upstream_call call_;
  bool reused_ = false;
  bool sent_whole_ = false;
  core::steady_time sent_at_{}; // the last byte of the request was handed to the socket
  std::uint64_t request_bytes_ = 0;

private:
  enum class framing : std::uint8_t { none, length, chunked, until_close };

  void take_connection(bool fresh);
  void send();
  void take(std::span<char> bytes);
  bool take_head(std::span<char>& bytes);
  void deliver(std::span<char> bytes);
  void finish();
  void lost(bool clean_end);
  void fail(core::ec why, std::string message);
  void clear_limit();

  void on_connected() override;
  void on_connect_failed(std::string message) override;
  void on_readable() override;
  void on_writable() override;
  void on_deadline() override;

  upstream_connection_ptr connection_;
  core::steady_time begun_{};
  core::ec limit_why_ = core::ec::none; // what passing the deadline means
  std::uint64_t sent_ = 0;
  std::string held_; // a head's first part
  head_scanner scanner_;
  chunk_decoder chunks_;
  std::uint64_t body_left_ = 0;
  framing framing_ = framing::none;
  bool head_done_ = false;
  bool body_begun_ = false;
  bool received_ = false;
  bool keep_alive_ = false;
  bool retried_ = false;
  bool paused_ = false;
};

} // namespace logos::net
