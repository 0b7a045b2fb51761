// SPDX-License-Identifier: MIT
#include "net_world.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>

namespace logos::net::test {
namespace {

class scripted final : public request_handler {
public:
  explicit scripted(net_world& world) : world_{world} {}
  void handle(exchange_ptr x) override {
    if (world_.on_request)
      world_.on_request(x);
    else
      world_.relay(x);
    world_.log.say("request");
  }
  std::optional<core::failure> refuse_head(exchange& x) override {
    if (world_.refuse_head)
      if (auto why = world_.refuse_head(x.request())) return why;
    if (world_.let_in) world_.let_in(x);
    return std::nullopt;
  }
  void gone(exchange& x) override { world_.log.say(x.gone() ? "gone" : "gone but there"); }

private:
  net_world& world_;
};

} // namespace

void journal::say(std::string word) {
  const std::lock_guard lock{mutex_};
  words_.push_back(std::move(word));
  said_.notify_all();
}

bool journal::hears(const std::string& word, std::size_t times) {
  std::unique_lock lock{mutex_};
  return said_.wait_for(lock, patience, [&] {
    return static_cast<std::size_t>(std::count(words_.begin(), words_.end(), word)) >= times;
  });
}

bool journal::heard(const std::string& word) {
  const std::lock_guard lock{mutex_};
  return std::find(words_.begin(), words_.end(), word) != words_.end();
}

std::vector<std::string> journal::words() {
  const std::lock_guard lock{mutex_};
  return words_;
}

bool recorder::head(int status, std::span<const header_view>) {
  log_.say("head " + std::to_string(status));
  return accepts;
}

void recorder::first_byte() {
  log_.say("first byte");
  if (on_first_byte) on_first_byte();
}

void recorder::ending(const call_outcome& outcome) {
  at_ending = outcome;
  log_.say("ending");
}

void recorder::ended(const call_outcome& outcome) {
  outcome_ = outcome;
  if (then) then(outcome);
  log_.say("ended");
}

net_world::net_world(behaviour what, http_settings http, server_settings base) : on_request{std::move(what)} {
  limits = {};
  base.http = std::move(http);
  if (base.listen.empty()) base.listen = {{boost::asio::ip::address_v4::loopback(), 0}};
  server_ = std::make_unique<net::server>(std::move(base));
  start_error = server_->start([this](io_thread&) { return std::make_unique<scripted>(*this); }).value_or("");
}

net_world::~net_world() { server_->stop(); }

void net_world::on_io(const std::function<void()>& f) {
  std::promise<void> done;
  server_->threads()[0]->post([&] {
    f();
    done.set_value();
  });
  done.get_future().wait();
}

upstream_call net_world::call_for(const exchange& x) const {
  upstream_call call;
  call.target = std::make_shared<upstream_target>(upstream_target{"127.0.0.1", provider.port()});
  const auto& r = x.request();
  call.head = std::string{r.method} + " " + std::string{r.target} + " HTTP/1.1\r\nhost: provider\r\n";
  if (!r.body.empty()) call.head += "content-length: " + std::to_string(r.body.size()) + "\r\n";
  call.head += "\r\n";
  if (!r.body.empty()) call.body = {r.body};
  call.head_only = r.method == "HEAD";
  call.limits = limits;
  return call;
}

void net_world::relay(const exchange_ptr& x) {
  auto call = call_for(*x);
  if (adjust) adjust(call);
  observer = std::make_shared<recorder>(log);
  observer->then = [x](const call_outcome& outcome) {
    if (!outcome.answered) x->fail({outcome.error, outcome.message});
  };
  x->relay(std::move(call), observer);
}

std::string get(const std::string& target, const std::string& more) {
  return "GET " + target + " HTTP/1.1\r\nhost: gateway\r\n" + more + "\r\n";
}

std::string post(const std::string& target, const std::string& body, const std::string& more) {
  return "POST " + target + " HTTP/1.1\r\nhost: gateway\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" +
         more + "\r\n" + body;
}

std::string ok(const std::string& body, const std::string& type) {
  return "HTTP/1.1 200 OK\r\ncontent-type: " + type + "\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

int status_of(const std::string& answer) { return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.c_str() + 9) : 0; }

std::string body_of(const std::string& answer) {
  const auto at = answer.find("\r\n\r\n");
  return at == std::string::npos ? std::string{} : answer.substr(at + 4);
}

std::string header_of(const std::string& answer, const std::string& name) {
  std::string head = answer.substr(0, answer.find("\r\n\r\n") + 2);
  std::string lower = head;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto at = lower.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 4;
  return head.substr(from, head.find("\r\n", from) - from);
}

std::string chunk(const std::string& data) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + data + "\r\n";
}

std::string unchunked(std::string_view framed) {
  std::string out;
  while (!framed.empty()) {
    const auto end = framed.find("\r\n");
    const auto size = std::strtoul(std::string{framed.substr(0, end)}.c_str(), nullptr, 16);
    if (end == framed.npos || size == 0) break;
    out += framed.substr(end + 2, size);
    framed.remove_prefix(std::min(framed.size(), end + 2 + size + 2));
  }
  return out;
}

} // namespace logos::net::test
