// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "net/call.hpp"
#include "net/deadline.hpp"
#include "net/upstream_connection.hpp"

#include <boost/asio/ip/basic_resolver.hpp>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace logos::net {

class io_thread;
class provider_exchange;

/// The connections of one I/O thread to one provider: idle ones (the last used first), names resolved, TLS context.
class provider_pool {
public:
  provider_pool(io_thread& io, std::shared_ptr<const upstream_target> target);

  /// An idle connection (`user` may write at once), or a new one that is being made. `fresh`: certainly a new one.
  upstream_connection_ptr take(upstream_user& user, bool fresh);
  void put(upstream_connection& connection);
  void drop(upstream_connection& connection);
  /// Closes what has been idle since before `then`. True when idle connections remain.
  bool expire(core::steady_time then);
  /// Closes what is idle.
  void close();

  const upstream_target& target() const { return *target_; }
  /// `host:port`, for messages.
  std::string name() const;
  boost::system::result<std::shared_ptr<const tls_context>, std::string> tls();
  /// A connection to `address` failed: others are tried first for a while.
  void mark_bad(const tcp::endpoint& address);

private:
  struct address {
    tcp::endpoint endpoint;
    core::steady_time bad_until{};
  };
  void resolve();
  void resolved(const boost::system::error_code& e, std::vector<tcp::endpoint> found);
  std::vector<tcp::endpoint> in_turn();

  io_thread& io_;
  std::shared_ptr<const upstream_target> target_;
  std::vector<upstream_connection_ptr> idle_;
  std::vector<address> addresses_;
  core::steady_time resolved_at_{};
  std::size_t turn_ = 0;
  bool resolving_ = false;
  std::vector<upstream_connection_ptr> waiting_; // for the name
  std::shared_ptr<const tls_context> tls_;
};

/// The provider connections of one I/O thread. I/O thread only.
class upstream_pool final : public deadline_entry {
public:
  explicit upstream_pool(io_thread& io);
  ~upstream_pool() override;
  provider_pool& to(const std::shared_ptr<const upstream_target>& target);
  /// A connection has become idle: it will be looked at when it may have to be closed.
  void watch();
  /// Lists an exchange that is under way, until it is destroyed.
  void enlist(provider_exchange& x);
  /// Ends every exchange that is under way with ec::shutting_down and closes every idle connection.
  void close();
  void on_deadline() override;

private:
  struct target_hash {
    std::size_t operator()(const upstream_target& t) const {
      return std::hash<std::string>{}(t.host) * 31 + t.port * 2U + (t.tls ? 1U : 0U);
    }
  };
  struct exchange_list; // intrusive, not owning
  io_thread& io_;
  std::unique_ptr<exchange_list> active_;
  std::unordered_map<upstream_target, provider_pool, target_hash> pools_;
};

} // namespace logos::net
