// SPDX-License-Identifier: MIT
#include "net/observed_call.hpp"

#include "net/answer_text.hpp"
#include "net/header_policy.hpp"
#include "net/io_thread.hpp"
#include "net/secret_mask.hpp"

#include <algorithm>
#include <utility>

namespace logos::net {
namespace {

constexpr std::size_t most_kept_text = 1 << 20;
constexpr std::uint64_t most_untold = 64; // tokens
constexpr std::chrono::milliseconds between_told{100};
constexpr std::uint64_t bytes_per_token = 4;

} // namespace

observed_call::observed_call(io_thread& io, upstream_call call, std::shared_ptr<call_observer> observer)
    : provider_exchange{io, std::move(call)},
      observer_{std::move(observer)} {}

void observed_call::begin() {
  const auto now = std::chrono::steady_clock::now();
  outcome_.sent = io_.wall_at(now);
  provider_exchange::begin(now);
}

bool observed_call::on_head(const response_head& head) {
  outcome_.status = head.status;
  outcome_.reused = reused_;
  outcome_.retry_after_s = head.retry_after_s;
  if (!call_.tells_refusal || call_.head_only || !held_refusal::can_be(head)) return begin_answer(head);
  const auto now = std::chrono::steady_clock::now();
  refusal_ = std::make_unique<held_refusal>(head, now);
  wait_for_refusal(now);
  tell_refusal();
  return true;
}

bool observed_call::begin_answer(const response_head& head) {
  if (!observer_->head(head.status, head.headers)) {
    abandon(core::ec::upstream_error, "the provider answered " + std::to_string(head.status));
    return false;
  }
  if (over_) return false; // the observer cancelled the call
  read_usage_of(head);
  // "Wrong key sk-…": the key is ours, and not of whoever asked.
  if (!call_.secret.empty()) mask_.emplace(call_.secret, head.status, kind_, identity_);
  prepare(head);
  tell_refusal();
  return true;
}

void observed_call::tell_refusal() {
  if (outcome_.status >= 400) observer_->coming(outcome_, io_.wall_now());
}

void observed_call::wait_for_refusal(core::steady_time now) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(refusal_->until() - now);
  const auto idle = call_.limits.idle; // 0: none
  limit(idle > std::chrono::milliseconds{0} ? std::min(idle, left) : left, core::ec::idle_timeout);
}

void observed_call::on_body(std::string_view piece, bool last) {
  if (!refusal_) return feed_body(piece, last);
  refusal_->add(piece);
  const auto now = std::chrono::steady_clock::now();
  if (!last && !refusal_->too_long() && now < refusal_->until()) return wait_for_refusal(now);
  const auto held = std::move(refusal_);
  if (!last) limit(call_.limits.idle, core::ec::idle_timeout);
  if (last && !held->too_long()) observer_->refused(held->body());
  if (begin_answer(held->head())) feed_body(held->body(), last);
}

void observed_call::on_failed(core::ec why, std::string message) {
  const boost::intrusive_ptr<provider_exchange> self{this};
  // Its head had come: it is decided on as if nobody had waited for more. Nobody comes back to a gateway that stops.
  if (const auto held = std::move(refusal_); held && why != core::ec::shutting_down) {
    if (!begin_answer(held->head())) return;
    if (!held->body().empty()) feed_body(held->body(), false);
    if (over_) return;
  }
  on_broken(why, std::move(message));
}

void observed_call::feed_body(std::string_view piece, bool last) {
  on_masked(mask_ ? mask_->feed(piece, last) : piece, last);
}

void observed_call::mask_head(std::string& text) const {
  if (!call_.secret.empty()) mask_secret(text, call_.secret);
}

void observed_call::read_usage_of(const response_head& head) {
  identity_ = head.content_encoding.empty() || equal_names(head.content_encoding, "identity");
  kind_ = identity_ ? content_kind_of(head.content_type) : content_kind::opaque;
  if (kind_ == content_kind::sse)
    events_.emplace(call_.withhold_usage_chunk, call_.counters.get());
  else if (identity_)
    usage_.emplace(kind_, call_.counters.get(), call_.estimates);
  holding_ = call_.hold_back != 0 && head.status == 200 && !call_.head_only &&
             (kind_ == content_kind::sse || kind_ == content_kind::json);
  if (call_.tells_object && identity_ && head.status / 100 == 2) object_ = std::make_unique<object_id_reader>();
  if (call_.tells_model) model_ = std::make_unique<answer_model>(kind_);
  const bool with_body = !call_.head_only && !bodiless(head.status);
  if (call_.adds_cost && with_body && head.status < 400 && (kind_ == content_kind::sse || kind_ == content_kind::json))
    addition_ = std::make_unique<usage_addition>(
        kind_, [this](const answer_facts& read) { return usage_members(read); }, call_.counters.get());
}

