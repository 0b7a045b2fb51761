// SPDX-License-Identifier: MIT
#include "net/session.hpp"

#include "net/body_gate.hpp"
#include "net/client_address.hpp"
#include "net/io_thread.hpp"
#include "net/session_exchange.hpp"

#include <algorithm>
#include <utility>

namespace logos::net {
namespace {

using namespace std::chrono_literals;

// What a client may send ahead while its request runs.
constexpr std::size_t most_pipelined_bytes = 16 * 1024;
// What a client that was refused may still send before the connection is cut.
constexpr std::uint64_t most_discarded_bytes = 64ULL << 20;
// How often a running request is looked at for having been lost by its handler.
constexpr auto forgotten_check = 200ms;
// Memory of a slow client's answer that is kept for the next one.
constexpr std::size_t kept_pending_bytes = 4 * 1024;

} // namespace

session::session(io_thread& io, tcp_socket socket, std::shared_ptr<const tls_context> tls)
    : io_{io},
      channel_{std::move(socket)},
      tls_{std::move(tls)} {
  boost::system::error_code e;
  const auto peer = channel_.socket().remote_endpoint(e);
  if (!e) client_address_ = peer.address().to_string();
  of_proxy_ = is_trusted(client_address_, io_.settings().trusted_proxies);
  io_.enlist(*this);
  io_.counters().connections_open.add();
  io_.counters().connections_total.add();
}

session::~session() { close(); }

void session::start() {
  self_ = this;
  channel_.set_no_delay();
  io_.set_deadline(*this, io_.settings().header_time);
  if (tls_) {
    phase_ = phase::handshake;
    channel_.secure(tls_->accept(channel_.socket().native_handle()));
  }
  on_readable();
}

void session::close() {
  if (closed_) return;
  closed_ = true;
  const bool complete = phase_ == phase::flushing || phase_ == phase::lingering;
  channel_.close();
  session_hook::unlink();
  deadline_wheel::clear(*this);
  io_.counters().connections_open.subtract();
  if (const auto x = std::exchange(current_, nullptr)) x->client_left(complete || phase_ == phase::body);
  // Callers up the stack are still at work with this session.
  if (self_) io_.post([self = std::move(self_)] {});
}

void session::drain() {
  if (phase_ == phase::head && idle_) close();
  // otherwise the answer says `connection: close`
}

void session::end(const core::failure& why) {
  switch (phase_) {
  case phase::handshake:
  case phase::head:
  case phase::body: return close();
  case phase::running: {
    const boost::intrusive_ptr<session_exchange> x = current_;
    return x->end(why);
  }
  case phase::flushing:
  case phase::lingering: break; // its answer is written already, or about to be
  }
}

void session::on_readable() {
  if (closed_) return;
  switch (phase_) {
  case phase::handshake: shake_hands(); break;
  case phase::lingering: discard(); break;
  default: receive(); break;
  }
}

void session::shake_hands() {
  switch (channel_.handshake()) {
  case channel::handshake_state::want_read: channel_.await_readable(this); break;
  case channel::handshake_state::want_write: channel_.await_writable(this); break;
  case channel::handshake_state::failed:
    io_.counters().tls_failures.add();
    close();
    break;
  case channel::handshake_state::done:
    phase_ = phase::head;
    receive();
    break;
  }
}

void session::receive() {
  while (!closed_) {
    auto room = io_.read_buffer();
    if (phase_ == phase::running || phase_ == phase::flushing) {
      // With its room used up the client is read again after the answer; `on_deadline` looks for its leaving.
      unread_ = backlog_.size() >= most_pipelined_bytes;
      if (unread_) return;
      room = room.first(std::min(room.size(), most_pipelined_bytes - backlog_.size()));
    }
    const transfer got = channel_.read(room);
    io_.counters().bytes_in.add(got.bytes);
    if (got.bytes != 0) {
      const std::string_view bytes{room.data(), got.bytes};
      if (phase_ == phase::running || phase_ == phase::flushing)
        backlog_ += bytes;
      else
        consume(bytes);
    }
    if (closed_) return;
    if (phase_ == phase::lingering) return;
    // A client that closed and one that shut down its sending side alone look the same here. A running request is ended
    // for both, because a provider must not work for a client that has gone (RFC 9112, 9.6 leaves it to the server).
    // An answer that is complete already goes out: if nobody is there any more, writing tells.
    if (got.then == transfer::state::ended && phase_ == phase::flushing) {
      keep_alive_ = false;
      return;
    }
    if (got.then == transfer::state::ended || got.then == transfer::state::failed) return peer_left();
    if (got.then == transfer::state::wait) break;
  }
  await_more();
}

void session::await_more() {
  if (!closed_) channel_.await_readable(this);
}

void session::peer_left() { close(); }

void session::on_deadline() {
  const boost::intrusive_ptr<session> self{this};
  switch (phase_) {
  case phase::handshake: io_.counters().tls_failures.add(); return close();
  case phase::head:
    if (idle_) return close();
    io_.counters().requests_timed_out.add();
    return refuse({core::ec::request_timeout, "The request's headers did not come in time."});
  case phase::body:
    io_.counters().requests_timed_out.add();
    return refuse(gate_ ? gate_->late()
                        : core::failure{core::ec::request_timeout, "The request's body did not come in time."});
  case phase::running:
    if (!pending_.empty()) {
      io_.counters().write_stalls.add();
      return close();
    }
    if (backlog_.size() >= most_pipelined_bytes && channel_.peer_closed()) return close();
    if (current_->forgotten()) {
      const boost::intrusive_ptr<session_exchange> x = current_;
      return x->fail({core::ec::internal, "The request was lost inside the gateway."});
    }
    return io_.set_deadline(*this, backlog_.size() >= most_pipelined_bytes ? deadline_tick : forgotten_check);
  case phase::flushing: io_.counters().write_stalls.add(); return close();
  case phase::lingering: return close();
  }
}

bool session::send(std::span<const iovec> parts) {
  if (closed_) return true;
  std::size_t skip = 0;
  if (pending_.empty()) {
    const transfer sent = channel_.write(parts);
    io_.counters().bytes_out.add(sent.bytes);
    if (sent.then == transfer::state::more) return true;
    if (sent.then == transfer::state::failed) {
      // Found out at the next read, not here: the caller is in the middle of its own work.
      io_.post([self = boost::intrusive_ptr<session>{this}] { self->close(); });
      return true;
    }
    skip = sent.bytes;
  }
  for (const auto& part : parts) {
    const auto leave = std::min(skip, part.iov_len);
    skip -= leave;
    pending_.append(static_cast<const char*>(part.iov_base) + leave, part.iov_len - leave);
  }
  io_.set_deadline(*this, io_.settings().write_stall);
  channel_.await_writable(this);
  return false;
}

void session::on_writable() {
  if (phase_ == phase::handshake) return shake_hands();
  flush();
}

void session::flush() {
  if (pending_.empty()) return;
  const iovec rest{pending_.data() + pending_from_, pending_.size() - pending_from_};
  const transfer sent = channel_.write({&rest, 1});
  io_.counters().bytes_out.add(sent.bytes);
  pending_from_ += sent.bytes;
  if (sent.then == transfer::state::failed) return peer_left();
  if (pending_from_ < pending_.size()) {
    if (sent.bytes != 0) io_.set_deadline(*this, io_.settings().write_stall);
    channel_.await_writable(this);
    return;
  }
  pending_.clear();
  pending_from_ = 0;
  if (pending_.capacity() > kept_pending_bytes) pending_.shrink_to_fit();
  if (phase_ == phase::running) {
    io_.set_deadline(*this, forgotten_check);
    if (const auto x = current_) x->client_drained();
  } else if (phase_ == phase::flushing) {
    after_answer();
  }
}

void session::end_answer(bool keep) {
  keep_alive_ = keep_alive_ && keep && !io_.draining();
  phase_ = phase::flushing;
  if (pending_.empty()) after_answer();
}

void session::after_answer() {
  if (const auto x = std::exchange(current_, nullptr)) x->release_client();
  if (!keep_alive_) return linger();
  phase_ = phase::head;
  idle_ = true;
  scanner_.reset();
  io_.set_deadline(*this, io_.settings().keep_alive);
  if (consuming_) return; // the loop in `consume` goes on
  if (!backlog_.empty()) {
    const std::string held = std::exchange(backlog_, {});
    consume(held);
    if (closed_ || phase_ == phase::lingering) return;
  } else if (io_.draining()) {
    return close();
  }
  // What stayed unread may stand in TLS's own buffer, of which the socket knows nothing. Read it from the event loop:
  // the thread's read buffer may be in use further up.
  if (std::exchange(unread_, false))
    io_.post([self = boost::intrusive_ptr<session>{this}] { self->on_readable(); });
  else
    await_more();
}

void session::cut_answer(bool reset) {
  if (reset) channel_.reset_on_close();
  phase_ = phase::flushing; // nothing more is expected of the exchange
  if (reset || pending_.empty()) return close();
  keep_alive_ = false; // what the client has not taken yet still goes out
}

void session::linger() {
  phase_ = phase::lingering;
  channel_.shut_down_writing();
  io_.set_deadline(*this, io_.settings().linger);
  body_left_ = most_discarded_bytes;
  await_more();
}

void session::discard() {
  while (!closed_) {
    const auto room = io_.read_buffer();
    const transfer got = channel_.read(room);
    if (got.then == transfer::state::ended || got.then == transfer::state::failed || got.bytes > body_left_)
      return close();
    body_left_ -= got.bytes;
    if (got.then == transfer::state::wait) break;
  }
  await_more();
}

} // namespace logos::net
