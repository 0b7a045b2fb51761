// SPDX-License-Identifier: MIT
#include "simulator/server.hpp"

#include "simulator/desk.hpp"
#include "simulator/session.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>

#include <future>
#include <optional>
#include <thread>

namespace logos::simulator {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// In the order of their lives: what the loop's handlers refer to is declared before the loop runs and outlives it.
struct server::parts {
  explicit parts(provider_spec s)
      : state{std::move(s)},
        front{io, state, [this](std::chrono::milliseconds d) { refuse(d); }} {}

  asio::io_context io{1};
  provider state;
  desk front;
  tcp::acceptor acceptor{io};
  asio::steady_timer reopening{io};
  tcp::endpoint endpoint{};
  std::optional<asio::ssl::context> tls{};
  std::thread thread{};

  error_code load_certificate() {
    error_code error;
    if (state.spec.certificate.empty()) return error;
    tls.emplace(asio::ssl::context::tls_server);
    tls->use_certificate_chain_file(state.spec.certificate, error);
    if (!error) tls->use_private_key_file(state.spec.private_key, asio::ssl::context::pem, error);
    return error;
  }

  error_code listen() {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    // Written once, before the thread runs: whoever reopens the listener finds the port set.
    if (!error && endpoint.port() == 0) endpoint = acceptor.local_endpoint(error);
    return error;
  }

  void accept() {
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
      if (!acceptor.is_open() || error == asio::error::operation_aborted) return;
      if (!error) serve(io, front, std::move(socket), tls ? &*tls : nullptr);
      accept();
    });
  }

  void refuse(std::chrono::milliseconds d) {
    error_code ignored;
    acceptor.close(ignored);
    reopening.expires_after(d);
    reopening.async_wait([this](const error_code& error) {
      if (error) return;
      // Someone else may have taken the port: then the provider stays away, as it would in life.
      if (!listen()) accept();
    });
  }

  /// Runs `f` where the state may be touched, and waits for its result.
  template <class F>
  auto look(F f) -> decltype(f()) {
    if (!thread.joinable()) return f();
    std::packaged_task<decltype(f())()> task{std::move(f)};
    auto result = task.get_future();
    asio::post(io, [&task] { task(); });
    return result.get();
  }
};

server::server(provider_spec spec) : parts_{std::make_unique<parts>(std::move(spec))} {}

server::~server() { stop(); }

boost::system::result<std::uint16_t> server::start() {
  error_code error;
  const auto address = asio::ip::make_address(parts_->state.spec.host, error);
  if (error) return error;
  if ((error = parts_->load_certificate())) return error;
  parts_->endpoint = {address, parts_->state.spec.port};
  if ((error = parts_->listen())) return error;
  parts_->accept();
  parts_->thread = std::thread{[this] {
    const auto guard = asio::make_work_guard(parts_->io);
    parts_->io.run();
  }};
  return port();
}

void server::stop() {
  if (!parts_->thread.joinable()) return;
  parts_->io.stop();
  parts_->thread.join();
  error_code ignored;
  parts_->acceptor.close(ignored);
}

std::uint16_t server::port() const { return parts_->endpoint.port(); }

std::string server::url() const {
  const auto& host = parts_->state.spec.host;
  return (parts_->tls ? "https://" : "http://") + (host.find(':') == std::string::npos ? host : "[" + host + "]") +
         ":" + std::to_string(port());
}

const provider_spec& server::spec() const { return parts_->state.spec; }

void server::inject(fault f) {
  parts_->look([&] {
    parts_->state.faults.add(std::move(f));
    parts_->front.refuse_if_told();
  });
}

void server::clear_faults() {
  parts_->look([&] { parts_->state.faults.clear({}); });
}

request_counters server::count(std::string_view model) const {
  return parts_->look([&] {
    const auto& log = parts_->state.log;
    if (model.empty()) return log.total();
    const auto found = log.models().find(model);
    return found == log.models().end() ? request_counters{} : found->second;
  });
}

std::vector<request_record> server::requests() const {
  return parts_->look([&] {
    const auto& last = parts_->state.log.last();
    return std::vector<request_record>(last.begin(), last.end());
  });
}

std::string server::last_request() const {
  return parts_->look([&] { return parts_->state.last_request; });
}

} // namespace logos::simulator
