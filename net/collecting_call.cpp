// SPDX-License-Identifier: MIT
#include "net/collecting_call.hpp"

#include "net/header_policy.hpp"

#include <utility>

namespace logos::net {
namespace {

constexpr std::size_t most_kept_text = 1 << 20;

} // namespace

collecting_call::collecting_call(inner_exchange& x, upstream_call call, std::shared_ptr<call_observer> observer)
    : provider_exchange{x.io(), std::move(call)},
      exchange_{&x},
      observer_{std::move(observer)} {}

void collecting_call::begin() {
  const auto now = std::chrono::steady_clock::now();
  outcome_.sent = io_.wall_at(now);
  provider_exchange::begin(now);
}

void collecting_call::refuse(core::ec why) {
  outcome_.error = why;
  outcome_.message = "nobody wants the answer any more";
  end();
}

bool collecting_call::on_head(const response_head& head) {
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
  answer_.status = head.status;
  answer_.content_type = head.content_type;
  const bool identity = head.content_encoding.empty() || equal_names(head.content_encoding, "identity");
  kind_ = identity ? content_kind_of(head.content_type) : content_kind::opaque;
  if (kind_ == content_kind::sse)
    events_.emplace(false);
  else if (kind_ != content_kind::opaque)
    usage_.emplace(kind_);
  const bool counted = kind_ == content_kind::sse || kind_ == content_kind::json;
  if (call_.adds_cost && head.status < 400 && counted)
    addition_ = std::make_unique<usage_addition>(
        kind_, [this](const usage& reported) { return observer_->usage_members(reported); });
  return true;
}

void collecting_call::on_body(std::string_view piece, bool last) {
  outcome_.response_bytes += piece.size();
  if (!begun_body_ && (last || !piece.empty())) {
    begun_body_ = true;
    outcome_.first_byte = io_.wall_now();
    observer_->first_byte();
    if (over_) return;
  }
  observe(piece, last);
  if (answer_.body.size() + piece.size() > exchange_->most_bytes())
    return cancel({core::ec::upstream_protocol, "The answer has more than " + std::to_string(exchange_->most_bytes()) +
                                                    " bytes, which is more than is kept of a job."});
  keep_bytes(piece, last);
  if (last) announce_end();
}

void collecting_call::keep_bytes(std::string_view piece, bool last) {
  if (!addition_) {
    answer_.body += piece;
    return;
  }
  addition_->taken();
  addition_->feed(piece);
  if (last) addition_->finish();
  answer_.body += addition_->ready();
}

void collecting_call::observe(std::string_view piece, bool last) {
  if (events_) {
    events_->feed(piece, [](std::string_view) {});
    if (last) events_->finish([](std::string_view) {});
  }
  if (usage_) {
    usage_->feed(piece);
    if (last) usage_->finish();
  }
  if (call_.keep_text && outcome_.text.size() < most_kept_text)
    outcome_.text += piece.substr(0, most_kept_text - outcome_.text.size());
  if (last) outcome_.complete = true;
}

void collecting_call::take_facts(const answer_facts& facts) {
  outcome_.tokens = facts.tokens;
  outcome_.generated_bytes = facts.text_bytes;
  outcome_.events = static_cast<std::uint32_t>(facts.deltas);
  outcome_.failed = facts.failed;
  if (kind_ == content_kind::sse || kind_ == content_kind::ndjson)
    outcome_.complete = facts.finished || (outcome_.complete && facts.deltas == 0);
}

void collecting_call::note_sent() {
  outcome_.sent_whole = sent_whole_;
  if (sent_whole_) outcome_.sent = io_.to_wall(sent_at_);
}

void collecting_call::announce_end() {
  announced_ = true;
  if (events_) take_facts(events_->facts());
  if (usage_) take_facts(usage_->facts());
  outcome_.request_bytes = request_bytes_;
  outcome_.ended = io_.wall_now();
  note_sent();
  outcome_.answered = true;
  exchange_->keep(answer_); // what the books call answered is kept before they do
  observer_->ending(outcome_);
}

void collecting_call::on_finished() {
  const boost::intrusive_ptr<provider_exchange> self{this};
  const boost::intrusive_ptr<inner_exchange> x = exchange_;
  end();
  x->deliver(std::move(answer_));
}

void collecting_call::on_failed(core::ec why, std::string message) {
  if (over_) return;
  const boost::intrusive_ptr<provider_exchange> self{this};
  const boost::intrusive_ptr<inner_exchange> x = exchange_;
  outcome_.error = why;
  outcome_.message = std::move(message);
  // A provider that has begun to answer has worked: that is booked, and nobody else is tried.
  outcome_.answered = begun_body_;
  const core::failure failed{why, outcome_.message};
  end();
  if (begun_body_) x->deliver({core::http_status(why), "application/json", core::openai_error(failed), failed, true});
}

void collecting_call::cancel(const core::failure& why) {
  if (over_) return;
  const boost::intrusive_ptr<provider_exchange> self{this};
  abort();
  on_failed(why.code, why.message);
}

void collecting_call::client_left() {
  if (over_) return;
  const boost::intrusive_ptr<provider_exchange> self{this};
  abort();
  outcome_.error = core::ec::client_gone;
  outcome_.message = "the job was ended";
  end();
}

void collecting_call::end() {
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
