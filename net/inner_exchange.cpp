// SPDX-License-Identifier: MIT
#include "net/inner_exchange.hpp"

#include "net/collecting_call.hpp"

#include <utility>

namespace logos::net {
namespace {

constexpr std::size_t padding = 64; // simdjson reads past the end
constexpr std::string_view line_end = "\r\n";

std::string_view take_until(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  const auto taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + mark.size());
  return taken;
}

} // namespace

inner_exchange::inner_exchange(io_thread& io, inner_request request, collector to) : io_{&io}, to_{std::move(to)} {
  id_ = request.id;
  client_address_ = std::move(request.client_address);
  made_for_ = request.process_id;
  read(std::move(request.text));
}

inner_exchange::~inner_exchange() {
  if (!answered_) to_.done({500, {}, {}, {core::ec::internal, "The request was lost inside the gateway."}});
  // What the actors keep belongs to the I/O thread, wherever the last reference was.
  if (attached && !io_->here()) io_->post([kept = std::move(attached)] {});
}

void inner_exchange::read(std::string text) {
  text_ = std::move(text);
  const auto size = text_.size();
  text_.append(padding, '\0');
  std::string_view rest{text_.data(), size};
  auto head = take_until(rest, "\r\n\r\n");
  request_.body = rest;
  auto line = take_until(head, line_end);
  request_.method = take_until(line, " ");
  request_.target = take_until(line, " ");
  const auto mark = request_.target.find('?');
  request_.path = request_.target.substr(0, mark);
  if (mark != std::string_view::npos) request_.query = request_.target.substr(mark + 1);
  while (!head.empty()) {
    auto value = take_until(head, line_end);
    const auto name = take_until(value, ": ");
    headers_.push_back({name, value});
  }
  request_.headers = headers_;
}

void inner_exchange::begin() {
  received_steady_ = std::chrono::steady_clock::now();
  received_ = io_->wall_at(received_steady_);
  if (auto* const handler = io_->handler()) return handler->handle(this);
  fail({core::ec::shutting_down, "This node is not ready.", "", 1});
}

void inner_exchange::end(const core::failure& why) {
  if (answered_) return;
  const inner_exchange_ptr self{this};
  gone_ = true;
  const bool called = relay_ != nullptr;
  if (const auto running = relay_) running->client_left();
  fail(why);
  if (called) return;
  if (auto* const handler = io_->handler()) handler->gone(*this);
}

void inner_exchange::deliver(collected_answer a) {
  if (std::exchange(answered_, true)) return;
  const inner_exchange_ptr self{this}; // whoever is told may let go of it
  const auto done = std::exchange(to_.done, nullptr);
  done(std::move(a));
}

void inner_exchange::reply(answer a) {
  if (!io_->here() && !io_->stopped())
    return io_->post([self = inner_exchange_ptr{this}, a = std::move(a)]() mutable { self->reply(std::move(a)); });
  deliver({a.status, std::string{a.content_type}, std::move(a.body), {}});
}

void inner_exchange::fail(const core::failure& f, std::string_view) {
  if (!io_->here() && !io_->stopped()) return io_->post([self = inner_exchange_ptr{this}, f] { self->fail(f); });
  deliver({core::http_status(f.code), "application/json", core::openai_error(f), f});
}

void inner_exchange::relay(upstream_call call, std::shared_ptr<call_observer> observer) {
  const boost::intrusive_ptr<collecting_call> made{new collecting_call{*this, std::move(call), std::move(observer)}};
  if (gone_ || answered_ || relay_) return made->refuse(core::ec::client_gone);
  relay_ = made;
  made->begin();
}

void inner_exchange::cancel(const core::failure& why) {
  if (const auto running = relay_) running->cancel(why);
}

void inner_exchange::relay_ended() { relay_.reset(); }

} // namespace logos::net