std::optional<std::string> observed_call::usage_members(const answer_facts& read) const {
  call_outcome so_far;
  net::take_facts(read, so_far);
  so_far.status = outcome_.status;
  so_far.answered = true;
  so_far.sent_whole = sent_whole_;
  so_far.complete = kind_ != content_kind::sse || read.all_finished(call_.answers);
  if (model_) so_far.model = model_->name();
  return observer_->usage_members(so_far);
}

bool observed_call::begins_body(std::string_view piece, bool last) {
  outcome_.response_bytes += piece.size();
  if (model_) model_->feed(piece, last);
  if (object_ && object_->feed(piece)) {
    outcome_.object_id = object_->id();
    observer_->stored(outcome_.object_id);
  }
  if (begun_body_ || (!last && piece.empty())) return false;
  begun_body_ = true;
  outcome_.first_byte = io_.wall_now();
  if (last) outcome_.ended = outcome_.first_byte; // it has come in one piece
  observer_->first_byte();
  return true;
}

judgement observed_call::judge(std::string_view so_far, bool whole) {
  if (!holding_) return judgement::relay;
  auto said = so_far.size() > call_.hold_back ? judgement::relay : observer_->judge(so_far, kind_, whole);
  if (said == judgement::wait && whole) said = judgement::relay;
  if (said != judgement::wait) holding_ = false;
  if (said == judgement::drop) outcome_.dropped = true;
  return said;
}

void observed_call::keep_text(std::string_view piece) {
  if (call_.keep_text && outcome_.text.size() < most_kept_text)
    outcome_.text += piece.substr(0, most_kept_text - outcome_.text.size());
}

void observed_call::take_all_facts() {
  if (events_) take_facts(events_->facts());
  if (usage_) take_facts(usage_->facts());
  // Nobody asked for it to be compressed, and what it says is not known: all of it may be text.
  if (!identity_ && outcome_.status < 400) outcome_.generated_bytes = outcome_.response_bytes;
  if (model_) outcome_.model = model_->name();
}

void observed_call::take_facts(const answer_facts& facts) {
  net::take_facts(facts, outcome_);
  if (kind_ != content_kind::sse && kind_ != content_kind::ndjson) return;
  // A stream is complete when the provider said so, or has ended and never said that its answer's end was still to
  // come. Else it was cut, however orderly its connection ended.
  const bool ended = outcome_.complete;
  outcome_.complete = facts.finished || (ended && !facts.promised);
  if (!ended || outcome_.complete || facts.failed || outcome_.error != core::ec::none || outcome_.status >= 400) return;
  outcome_.error = core::ec::upstream_cut;
  outcome_.message = "The provider's stream ended before its answer did.";
}

void observed_call::note_sent() {
  outcome_.sent_whole = sent_whole_;
  if (sent_whole_) outcome_.sent = io_.to_wall(sent_at_);
}

void observed_call::tell_progress() {
  std::uint64_t came = 0;
  if (kind_ == content_kind::sse || kind_ == content_kind::ndjson) {
    const auto& facts = events_ ? events_->facts() : usage_->facts();
    came = std::max(facts.deltas, facts.text_bytes / bytes_per_token);
    if (came == 0 && (facts.first_token || !outcome_.object_id.empty())) came = 1;
  } else if (begun_body_) { // it was written before its first byte came
    came = std::max<std::uint64_t>(outcome_.response_bytes / bytes_per_token, 1);
  }
  if (came < next_told_ || outcome_.status >= 400 || announced_) return;
  const auto now = std::chrono::steady_clock::now();
  if (next_told_ != 1 && now - told_at_ < between_told) return;
  next_told_ = came + std::min(came, most_untold);
  told_at_ = now;
  take_all_facts();
  note_sent();
  observer_->coming(outcome_, io_.wall_at(now));
}

void observed_call::settle_outcome() {
  take_all_facts();
  outcome_.request_bytes = request_bytes_;
  if (outcome_.ended == core::wall_time{}) outcome_.ended = io_.wall_now();
  note_sent();
  outcome_.answered = true;
}

void observed_call::cancel(const core::failure& why) {
  if (over_) return;
  const boost::intrusive_ptr<provider_exchange> self{this};
  abort();
  refusal_.reset();
  on_broken(why.code, why.message);
}

void observed_call::abandon(core::ec why, std::string message) {
  if (over_) return;
  const boost::intrusive_ptr<provider_exchange> self{this};
  abort();
  end(why, std::move(message));
}

void observed_call::end(core::ec why, std::string message) {
  outcome_.error = why;
  outcome_.message = std::move(message);
  end();
}

void observed_call::end() {
  if (std::exchange(over_, true)) return;
  if (!announced_) {
    if (usage_) usage_->finish();
    take_all_facts();
  }
  outcome_.request_bytes = request_bytes_;
  outcome_.reused = reused_;
  note_sent();
  if (outcome_.ended == core::wall_time{} || outcome_.error != core::ec::none) outcome_.ended = io_.wall_now();
  release_exchange();
  const auto observer = std::move(observer_);
  if (observer) observer->ended(outcome_);
}

} // namespace logos::net
