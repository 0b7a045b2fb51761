// SPDX-License-Identifier: MIT
#include "net/upstream_pool.hpp"

#include "net/io_thread.hpp"
#include "net/provider_exchange.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace logos::net {
namespace {

using namespace std::chrono_literals;

constexpr auto bad_address_pause = 10s;
constexpr auto expiry_check = 1s;

} // namespace

provider_pool::provider_pool(io_thread& io, std::shared_ptr<const upstream_target> target)
    : io_{io},
      target_{std::move(target)} {
  for (const auto& given : target_->addresses)
    addresses_.push_back({tcp::endpoint{boost::asio::ip::make_address(given.str()), target_->port}});
  boost::system::error_code e;
  const auto literal = boost::asio::ip::make_address(target_->host, e);
  if (addresses_.empty() && e) return;
  if (addresses_.empty()) addresses_.push_back({tcp::endpoint{literal, target_->port}});
  resolved_at_ = core::steady_time::max();
}

std::string provider_pool::name() const {
  const bool v6 = target_->host.find(':') != std::string::npos;
  return (v6 ? "[" + target_->host + "]" : target_->host) + ":" + std::to_string(target_->port);
}

upstream_connection_ptr provider_pool::take(upstream_user& user, bool fresh) {
  if (!fresh && !idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    connection->reuse(user);
    return connection;
  }
  upstream_connection_ptr connection{new upstream_connection{io_, *this, user}};
  const bool known = !addresses_.empty();
  const bool old = resolved_at_ != core::steady_time::max() &&
                   std::chrono::steady_clock::now() - resolved_at_ > io_.settings().name_validity;
  if (!known || old) {
    waiting_.push_back(connection);
    resolve();
  } else {
    connection->connect(in_turn());
  }
  return connection;
}

void provider_pool::resolve() {
  if (resolving_) return;
  resolving_ = true;
  using resolver = boost::asio::ip::basic_resolver<tcp, io_executor>;
  auto asking = std::make_unique<resolver>(io_.context());
  auto& r = *asking;
  r.async_resolve(
      target_->host, std::to_string(target_->port), resolver::numeric_service,
      [this, asking = std::move(asking)](const boost::system::error_code& e, const resolver::results_type& results) {
        std::vector<tcp::endpoint> found;
        for (const auto& result : results)
          found.push_back(result.endpoint());
        resolved(e, std::move(found));
      });
}

void provider_pool::resolved(const boost::system::error_code& e, std::vector<tcp::endpoint> found) {
  resolving_ = false;
  // While the name service is away, what it said last is better than nothing.
  if (!found.empty()) {
    std::vector<address> fresh;
    for (const auto& endpoint : found) {
      const auto known =
          std::find_if(addresses_.begin(), addresses_.end(), [&](const address& a) { return a.endpoint == endpoint; });
      fresh.push_back(known != addresses_.end() ? *known : address{endpoint, {}});
    }
    addresses_ = std::move(fresh);
    resolved_at_ = std::chrono::steady_clock::now();
  }
  for (const auto& connection : std::exchange(waiting_, {})) {
    if (!connection->wanted()) continue;
    if (addresses_.empty())
      connection->fail("cannot resolve the provider's name: " + e.message());
    else
      connection->connect(in_turn());
  }
}

std::vector<tcp::endpoint> provider_pool::in_turn() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<tcp::endpoint> good, bad;
  for (std::size_t i = 0; i < addresses_.size(); ++i) {
    const auto& a = addresses_[(turn_ + i) % addresses_.size()];
    (a.bad_until > now ? bad : good).push_back(a.endpoint);
  }
  ++turn_;
  good.insert(good.end(), bad.begin(), bad.end());
  return good;
}

void provider_pool::mark_bad(const tcp::endpoint& bad) {
  for (auto& a : addresses_)
    if (a.endpoint == bad) a.bad_until = std::chrono::steady_clock::now() + bad_address_pause;
}

void provider_pool::put(upstream_connection& connection) {
  if (idle_.size() >= io_.settings().upstream_kept) return connection.close();
  idle_.emplace_back(&connection);
  connection.await_readable();
  io_.upstreams().watch();
}

void provider_pool::drop(upstream_connection& connection) {
  const auto it = std::find(idle_.begin(), idle_.end(), upstream_connection_ptr{&connection});
  if (it != idle_.end()) idle_.erase(it);
}

bool provider_pool::expire(core::steady_time then) {
  // The longest idle stand first.
  const auto first_young =
      std::find_if(idle_.begin(), idle_.end(), [&](const auto& c) { return c->idle_since() >= then; });
  for (auto it = idle_.begin(); it != first_young; ++it)
    (*it)->close();
  idle_.erase(idle_.begin(), first_young);
  return !idle_.empty();
}

void provider_pool::close() {
  for (const auto& connection : std::exchange(idle_, {}))
    connection->close();
}

boost::system::result<std::shared_ptr<const tls_context>, std::string> provider_pool::tls() {
  if (!tls_) {
    auto made = tls_context::client(target_->verify, target_->ca_file);
    if (!made) return made;
    tls_ = *made;
  }
  return tls_;
}

struct upstream_pool::exchange_list
    : boost::intrusive::list<provider_exchange, boost::intrusive::base_hook<provider_exchange_hook>,
                             boost::intrusive::constant_time_size<false>> {};

upstream_pool::upstream_pool(io_thread& io) : io_{io}, active_{std::make_unique<exchange_list>()} {}

upstream_pool::~upstream_pool() = default;

void upstream_pool::enlist(provider_exchange& x) { active_->push_back(x); }

provider_pool& upstream_pool::to(const std::shared_ptr<const upstream_target>& target) {
  const auto it = pools_.find(*target);
  if (it != pools_.end()) return it->second;
  return pools_.try_emplace(*target, io_, target).first->second;
}

void upstream_pool::watch() {
  if (!armed()) io_.set_deadline(*this, expiry_check);
}

void upstream_pool::close() {
  while (!active_->empty()) {
    const boost::intrusive_ptr<provider_exchange> x{&active_->front()};
    active_->pop_front();
    x->stop();
  }
  for (auto& [target, pool] : pools_)
    pool.close();
}

void upstream_pool::on_deadline() {
  const auto then = std::chrono::steady_clock::now() - io_.settings().upstream_idle;
  bool some = false;
  for (auto& [target, pool] : pools_)
    some = pool.expire(then) || some;
  if (some) watch();
}

} // namespace logos::net
