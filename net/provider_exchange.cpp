// SPDX-License-Identifier: MIT
#include "net/provider_exchange.hpp"

#include "core/fault_point.hpp"
#include "net/answer_text.hpp"
#include "net/io_thread.hpp"
#include "net/upstream_pool.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace logos::net {
namespace {

// A provider that never stops sending lets the thread's other connections have their turn after so many reads.
constexpr int reads_per_turn = 8;

} // namespace

provider_exchange::provider_exchange(io_thread& io, upstream_call call) : io_{io}, call_{std::move(call)} {
  request_bytes_ = call_.head.size();
  for (const auto& piece : call_.body)
    request_bytes_ += piece.size();
}

provider_exchange::~provider_exchange() { abort(); }

void provider_exchange::begin(core::steady_time now) {
  begun_ = now;
  io_.upstreams().enlist(*this);
  take_connection(false);
}

void provider_exchange::take_connection(bool fresh) {
  sent_ = 0;
  limit(call_.limits.connect, core::ec::upstream_unreachable);
  connection_ = io_.upstreams().to(call_.target).take(*this, fresh);
  reused_ = connection_->reused();
  if (reused_) send();
}

void provider_exchange::on_connected() { send(); }

void provider_exchange::on_connect_failed(std::string message) {
  connection_.reset();
  fail(core::ec::upstream_unreachable, std::move(message));
}

void provider_exchange::send() {
  const boost::intrusive_ptr<provider_exchange> self{this};
  while (sent_ < request_bytes_) {
    std::array<iovec, 32> parts;
    std::size_t count = 0;
    std::uint64_t skip = sent_;
    const auto add = [&](std::string_view piece) {
      if (skip >= piece.size()) {
        skip -= piece.size();
      } else if (count < parts.size()) {
        parts[count++] = {const_cast<char*>(piece.data() + skip), piece.size() - static_cast<std::size_t>(skip)};
        skip = 0;
      }
    };
    add(call_.head);
    for (const auto& piece : call_.body)
      add(piece);
    const transfer sent = connection_->bytes().write({parts.data(), count});
    sent_ += sent.bytes;
    io_.counters().upstream_bytes_out.add(sent.bytes);
    if (sent.then == transfer::state::failed) {
      // The provider may have answered before it stopped listening; reading tells.
      if (!reused_ || received_) break;
      return lost(false);
    }
    if (sent.then == transfer::state::wait) {
      connection_->await_writable();
      break;
    }
  }
  if (sent_ == request_bytes_) {
    sent_whole_ = true;
    sent_at_ = std::chrono::steady_clock::now();
    core::fault_point("provider.sent");
  }
  if (!body_begun_) limit(call_.limits.first_byte, core::ec::first_token_timeout);
  if (!paused_) connection_->await_readable();
}

void provider_exchange::on_writable() {
  if (sent_ < request_bytes_) send();
}

void provider_exchange::on_readable() {
  const boost::intrusive_ptr<provider_exchange> self{this};
  for (int reads = 0; connection_ && !paused_; ++reads) {
    if (reads == reads_per_turn) return io_.post([self] { self->on_readable(); });
    const auto room = io_.read_buffer();
    const transfer got = connection_->bytes().read(room);
    io_.counters().upstream_bytes_in.add(got.bytes);
    if (got.bytes != 0) {
      received_ = true;
      take(room.first(got.bytes));
      if (!connection_) return;
    }
    if (got.then == transfer::state::ended) return lost(true);
    if (got.then == transfer::state::failed) return lost(false);
    if (got.then == transfer::state::wait) {
      if (!paused_) connection_->await_readable();
      return;
    }
  }
}

void provider_exchange::take(std::span<char> bytes) {
  std::string head;
  if (!head_done_) {
    if (!held_.empty()) {
      head = std::exchange(held_, {});
      head.append(bytes.data(), bytes.size());
      bytes = head;
    }
    if (!take_head(bytes)) return;
  }
  deliver(bytes);
}

/// True when the head is complete and wanted; `bytes` is then what follows it.
bool provider_exchange::take_head(std::span<char>& bytes) {
  auto& head = io_.parsed_response();
  for (;;) {
    const std::string_view text{bytes.data(), bytes.size()};
    const auto found = scanner_.scan(text);
    if (found == head_scanner::state::bare_lf || found == head_scanner::state::folded)
      return fail(core::ec::upstream_protocol, "the provider's answer is not well-formed HTTP"), false;
    if (found == head_scanner::state::more) {
      if (text.size() > io_.settings().response_header_bytes)
        return fail(core::ec::upstream_protocol, "the provider's answer has more headers than are taken"), false;
      if (!text.starts_with(std::string_view{"HTTP/"}.substr(0, std::min<std::size_t>(text.size(), 5))))
        return fail(core::ec::upstream_protocol, "the provider's answer is not HTTP"), false;
      held_ = text;
      return false;
    }
    std::string why;
    const std::size_t size = scanner_.length();
    if (size > io_.settings().response_header_bytes)
      return fail(core::ec::upstream_protocol, "the provider's answer has more headers than are taken"), false;
    if (!parse_response_head(text.substr(0, size), head, why))
      return fail(core::ec::upstream_protocol, "the provider's answer is not well-formed HTTP: " + why), false;
    bytes = bytes.subspan(size);
    if (head.status < 100)
      return fail(core::ec::upstream_protocol, "the provider's answer has no status that HTTP knows"), false;
    if (head.status == 101)
      return fail(core::ec::upstream_protocol, "the provider wants to speak another protocol"), false;
    if (head.status >= 200) break;
    scanner_.reset();
    if (bytes.empty()) return false;
  }
  head_done_ = true;
  keep_alive_ = head.keep_alive;
  body_left_ = 0;
  if (call_.head_only || bodiless(head.status)) {
    framing_ = framing::none;
  } else if (head.chunked) {
    framing_ = framing::chunked;
  } else if (head.content_length) {
    framing_ = *head.content_length == 0 ? framing::none : framing::length;
    body_left_ = *head.content_length;
  } else {
    framing_ = framing::until_close;
    keep_alive_ = false;
  }
  if (on_head(head)) return true;
  abort();
  return false;
}

