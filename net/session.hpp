// SPDX-License-Identifier: MIT
#pragma once
#include "net/channel.hpp"
#include "net/chunk_decoder.hpp"
#include "net/deadline.hpp"
#include "net/exchange.hpp"
#include "net/message_head.hpp"
#include "net/tls.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace logos::net {

class body_gate;
class io_thread;
class session_exchange;

struct session_tag;
using session_hook = boost::intrusive::list_base_hook<boost::intrusive::tag<session_tag>,
                                                      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One client connection. Reads requests one after the other, hands each to the thread's handler as an exchange, and
/// writes the answers in order; while a request runs, what a pipelining client sends is kept up to a bound, and its
/// leaving is noticed. Owns itself from `start` to `close`. I/O thread only.
class session : public boost::intrusive_ref_counter<session, boost::thread_unsafe_counter>,
                public session_hook,
                public deadline_entry {
public:
  /// `tls`: null for plain HTTP.
  session(io_thread& io, tcp_socket socket, std::shared_ptr<const tls_context> tls);
  ~session() override;

  /// Begins with the handshake or the first request.
  void start();
  /// Closes at once; a running request's handler or relay hears that the client is gone.
  void close();
  /// Closes if no request runs; otherwise after its answer.
  void drain();
  /// Answers a running request with `why`, or lets its relay end with it, and closes when that is written. A connection
  /// without a whole request closes at once. For a thread that is draining.
  void end(const core::failure& why);

  // For the exchange that is being answered.

  /// Writes `parts`, or keeps what the socket does not take. False: the client does not keep up, wait for the
  /// exchange's `client_drained`.
  bool send(std::span<const iovec> parts);
  /// Nothing waits to be written.
  bool drained() const { return pending_.empty(); }
  /// The whole answer has been given to `send`. `keep` false: the connection ends after it.
  void end_answer(bool keep);
  /// Ends the connection so that the client sees that the answer is not whole.
  void cut_answer(bool reset);
  /// Appends what every answer's head carries: request id, CORS, and Connection if the connection ends or the client
  /// needs to be told that it stays.
  void append_common_headers(std::string& out, const session_exchange& x, bool keep) const;
  /// Whether the connection may go on after the running answer.
  bool keeps_alive() const { return keep_alive_; }
  /// Sends a whole answer made here.
  void send_answer(const session_exchange& x, const answer& a);
  /// Sends a piece of an event stream made here, framed as the client understands it. `headers`: lines of its head,
  /// which goes first; nothing: it has gone. `last`: the end goes with it, `end_answer` is the caller's.
  void send_stream(const session_exchange& x, std::string_view text, std::optional<std::string_view> headers,
                   bool last);

  std::unique_ptr<connection_memo>& memo() { return memo_; }
  io_thread& io() { return io_; }

  // Called by the channel and the deadline wheel.
  void on_readable();
  void on_writable();
  void on_deadline() override;

private:
  enum class phase : std::uint8_t {
    handshake,
    head,     // of the next request; `idle_` until its first byte
    body,     //
    running,  // a request is with its handler
    flushing, // its answer waits for the client to take it
    lingering // all is written; what the client still sends is dropped
  };

  void shake_hands();
  void receive();
  void consume(std::string_view bytes);
  std::size_t take_head(std::string_view bytes);
  std::size_t take_body(std::string_view bytes);
  bool refuse_head();
  void turn_away(const core::failure& why);
  bool pass_gate(std::size_t bytes);
  void await_body();
  void dispatch();
  void answer_preflight(const session_exchange& x);
  void refuse(const core::failure& f);
  void flush();
  void after_answer();
  void peer_left();
  void linger();
  void discard();
  void await_more();

  io_thread& io_;
  boost::intrusive_ptr<session> self_; // from `start` to `close`
  channel channel_;
  std::shared_ptr<const tls_context> tls_;
  phase phase_ = phase::head;
  bool idle_ = true;
  bool keep_alive_ = true;
  bool consuming_ = false;
  bool closed_ = false;
  bool unread_ = false; // reading stopped because the backlog is full
  chunk_decoder chunks_;
  head_scanner scanner_;
  std::uint64_t body_left_ = 0;
  core::steady_time body_begun_{};
  bool body_chunked_ = false;
  body_gate* gate_ = nullptr; // the running exchange's, while its body comes
  boost::intrusive_ptr<session_exchange> current_;
  std::string backlog_; // a head's first part, or what was pipelined
  std::string pending_; // answer bytes that the socket did not take
  std::size_t pending_from_ = 0;
  std::string client_address_; // the peer's
  bool of_proxy_ = false;      // the peer is a trusted proxy: each request says whose it is
  std::unique_ptr<connection_memo> memo_;
};

} // namespace logos::net
