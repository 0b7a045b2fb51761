// SPDX-License-Identifier: MIT
#include "actors/alerting/http_courier.hpp"

#include "net/fetch.hpp"
#include "net/io_thread.hpp"

#include <algorithm>
#include <cstring>
#include <future>
#include <netdb.h>
#include <netinet/in.h>
#include <system_error>
#include <thread>

namespace logos::alerting {
namespace {

constexpr std::size_t most_answer_bytes = 64 << 10; // nobody reads it

using addresses = boost::system::result<std::vector<core::ip_address>, std::string>;

core::ip_address address_of(const sockaddr& from) {
  core::ip_address out;
  if (from.sa_family == AF_INET6) {
    out.v6 = true;
    std::memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, 16);
  } else {
    std::memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in&>(from).sin_addr, 4);
  }
  return out;
}

addresses ask_resolver(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &wanted, &found); error != 0)
    return "cannot resolve '" + host + "': " + gai_strerror(error);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all{found, &freeaddrinfo};
  std::vector<core::ip_address> out;
  for (const auto* each = found; each != nullptr; each = each->ai_next)
    if (each->ai_family == AF_INET || each->ai_family == AF_INET6) out.push_back(address_of(*each->ai_addr));
  return out;
}

/// The system's resolver knows no time limit, so that it is asked on a thread that can be left behind.
addresses look_up(const std::string& host, std::chrono::milliseconds at_most) {
  if (const auto literal = core::parse_ip(host)) return std::vector{*literal};
  auto answer = std::make_shared<std::promise<addresses>>();
  auto found = answer->get_future();
  try {
    std::thread{[answer, host] { answer->set_value(ask_resolver(host)); }}.detach();
  } catch (const std::system_error& e) {
    return "cannot resolve '" + host + "': " + e.what();
  }
  if (found.wait_for(at_most) != std::future_status::ready)
    return "cannot resolve '" + host + "' within " + std::to_string(at_most.count()) + " ms";
  return found.get();
}

/// `net` calls whomever it asks a provider.
std::string for_receivers(std::string text) {
  constexpr std::string_view from = "provider", to = "receiver";
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string outcome_of(const net::fetch_result& got) {
  if (!got) return for_receivers(got.error().message);
  if (got->status >= 200 && got->status < 300) return {};
  return "the receiver answered " + std::to_string(got->status) +
         (got->status >= 300 && got->status < 400 ? "; redirects are not followed" : "");
}

} // namespace

http_courier::http_courier(net::io_thread_ptr io, trusted_places trusted, std::string user_agent, courier_limits limits)
    : io_{std::move(io)},
      trusted_{std::move(trusted)},
      user_agent_{std::move(user_agent)},
      limits_{limits} {}

void http_courier::deliver(const letter& what, std::function<void(std::string)> done) {
  const auto to = parse_destination(what.url, trusted_);
  if (!to) return done(to.error().message);
  auto found = look_up(to->at.host, limits_.lookup);
  if (!found) return done(found.error());
  if (found->empty()) return done("'" + to->at.host + "' has no address");
  for (const auto& address : *found)
    if (auto why = objection(to->at, address, trusted_); !why.empty()) return done(std::move(why));
  net::upstream_target target;
  target.host = to->at.host;
  target.port = to->at.port;
  target.tls = to->at.tls();
  target.addresses = std::move(*found);
  auto head = "POST " + to->target + " HTTP/1.1\r\nHost: " + to->at.authority() + "\r\nUser-Agent: " + user_agent_ +
              "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(what.body.size()) +
              "\r\nAccept-Encoding: identity\r\nConnection: close\r\nx-logos-alert-id: " + what.alert_id +
              "\r\nx-logos-signature: " + what.signature + "\r\n\r\n";
  net::fetch(*io_, std::make_shared<const net::upstream_target>(std::move(target)), std::move(head), what.body,
             limits_.delivery, most_answer_bytes,
             [done = std::move(done)](const net::fetch_result& got) { done(outcome_of(got)); });
}

} // namespace logos::alerting
