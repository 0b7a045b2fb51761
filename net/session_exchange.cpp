// SPDX-License-Identifier: MIT
#include "net/session_exchange.hpp"

#include "net/relay.hpp"
#include "net/session.hpp"
#include "net/stream_text.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

namespace logos::net {
namespace {

// Bodies up to this size stand behind their head in one allocation; longer ones grow as they come, so that a lying
// Content-Length costs nothing.
constexpr std::size_t inline_body_bytes = 64 * 1024;
constexpr std::size_t first_body_bytes = 16 * 1024;

} // namespace

session_exchange::session_exchange(io_thread& io, session& client, std::string_view client_address)
    : io_{&io},
      client_{&client} {
  client_address_ = client_address;
}

session_exchange::~session_exchange() {
  // What the actors keep belongs to the I/O thread, wherever the last reference was.
  if (attached && !io_->here()) io_->post([kept = std::move(attached)] {});
}

void session_exchange::take_head(std::string_view bytes, const request_head& parsed) {
  const std::size_t views = parsed.headers.size() * sizeof(header_view);
  body_expected_ = parsed.content_length.value_or(0);
  const std::size_t inline_body = body_expected_ <= inline_body_bytes ? static_cast<std::size_t>(body_expected_) : 0;
  const std::size_t size = views + bytes.size() + inline_body + padding;
  head_.reset(static_cast<char*>(std::malloc(size)));
  if (!head_) throw std::bad_alloc{};
  char* const text = head_.get() + views;
  std::memcpy(text, bytes.data(), bytes.size());
  const auto moved = [&](std::string_view v) -> std::string_view {
    if (v.data() < bytes.data() || v.data() >= bytes.data() + bytes.size()) return v;
    return {text + (v.data() - bytes.data()), v.size()};
  };
  auto* const headers = reinterpret_cast<header_view*>(head_.get());
  for (std::size_t i = 0; i < parsed.headers.size(); ++i)
    new (headers + i) header_view{moved(parsed.headers[i].name), moved(parsed.headers[i].value)};
  request_.headers = {headers, parsed.headers.size()};
  request_.method = moved(parsed.method);
  request_.target = moved(parsed.target);
  request_.version = parsed.version;
  const auto mark = request_.target.find('?');
  request_.path = request_.target.substr(0, mark);
  request_.query = mark == std::string_view::npos ? std::string_view{} : request_.target.substr(mark + 1);
  origin_ = moved(parsed.origin);
  body_at_ = text + bytes.size();
  body_capacity_ = inline_body;
}

void session_exchange::grow_body(std::size_t at_least) {
  std::size_t capacity = std::max({at_least, body_capacity_ * 2, first_body_bytes});
  if (body_expected_ != 0)
    capacity = std::max(at_least, static_cast<std::size_t>(std::min<std::uint64_t>(capacity, body_expected_)));
  auto* const grown = static_cast<char*>(std::realloc(body_.get(), capacity + padding));
  if (!grown) throw std::bad_alloc{};
  if (!body_ && body_size_ != 0) std::memcpy(grown, body_at_, body_size_);
  static_cast<void>(body_.release());
  body_.reset(grown);
  body_at_ = grown;
  body_capacity_ = capacity;
}

void session_exchange::append_body(std::string_view bytes) {
  if (bytes.empty()) return;
  if (body_size_ + bytes.size() > body_capacity_) grow_body(body_size_ + bytes.size());
  std::memcpy(body_at_ + body_size_, bytes.data(), bytes.size());
  body_size_ += bytes.size();
}

void session_exchange::complete() {
  std::memset(body_at_ + body_size_, 0, padding);
  request_.body = {body_at_, body_size_};
  received_steady_ = std::chrono::steady_clock::now();
  received_ = io_->wall_at(received_steady_);
  id_ = io_->new_id(received_);
}

void session_exchange::reply(answer a) {
  if (!io_->here()) {
    if (!io_->stopped())
      io_->post([self = exchange_ptr{this}, a = std::move(a)]() mutable { self->reply(std::move(a)); });
    return;
  }
  if (answered_) return;
  if (relay_)
    cancel(
        {core::ec::internal, "the request was answered otherwise"}); // whoever replies no longer waits for the provider
  if (answered_ || !client_) return;
  mark_answering();
  if (reassured_) return fail_within_stream(a);
  client_->send_answer(*this, a);
}

void session_exchange::reassure(std::string_view comment, std::string_view headers) {
  // A client that does not take what it has been sent is not sent more: its time to do so runs.
  if (answered_ || !client_ || ended_ != core::ec::none || !client_->drained()) return;
  std::string text;
  append_comment(text, comment);
  text += '\n';
  const boost::intrusive_ptr<session> client{client_};
  client->send_stream(*this, text, std::exchange(reassured_, true) ? std::nullopt : std::optional{headers}, false);
}

/// The head said 200 long ago.
void session_exchange::fail_within_stream(const answer& a) {
  std::string text;
  append_comments(text, a.headers);
  append_event(text, a.body);
  text += done_event;
  const boost::intrusive_ptr<session> client{client_};
  client->send_stream(*this, text, std::nullopt, true);
  client->end_answer(request_.version != 10);
}

void session_exchange::relay(upstream_call call, std::shared_ptr<call_observer> observer) {
  const boost::intrusive_ptr<relayed_call> made{new relayed_call{*this, std::move(call), std::move(observer)}};
  if (answered_ || relay_ || !client_ || ended_ != core::ec::none) {
    const auto why = client_ ? core::ec::internal : core::ec::client_gone;
    made->refuse(ended_ != core::ec::none ? ended_ : why);
    return;
  }
  relay_ = made;
  made->begin();
}

void session_exchange::cancel(const core::failure& why) {
  if (const auto running = relay_) running->cancel(why);
}

void session_exchange::end(const core::failure& why) {
  ended_ = why.code;
  if (relay_) return cancel(why);
  if (answered_) return;
  fail(why);
  if (auto* const handler = io_->handler()) handler->gone(*this);
}

std::unique_ptr<connection_memo>& session_exchange::memo() { return client_ ? client_->memo() : no_memo_; }

void session_exchange::relay_ended() { relay_.reset(); }

void session_exchange::client_drained() {
  if (const auto running = relay_) running->client_drained();
}

void session_exchange::client_left(bool complete) {
  client_ = nullptr;
  gone_ = !complete;
  if (const auto running = relay_) {
    running->client_left();
  } else if (!complete && !answered_) {
    if (auto* const handler = io_->handler()) handler->gone(*this);
  }
}

} // namespace logos::net
