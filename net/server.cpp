// SPDX-License-Identifier: MIT
#include "net/server.hpp"

#include "net/listener.hpp"
#include "net/port_probe.hpp"
#include "net/tls.hpp"

#include <algorithm>
#include <future>
#include <utility>

namespace logos::net {
namespace {

// For clients to take the end of what was cut off.
constexpr std::chrono::seconds time_to_close{1};

} // namespace

server::server(server_settings settings) : settings_{std::move(settings)} {
  const auto http = std::make_shared<const http_settings>(settings_.http);
  for (unsigned i = 0; i < std::max(1U, settings_.threads); ++i)
    threads_.emplace_back(new io_thread{i, http});
}

server::~server() { stop(); }

std::optional<std::string> server::start(const handler_factory& make_handler) {
  auto wrong = open(make_handler);
  if (!wrong) start_accepting();
  return wrong;
}

std::optional<std::string> server::open(const handler_factory& make_handler) {
  if (!settings_.certificate_file.empty()) {
    auto made = tls_context::server(settings_.certificate_file, settings_.key_file);
    if (!made) return std::move(made).error();
    tls_ = *made;
  }
  for (auto& endpoint : settings_.listen)
    if (auto taken = port_taken(endpoint)) return taken;
  for (const auto& io : threads_) {
    for (auto endpoint : settings_.listen) {
      if (endpoint.port() == 0) endpoint.port(port_);
      const boost::intrusive_ptr<listener> l{new listener{*io}};
      if (const auto error = l->open(endpoint); !error.empty())
        return "cannot listen on port " + std::to_string(endpoint.port()) + ": " + error;
      if (port_ == 0) port_ = l->local().port();
      listeners_.push_back(l);
    }
  }
  for (const auto& io : threads_)
    io->serve(make_handler(*io));
  for (const auto& io : threads_)
    running_.emplace_back([io] { io->run(); });
  return std::nullopt;
}

void server::start_accepting() {
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    threads_[i / settings_.listen.size()]->post([l = listeners_[i], tls = tls_] { l->start(tls); });
}

void server::stop_accepting() {
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    threads_[i / settings_.listen.size()]->post([l = listeners_[i]] { l->stop(); });
}

std::uint64_t server::connections() const {
  std::uint64_t open = 0;
  for (const auto& io : threads_)
    open += io->connections();
  return open;
}

bool server::drain(std::chrono::milliseconds limit) {
  stop_accepting();
  for (const auto& io : threads_)
    io->post([io] { io->begin_drain(); });
  return wait_for_closing(limit);
}

bool server::wait_for_closing(std::chrono::milliseconds limit) const {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (connections() != 0) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

void server::close_connections() {
  const core::failure why{core::ec::shutting_down, "The node is shutting down. Try again.", "", 1};
  for (const auto& io : threads_)
    io->post([io, why] { io->end_requests(why); });
  if (wait_for_closing(time_to_close)) return;
  std::vector<std::future<void>> closed;
  for (const auto& io : threads_) {
    auto done = std::make_shared<std::promise<void>>();
    closed.push_back(done->get_future());
    io->post([io, done] {
      io->close_sessions();
      done->set_value();
    });
  }
  for (auto& one : closed)
    one.wait_for(std::chrono::seconds{1});
}

void server::stop() {
  stop_accepting();
  for (const auto& io : threads_)
    io->stop();
  for (auto& thread : running_)
    thread.join();
  running_.clear();
  listeners_.clear();
  for (const auto& io : threads_)
    io->serve(nullptr);
}

std::optional<std::string> server::reload_tls() {
  if (settings_.certificate_file.empty()) return std::nullopt;
  auto made = tls_context::server(settings_.certificate_file, settings_.key_file);
  if (!made) return std::move(made).error();
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    threads_[i / settings_.listen.size()]->post([l = listeners_[i], tls = *made] { l->secure(tls); });
  return std::nullopt;
}

} // namespace logos::net
