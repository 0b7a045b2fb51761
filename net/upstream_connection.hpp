// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "net/channel.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <string>
#include <vector>

namespace logos::net {

class io_thread;
class provider_pool;

/// Who uses a provider connection now. Hears nothing after it has released or closed the connection.
class upstream_user {
public:
  virtual void on_connected() = 0;
  /// `message` is fit for clients: it says what is wrong, and not where the provider is.
  virtual void on_connect_failed(std::string message) = 0;
  virtual void on_readable() = 0;
  virtual void on_writable() = 0;

protected:
  virtual ~upstream_user() = default;
};

/// One connection to a provider: being made, in use, or idle in its pool, where the provider's closing is noticed.
/// I/O thread only.
class upstream_connection : public boost::intrusive_ref_counter<upstream_connection, boost::thread_unsafe_counter> {
public:
  upstream_connection(io_thread& io, provider_pool& pool, upstream_user& user);
  ~upstream_connection();

  /// Tries `addresses` in turn, then TLS if the target wants it. Exactly one of the user's two answers follows, never
  /// from inside the call.
  void connect(std::vector<tcp::endpoint> addresses);
  /// The user's connection could not be begun.
  void fail(std::string message);
  /// The user is done. `reset`: the provider shall notice at once. Closes.
  void close(bool reset = false);
  /// The user is done and the connection may serve another.
  void release();

  channel& bytes() { return channel_; }
  void await_readable() { channel_.await_readable(this); }
  void await_writable() { channel_.await_writable(this); }
  /// Served another request before.
  bool reused() const { return reused_; }
  bool wanted() const { return user_ != nullptr; }
  /// Takes an idle connection for a new user.
  void reuse(upstream_user& user);
  core::steady_time idle_since() const { return idle_since_; }

  // Called by the channel.
  void on_readable();
  void on_writable();

private:
  void connect_next();
  void connected();
  void shake_hands();

  io_thread& io_;
  provider_pool& pool_;
  upstream_user* user_;
  channel channel_;
  std::vector<tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  bool handshaking_ = false;
  bool reused_ = false;
  bool counted_ = false; // in upstream_open
  core::steady_time idle_since_{};
};

using upstream_connection_ptr = boost::intrusive_ptr<upstream_connection>;

} // namespace logos::net