void provider_exchange::deliver(std::span<char> bytes) {
  std::string_view piece{bytes.data(), bytes.size()};
  bool last = false;
  switch (framing_) {
  case framing::none:
    if (!piece.empty()) keep_alive_ = false;
    piece = {};
    last = true;
    break;
  case framing::length:
    if (piece.size() > body_left_) {
      piece = piece.substr(0, static_cast<std::size_t>(body_left_));
      keep_alive_ = false;
    }
    body_left_ -= piece.size();
    last = body_left_ == 0;
    break;
  case framing::chunked: {
    const auto step = chunks_.decode(bytes);
    if (!step.ok) return fail(core::ec::upstream_protocol, "the provider's chunked answer is not well-formed");
    last = chunks_.finished();
    if (step.taken < bytes.size()) keep_alive_ = false;
    piece = piece.substr(0, step.payload);
    break;
  }
  case framing::until_close: break;
  }
  if (!piece.empty() || last) body_begun_ = true;
  if (last) {
    clear_limit();
  } else if (body_begun_ && !paused_) {
    limit(call_.limits.idle, core::ec::idle_timeout);
  }
  on_body(piece, last);
  if (last && connection_) finish();
}

void provider_exchange::finish() {
  const auto connection = std::exchange(connection_, nullptr);
  if (keep_alive_ && sent_whole_)
    connection->release();
  else
    connection->close();
  on_finished();
}

void provider_exchange::lost(bool clean_end) {
  if (head_done_ && framing_ == framing::until_close && clean_end && may_end_here()) {
    body_begun_ = true;
    clear_limit();
    on_body({}, true);
    if (connection_) finish();
    return;
  }
  if (reused_ && !received_ && !retried_) {
    retried_ = true;
    sent_whole_ = false;
    io_.counters().upstream_retried.add();
    std::exchange(connection_, nullptr)->close();
    return take_connection(true);
  }
  const std::string detail = clean_end ? "" : ": " + connection_->bytes().failure_text();
  fail(core::ec::upstream_cut, (received_ ? "the provider ended the connection before its answer was complete"
                                          : "the provider ended the connection without an answer") +
                                   detail);
}

void provider_exchange::fail(core::ec why, std::string message) {
  io_.counters().upstream_failed.add();
  abort();
  on_failed(why, std::move(message));
}

void provider_exchange::stop() {
  if (connection_) fail(core::ec::shutting_down, "the gateway is stopping");
}

void provider_exchange::pause() {
  if (paused_) return;
  paused_ = true;
  limit(std::chrono::milliseconds{0}, core::ec::idle_timeout);
}

void provider_exchange::resume() {
  if (!std::exchange(paused_, false) || !connection_) return;
  if (body_begun_) limit(call_.limits.idle, core::ec::idle_timeout);
  on_readable();
}

void provider_exchange::abort() {
  clear_limit();
  if (const auto connection = std::exchange(connection_, nullptr)) connection->close(true);
}

void provider_exchange::clear_limit() { deadline_wheel::clear(*this); }

void provider_exchange::limit(std::chrono::milliseconds phase, core::ec why) {
  const bool total_armed = armed() && limit_why_ == core::ec::total_timeout;
  limit_why_ = why;
  if (call_.limits.total > std::chrono::milliseconds{0}) {
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(io_.coarse_now() - begun_);
    const auto left = std::max(call_.limits.total - spent, std::chrono::milliseconds{1});
    if (phase <= std::chrono::milliseconds{0} || left < phase) {
      phase = left;
      limit_why_ = core::ec::total_timeout;
      // Setting it anew rounds it up by a tick, so that bytes every few milliseconds would push it off for ever.
      if (total_armed) return;
    }
  }
  io_.set_deadline(*this, phase);
}

void provider_exchange::on_deadline() {
  const boost::intrusive_ptr<provider_exchange> self{this};
  io_.counters().upstream_timeouts.add();
  switch (limit_why_) {
  case core::ec::upstream_unreachable:
    return fail(limit_why_,
                "no connection to the provider within " + std::to_string(call_.limits.connect.count()) + " ms");
  case core::ec::first_token_timeout:
    return fail(limit_why_,
                "no answer from the provider within " + std::to_string(call_.limits.first_byte.count()) + " ms");
  case core::ec::idle_timeout:
    return fail(limit_why_, "the provider was silent for " + std::to_string(call_.limits.idle.count()) + " ms");
  default:
    return fail(core::ec::total_timeout,
                "the answer was not complete within " + std::to_string(call_.limits.total.count()) + " ms");
  }
}

} // namespace logos::net
