// SPDX-License-Identifier: MIT
#include "net/relay.hpp"

#include "core/fault_point.hpp"
#include "net/answer_text.hpp"
#include "net/header_policy.hpp"
#include "net/io_thread.hpp"
#include "net/session.hpp"
#include "net/session_exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace logos::net {
namespace {

constexpr std::size_t most_kept_text = 1 << 20;
constexpr std::string_view crlf = "\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";

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
    : provider_exchange{x.io(), std::move(call)},
      exchange_{&x},
      observer_{std::move(observer)} {}

void relayed_call::begin() {
  const auto now = std::chrono::steady_clock::now();
  outcome_.sent = io_.wall_at(now);
  provider_exchange::begin(now);
}

void relayed_call::refuse(core::ec why) {
  outcome_.error = why;
  outcome_.message = "the request cannot be relayed any more";
  end();
}

bool relayed_call::on_head(const response_head& head) {
  outcome_.status = head.status;
  outcome_.reused = reused_;
  outcome_.retry_after_s = head.retry_after_s;
  if (!observer_->head(head.status, head.headers)) {
    const boost::intrusive_ptr<provider_exchange> self{this};
    outcome_.error = core::ec::upstream_error;
    outcome_.message = "the provider answered " + std::to_string(head.status);
    abort();
    end();
    return false;
  }
  if (over_) return false; // the observer cancelled the call
  prepare_head(head);
  return true;
}

void relayed_call::prepare_head(const response_head& head) {
  const bool identity = head.content_encoding.empty() || equal_names(head.content_encoding, "identity");
  kind_ = identity ? content_kind_of(head.content_type) : content_kind::opaque;
  const bool with_body = !call_.head_only && !bodiless(head.status);
  if (kind_ == content_kind::sse)
    events_.emplace(call_.withhold_usage_chunk);
  else if (kind_ != content_kind::opaque)
    usage_.emplace(kind_);

  if (call_.adds_cost && with_body && head.status < 400 && (kind_ == content_kind::sse || kind_ == content_kind::json))
    addition_ = std::make_unique<usage_addition>(
        kind_, [this](const usage& reported) { return observer_->usage_members(reported); });

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
  if (head.status >= 400 && !call_.secret.empty()) {
    // "Wrong key sk-…": the key is ours, not the client's.
    mask_secret(head_, call_.secret);
    if (identity) mask_.emplace(call_.secret);
  }
  if (!head.dated) append_header(head_, "date", io_.date());
  if (framing_ == framing::chunked)
    head_ += "transfer-encoding: chunked\r\n";
  else if (head.content_length && !(framing_ == framing::until_close) && head.status != 204)
    append_header(head_, "content-length", *head.content_length);
  head_ += call_.answer_headers;
}

void relayed_call::on_body(std::string_view piece, bool last) {
  // A stream tells of its error when its head is long gone.
  if (events_ && !mask_ && !call_.secret.empty() && piece.find(R"("error")") != piece.npos) mask_.emplace(call_.secret);
  if (mask_) piece = mask_->feed(piece, last);
  outcome_.response_bytes += piece.size();
  if (!begun_body_ && (last || !piece.empty())) {
    begun_body_ = true;
    outcome_.first_byte = io_.wall_now();
    if (last) outcome_.ended = outcome_.first_byte; // it has come in one piece
    observer_->first_byte();
    core::fault_point("relay.first_byte");
    if (over_) return;
  }
  observe(piece, last);
  if (last || (kind_ == content_kind::sse && ends_stream(piece))) announce_end();
  if (over_) return;
  if (addition_ && pieces_.empty() && !last) return; // it waits for its end
  write(last);
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
  if (call_.keep_text && outcome_.text.size() < most_kept_text)
    outcome_.text += piece.substr(0, most_kept_text - outcome_.text.size());
  if (last && framing_ != framing::none) outcome_.complete = true;
}

void relayed_call::take_facts(const answer_facts& facts) {
  outcome_.tokens = facts.tokens;
  outcome_.generated_bytes = facts.text_bytes;
  outcome_.events = static_cast<std::uint32_t>(facts.deltas);
  outcome_.failed = facts.failed;
  // A stream is complete when the provider said so, not when its connection ended.
  if (kind_ == content_kind::sse || kind_ == content_kind::ndjson)
    outcome_.complete = facts.finished || (outcome_.complete && facts.deltas == 0);
}

void relayed_call::note_sent() {
  outcome_.sent_whole = sent_whole_;
  if (sent_whole_) outcome_.sent = io_.to_wall(sent_at_);
}

void relayed_call::announce_end() {
  if (std::exchange(announced_, true)) return;
  if (events_) take_facts(events_->facts());
  if (usage_) take_facts(usage_->facts());
  outcome_.request_bytes = request_bytes_;
  if (outcome_.ended == core::wall_time{}) outcome_.ended = io_.wall_now();
  note_sent();
  outcome_.answered = true;
  observer_->ending(outcome_);
}

void relayed_call::write(bool last) {
  session* const client = exchange_->client();
  if (!client) return;
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
    client->append_common_headers(head_, *exchange_, keep_);
    head_ += crlf;
    parts[count++] = part(head_);
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
  end();
  if (auto* const client = x->client()) client->end_answer(keep);
}

void relayed_call::on_failed(core::ec why, std::string message) {
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

void relayed_call::write_error_event() {
  std::string event = at_event_end_ ? "data: " : "\n\ndata: ";
  event += core::openai_error({outcome_.error, outcome_.message});
  event += "\n\n";
  pieces_.assign(1, event);
  write(true);
}

void relayed_call::cancel(const core::failure& why) {
  if (over_) return;
  const boost::intrusive_ptr<provider_exchange> self{this};
  abort();
  on_failed(why.code, why.message);
}

void relayed_call::client_left() {
  if (over_) return;
  const boost::intrusive_ptr<provider_exchange> self{this};
  abort();
  outcome_.error = core::ec::client_gone;
  outcome_.message = "the client closed its connection";
  end();
}

void relayed_call::client_drained() { resume(); }

void relayed_call::end() {
  if (std::exchange(over_, true)) return;
  if (!announced_) {
    if (events_) take_facts(events_->facts());
    if (usage_) {
      usage_->finish();
      take_facts(usage_->facts());
    }
  }
  outcome_.request_bytes = request_bytes_;
  outcome_.reused = reused_;
  note_sent();
  if (outcome_.ended == core::wall_time{} || outcome_.error != core::ec::none) outcome_.ended = io_.wall_now();
  exchange_->relay_ended();
  const auto observer = std::move(observer_);
  if (observer) observer->ended(outcome_);
}

} // namespace logos::net
