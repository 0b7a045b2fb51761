// SPDX-License-Identifier: MIT
#include "replay/request_call.hpp"

#include "net/header_policy.hpp"

#include <algorithm>
#include <utility>

namespace logos::replay {
namespace {

net::upstream_call call_of(const gateway& to, std::string body, std::chrono::milliseconds timeout) {
  auto kept = std::make_shared<const std::string>(std::move(body));
  net::upstream_call call;
  call.target = to.target;
  call.head = to.head("POST", "/v1/chat/completions", kept->size());
  call.body.emplace_back(*kept);
  call.patches = std::move(kept);
  call.limits = {std::min(timeout, net::call_limits{}.connect), timeout, timeout, timeout};
  return call;
}

std::chrono::microseconds since(core::steady_time then) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - then);
}

} // namespace

request_call::request_call(net::io_thread& io, const gateway& to, std::string body, std::chrono::milliseconds timeout,
                           std::size_t most_text, outcome& into, std::function<void()> ended)
    : provider_exchange{io, call_of(to, std::move(body), timeout)},
      to_{to},
      most_text_{most_text},
      into_{into},
      ended_{std::move(ended)} {}

void request_call::start() {
  self_ = this;
  started_ = std::chrono::steady_clock::now();
  begin(started_);
}

bool request_call::on_head(const net::response_head& head) {
  into_.status = head.status;
  for (const auto& h : head.headers)
    if (net::equal_names(h.name, "x-request-id")) into_.request_id = h.value;
  answer_.emplace(net::content_kind_of(head.content_type), head.status >= 400, most_text_);
  return true;
}

void request_call::on_body(std::string_view piece, bool) {
  if (answer_->feed(piece) && !into_.first_token) into_.first_token = since(started_);
}

void request_call::on_finished() { end(); }

void request_call::on_failed(core::ec why, std::string message) {
  into_.error = explain(to_, why, message);
  end();
}

void request_call::end() {
  const auto self = std::move(self_);
  if (!self) return;
  into_.took = since(started_);
  if (answer_) {
    answer_->finish();
    into_.text = answer_->text();
    if (into_.error.empty()) into_.error = answer_->error();
  }
  if (into_.status >= 400) {
    into_.first_token.reset();
    if (into_.error.empty()) into_.error = "HTTP " + std::to_string(into_.status);
  }
  ended_();
}

} // namespace logos::replay
