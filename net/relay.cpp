// SPDX-License-Identifier: MIT
#include "net/relay.hpp"

#include "core/fault_point.hpp"
#include "net/answer_text.hpp"
#include "net/header_policy.hpp"
#include "net/io_thread.hpp"
#include "net/session.hpp"
#include "net/session_exchange.hpp"
#include "net/stream_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace logos::net {
namespace {

constexpr std::string_view crlf = "\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";
constexpr std::size_t most_converted = 1 << 20;

iovec part(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

/// The stream's last event by OpenAI's convention. A client may stop reading here.
bool ends_stream(std::string_view piece) {
  while (!piece.empty() && (piece.back() == '\n' || piece.back() == '\r'))
    piece.remove_suffix(1);
  return piece.ends_with("data: [DONE]") || piece.ends_with("data:[DONE]");
}

bool ends_event(std::string_view piece) { return piece.ends_with("\n\n") || piece.ends_with("\r\n\r\n"); }

} // namespace

relayed_call::relayed_call(session_exchange& x, upstream_call call, std::shared_ptr<call_observer> observer)
    : observed_call{x.io(), std::move(call), std::move(observer)},
      exchange_{&x} {}

void relayed_call::refuse(core::ec why) { end(why, "the request cannot be relayed any more"); }

void relayed_call::release_exchange() { exchange_->relay_ended(); }

void relayed_call::prepare(const response_head& head) {
  if (exchange_->reassured()) return prepare_within_stream(head);
  const bool with_body = !call_.head_only && !bodiless(head.status);
  const bool old_client = exchange_->request().version == 10;
  const bool same_length = !addition_ && (kind_ != content_kind::sse || !call_.withhold_usage_chunk);
  if (!with_body)
    framing_ = framing::none;
  else if (head.content_length && same_length)
    framing_ = framing::length;
  else
    framing_ = old_client ? framing::until_close : framing::chunked;
  keep_ = framing_ != framing::until_close;

  head_.reserve(1024);
  append_status_line(head_, head.status, head.reason);
  append_answer_headers(head_, head.headers, call_.own_rate_limits);
  mask_head(head_);
  if (!head.dated) append_header(head_, "date", io_.date());
  if (framing_ == framing::chunked)
    head_ += "transfer-encoding: chunked\r\n";
  else if (head.content_length && !(framing_ == framing::until_close) && head.status != 204)
    append_header(head_, "content-length", *head.content_length);
  head_ += call_.answer_headers;
}

void relayed_call::go_within_stream() {
  within_ = true;
  framing_ = exchange_->request().version == 10 ? framing::until_close : framing::chunked;
  keep_ = framing_ == framing::chunked;
  append_comments(told_, call_.answer_headers);
  told_ += '\n';
}

void relayed_call::prepare_within_stream(const response_head& head) {
  go_within_stream();
  converts_ = kind_ != content_kind::sse;
  if (converts_) holding_ = false; // it is told as another answer than the one that would be judged
  if (converts_ && identity_) converted_type_ = head.content_type;
}

void relayed_call::convert(bool last) {
  for (const auto& p : pieces_)
    if (converted_.size() + p.size() <= most_converted)
      converted_ += p;
    else
      converted_type_.clear();
  pieces_.clear();
  if (!last) return;
  converted_ = stream_of_answer(outcome_.status, converted_type_, identity_ ? std::string_view{converted_} : "");
  pieces_.push_back(converted_);
}

void relayed_call::on_masked(std::string_view piece, bool last) {
  if (begins_body(piece, last)) core::fault_point("relay.first_byte");
  if (over_) return;
  observe(piece, last);
  const bool whole = last || (kind_ == content_kind::sse && ends_stream(piece));
  if (!whole) tell_progress();
  if (holding_ && !pass(whole, last)) return;
  if (whole) announce_end();
  if (over_) return;
  if (last && events_ && outcome_.error != core::ec::none && !converts_ &&
      (framing_ == framing::chunked || framing_ == framing::until_close)) {
    last_word_ = error_event();
    pieces_.push_back(last_word_);
  }
  if ((addition_ || converts_) && pieces_.empty() && !last) return; // it waits for its end
  write(last);
  if (!held_.empty()) held_ = {};
}

bool relayed_call::pass(bool whole, bool last) {
  for (const auto& p : pieces_)
    held_ += p;
  pieces_.clear();
  switch (judge(held_, whole)) {
  case judgement::wait: return false;
  case judgement::drop:
    held_ = {};
    if (!last) abandon(core::ec::none, {}); // the provider need not write the rest, nor be waited for
    return false;
  case judgement::relay: break;
  }
  pieces_.assign(1, held_);
  at_event_end_ = ends_event(held_);
  if (exchange_->reassured() && !within_) go_within_stream();
  return true;
}

void relayed_call::add_to_usage(bool last) {
  addition_->taken();
  for (const auto& p : pieces_)
    addition_->feed(p);
  if (last) addition_->finish();
  pieces_.clear();
  if (const auto ready = addition_->ready(); !ready.empty()) pieces_.push_back(ready);
}

void relayed_call::observe(std::string_view piece, bool last) {
  pieces_.clear();
  const auto out = [this](std::string_view p) { pieces_.push_back(p); };
  if (events_) {
    events_->feed(piece, out);
    if (last) events_->finish(out);
  } else {
    if (!piece.empty()) pieces_.push_back(piece);
    if (usage_ && last && outcome_.response_bytes == piece.size())
      usage_->read_whole(piece);
    else if (usage_)
      usage_->feed(piece);
    if (usage_ && last && outcome_.response_bytes != piece.size()) usage_->finish();
  }
  if (addition_) add_to_usage(last);
  if (events_ && !pieces_.empty()) at_event_end_ = ends_event(pieces_.back());
  if (converts_) convert(last);
  keep_text(piece);
  if (last && framing_ != framing::none) outcome_.complete = true;
}

void relayed_call::announce_end() {
  if (std::exchange(announced_, true)) return;
  settle_outcome();
  observer_->ending(outcome_);
}

void relayed_call::write(bool last) {
  session* const client = exchange_->client();
  if (!client) return;
  if (!told_.empty() && !exchange_->answering()) pieces_.insert(pieces_.begin(), told_);
  std::size_t bytes = 0;
  for (const auto& p : pieces_)
    bytes += p.size();
  const bool with_body = framing_ != framing::none;
  char size_line[24];
  std::vector<iovec> many;
  std::array<iovec, 8> few;
  std::size_t count = 0;
  std::span<iovec> parts{few};
  if (pieces_.size() + 4 > few.size()) {
    many.resize(pieces_.size() + 4);
    parts = many;
  }
  if (!exchange_->answering()) {
    if (!exchange_->reassured()) {
      client->append_common_headers(head_, *exchange_, keep_);
      head_ += crlf;
      parts[count++] = part(head_);
    }
    exchange_->mark_answering();
    outcome_.answered = true;
  }
  if (with_body && bytes != 0) {
    if (framing_ == framing::chunked) {
      const auto end = std::to_chars(size_line, size_line + sizeof size_line - 2, bytes, 16).ptr;
      end[0] = '\r';
      end[1] = '\n';
      parts[count++] = {size_line, static_cast<std::size_t>(end - size_line) + 2};
    }
    for (const auto& p : pieces_)
      parts[count++] = part(p);
    if (framing_ == framing::chunked) parts[count++] = part(last ? "\r\n0\r\n\r\n" : crlf);
  } else if (with_body && last && framing_ == framing::chunked) {
    parts[count++] = part(last_chunk);
  }
  if (count == 0) return;
  const bool taken = client->send(parts.first(count));
  if (!last) core::fault_point("relay.written");
  if (!head_.empty()) head_ = {};
  if (!taken && !last) pause();
}

bool relayed_call::may_end_here() const { return !events_ || announced_ || events_->may_end_here(); }

void relayed_call::on_finished() {
  const boost::intrusive_ptr<provider_exchange> self{this};
  const boost::intrusive_ptr<session_exchange> x = exchange_;
  const bool keep = keep_;
  core::fault_point("relay.ended");
  if (outcome_.dropped) return end();
  end();
  if (auto* const client = x->client()) client->end_answer(keep);
}

void relayed_call::on_broken(core::ec why, std::string message) {
  if (over_) return;
  const boost::intrusive_ptr<provider_exchange> self{this};
  const boost::intrusive_ptr<session_exchange> x = exchange_;
  outcome_.error = why;
  outcome_.message = std::move(message);
  if (!x->answering()) return end();
  const bool streams = kind_ == content_kind::sse && framing_ != framing::length;
  if (streams) {
    announce_end();
    if (over_) return;
    write_error_event();
  }
  const bool keep = keep_;
  const bool by_close = framing_ == framing::until_close;
  end();
  auto* const client = x->client();
  if (!client) return;
  if (streams)
    client->end_answer(keep);
  else
    client->cut_answer(by_close);
}

std::string relayed_call::error_event() const {
  return (at_event_end_ ? "data: " : "\n\ndata: ") + core::openai_error({outcome_.error, outcome_.message}) + "\n\n";
}

void relayed_call::write_error_event() {
  const auto event = error_event();
  pieces_.assign(1, event);
  write(true);
}

void relayed_call::client_left() { abandon(core::ec::client_gone, "the client closed its connection"); }

void relayed_call::client_drained() { resume(); }

} // namespace logos::net
