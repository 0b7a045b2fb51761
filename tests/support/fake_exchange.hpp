// SPDX-License-Identifier: MIT
#pragma once
#include "net/call.hpp"
#include "net/exchange.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logos::tests {

/// An exchange without a socket: made from a request, it records what became of it. Only the first terminal call
/// counts, as with a real one. A test plays the provider through `relayed`.
class fake_exchange final : public net::exchange {
public:
  /// A relay that was asked for. The test calls the observer as the provider's answer should go.
  struct relay_call {
    net::upstream_call call;
    std::shared_ptr<net::call_observer> observer;
  };

  struct line {
    std::string name;
    std::string value;
  };

  fake_exchange(std::string_view method, std::string_view target, std::vector<line> headers = {},
                std::string_view body = {})
      : method_{method},
        target_{target},
        lines_{std::move(headers)},
        body_{body} {
    body_.append(64, '\0'); // simdjson reads beyond the end
    for (const auto& l : lines_)
      views_.push_back({l.name, l.value});
    request_.method = method_;
    request_.target = target_;
    request_.path = request_.target.substr(0, request_.target.find('?'));
    if (request_.path.size() < request_.target.size())
      request_.query = request_.target.substr(request_.path.size() + 1);
    request_.headers = views_;
    request_.body = std::string_view{body_}.substr(0, body_.size() - 64);
    static core::uuid_source ids{42};
    received_ = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    received_steady_ = core::manual_clock{}.steady();
    id_ = ids.next(received_);
    client_address_ = "127.0.0.1";
  }

  void reply(net::answer a) override {
    const std::lock_guard lock{mutex_};
    if (answer_) return;
    answer_ = std::move(a);
    answered_.notify_all();
  }
  void relay(net::upstream_call call, std::shared_ptr<net::call_observer> observer) override {
    if (relay_throws) throw std::runtime_error{"as ordered"};
    relayed.push_back({std::move(call), std::move(observer)});
  }
  void cancel(const core::failure& why) override { cancelled = why.code; }
  void reassure(std::string_view comment, std::string_view headers) override {
    comments.emplace_back(comment);
    if (comments.size() == 1) stream_headers = headers;
  }
  bool reassured() const override { return !comments.empty(); }
  bool gone() const override { return is_gone; }
  bool answering() const override { return is_answering; }
  std::unique_ptr<net::connection_memo>& memo() override { return memo_; }

  /// As if the gateway had made this request itself, for a process.
  void make_for(std::int64_t process) { made_for_ = process; }

  /// The gateway's own answer, if there is one by now.
  std::optional<net::answer> answer() const {
    const std::lock_guard lock{mutex_};
    return answer_;
  }
  int status() const {
    const auto a = answer();
    return a ? a->status : 0;
  }
  std::string body() const {
    const auto a = answer();
    return a ? a->body : std::string{};
  }
  /// For actors with threads of their own: waits until there is an answer; false when there is none in time.
  bool wait(std::chrono::milliseconds at_most = std::chrono::seconds{10}) const {
    std::unique_lock lock{mutex_};
    return answered_.wait_for(lock, at_most, [this] { return answer_.has_value(); });
  }

  std::vector<relay_call> relayed;
  std::vector<std::string> comments; // of heartbeats
  std::string stream_headers;
  std::optional<core::ec> cancelled;
  bool is_gone = false;
  bool relay_throws = false;
  bool is_answering = false;

private:
  std::string method_;
  std::string target_;
  std::vector<line> lines_;
  std::vector<net::header_view> views_;
  std::string body_;
  std::unique_ptr<net::connection_memo> memo_;
  mutable std::mutex mutex_;
  mutable std::condition_variable answered_;
  std::optional<net::answer> answer_;
};

/// A new exchange; keep the pointer to look at the answer.
inline boost::intrusive_ptr<fake_exchange> make_exchange(std::string_view method, std::string_view target,
                                                         std::vector<fake_exchange::line> headers = {},
                                                         std::string_view body = {}) {
  return {new fake_exchange{method, target, std::move(headers), body}};
}

} // namespace logos::tests
