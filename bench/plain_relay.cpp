// SPDX-License-Identifier: MIT
// net/ alone as a reverse proxy to one target: the benchmark's "plain" figure.
//   logos_plain_relay LISTEN_PORT TARGET_HOST:PORT [THREADS]
#include "net/call.hpp"
#include "net/header_policy.hpp"
#include "net/server.hpp"

#include <charconv>
#include <csignal>
#include <iostream>
#include <string_view>

namespace {

using namespace logos;

class silent final : public net::call_observer {
public:
  explicit silent(net::exchange_ptr x) : exchange_{std::move(x)} {}
  bool head(int, std::span<const net::header_view>) override { return true; }
  void first_byte() override {}
  void ending(const net::call_outcome&) override {}
  void ended(const net::call_outcome& outcome) override {
    if (!outcome.answered) exchange_->fail({outcome.error, outcome.message});
    exchange_.reset();
  }

private:
  net::exchange_ptr exchange_;
};

class forwarding final : public net::request_handler {
public:
  explicit forwarding(std::shared_ptr<const net::upstream_target> target)
      : target_{std::move(target)},
        host_{"host: " + target_->host + ":" + std::to_string(target_->port) + "\r\n"} {}

  void handle(net::exchange_ptr x) override {
    const auto& request = x->request();
    net::upstream_call call;
    call.target = target_;
    call.head.reserve(512);
    call.head += request.method;
    call.head += ' ';
    call.head += request.target;
    call.head += " HTTP/1.1\r\n";
    call.head += host_;
    net::append_forwarded_headers(call.head, request.headers, {});
    if (!request.body.empty() || request.method == "POST") {
      call.head += "content-length: " + std::to_string(request.body.size()) + "\r\n";
      call.body.push_back(request.body);
    }
    call.head += "\r\n";
    call.head_only = request.method == "HEAD";
    auto observer = std::make_shared<silent>(x);
    x->relay(std::move(call), std::move(observer));
  }
  void gone(net::exchange&) override {}

private:
  std::shared_ptr<const net::upstream_target> target_;
  std::string host_;
};

template <class T>
T number(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: logos_plain_relay LISTEN_PORT TARGET_HOST:PORT [THREADS]\n";
    return 2;
  }
  const std::string_view to = argv[2];
  const auto colon = to.rfind(':');
  auto target = std::make_shared<net::upstream_target>();
  target->host = to.substr(0, colon);
  target->port = number<std::uint16_t>(to.substr(colon + 1));

  net::server_settings settings;
  settings.listen = {{boost::asio::ip::address_v4::loopback(), number<std::uint16_t>(argv[1])}};
  settings.threads = argc > 3 ? number<unsigned>(argv[3]) : 1;

  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  net::server server{settings};
  if (const auto error = server.start([&](net::io_thread&) { return std::make_unique<forwarding>(target); })) {
    std::cerr << *error << '\n';
    return 1;
  }
  std::cout << "http://127.0.0.1:" << server.port() << std::endl;
  int signal = 0;
  sigwait(&ends, &signal);
  server.stop();
}
