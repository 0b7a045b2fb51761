// SPDX-License-Identifier: MIT
#include "net/upstream_connection.hpp"

#include "net/io_thread.hpp"
#include "net/upstream_pool.hpp"

#include <utility>

namespace logos::net {

upstream_connection::upstream_connection(io_thread& io, provider_pool& pool, upstream_user& user)
    : io_{io},
      pool_{pool},
      user_{&user},
      channel_{tcp_socket{io.context()}} {}

upstream_connection::~upstream_connection() { close(); }

void upstream_connection::connect(std::vector<tcp::endpoint> addresses) {
  addresses_ = std::move(addresses);
  connect_next();
}

void upstream_connection::connect_next() {
  const tcp::endpoint to = addresses_[next_address_++];
  channel_.close();
  channel_.socket().async_connect(to, [self = upstream_connection_ptr{this}, to](const boost::system::error_code& e) {
    if (!self->wanted()) return;
    if (!e) return self->connected();
    self->pool_.mark_bad(to);
    if (self->next_address_ < self->addresses_.size())
      self->connect_next();
    else
      self->fail("cannot connect to the provider: " + e.message());
  });
}

void upstream_connection::connected() {
  io_.counters().upstream_opened.add();
  io_.counters().upstream_open.add();
  counted_ = true;
  channel_.set_no_delay();
  if (!pool_.target().tls) return user_->on_connected();
  auto context = pool_.tls();
  if (!context) return fail(std::move(context).error());
  channel_.secure((*context)->connect(channel_.socket().native_handle(), pool_.target().host));
  handshaking_ = true;
  shake_hands();
}

void upstream_connection::shake_hands() {
  switch (channel_.handshake()) {
  case channel::handshake_state::want_read: return await_readable();
  case channel::handshake_state::want_write: return await_writable();
  case channel::handshake_state::failed: return fail("TLS with the provider failed: " + channel_.failure_text());
  case channel::handshake_state::done: handshaking_ = false; return user_->on_connected();
  }
}

void upstream_connection::fail(std::string message) {
  auto* const user = std::exchange(user_, nullptr);
  close();
  if (user) user->on_connect_failed(std::move(message));
}

void upstream_connection::close(bool reset) {
  user_ = nullptr;
  if (std::exchange(counted_, false)) io_.counters().upstream_open.subtract();
  if (!channel_.open()) return;
  if (reset) channel_.reset_on_close();
  channel_.close();
}

void upstream_connection::release() {
  user_ = nullptr;
  idle_since_ = io_.coarse_now();
  pool_.put(*this);
}

void upstream_connection::reuse(upstream_user& user) {
  user_ = &user;
  reused_ = true;
  io_.counters().upstream_reused.add();
}

void upstream_connection::on_readable() {
  if (handshaking_) return shake_hands();
  if (user_) return user_->on_readable();
  // Nothing may come on an idle connection but its end, and TLS's own housekeeping.
  char unexpected[16];
  const transfer got = channel_.read(unexpected);
  if (got.bytes == 0 && got.then == transfer::state::wait) return await_readable();
  pool_.drop(*this);
  close();
}

void upstream_connection::on_writable() {
  if (handshaking_) return shake_hands();
  if (user_) user_->on_writable();
}

} // namespace logos::net
