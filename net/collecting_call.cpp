// SPDX-License-Identifier: MIT
#include "net/collecting_call.hpp"

#include <utility>

namespace logos::net {

collecting_call::collecting_call(inner_exchange& x, upstream_call call, std::shared_ptr<call_observer> observer)
    : observed_call{x.io(), std::move(call), std::move(observer)},
      exchange_{&x} {
  call_.withhold_usage_chunk = false; // the answer is kept as it is
}

void collecting_call::refuse(core::ec why) { end(why, "nobody wants the answer any more"); }

void collecting_call::release_exchange() { exchange_->relay_ended(); }

void collecting_call::prepare(const response_head& head) {
  answer_.status = head.status;
  answer_.content_type = head.content_type;
  mask_head(answer_.content_type);
}

void collecting_call::on_masked(std::string_view piece, bool last) {
  begins_body(piece, last);
  if (over_) return;
  observe(piece, last);
  if (answer_.body.size() + piece.size() > exchange_->most_bytes())
    return cancel({core::ec::upstream_protocol, "The answer has more than " + std::to_string(exchange_->most_bytes()) +
                                                    " bytes, which is more than is kept of a job."});
  keep_bytes(piece, last);
  if (!last) return tell_progress();
  if (judge(answer_.body, true) != judgement::drop) announce_end();
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
  keep_text(piece);
  if (last) outcome_.complete = true;
}

void collecting_call::announce_end() {
  announced_ = true;
  settle_outcome();
  exchange_->keep(answer_); // what the books call answered is kept before they do
  observer_->ending(outcome_);
}

void collecting_call::on_finished() {
  const boost::intrusive_ptr<provider_exchange> self{this};
  const boost::intrusive_ptr<inner_exchange> x = exchange_;
  const bool dropped = outcome_.dropped;
  end();
  if (!dropped) x->deliver(std::move(answer_));
}

void collecting_call::on_broken(core::ec why, std::string message) {
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

void collecting_call::client_left() { abandon(core::ec::client_gone, "the job was ended"); }

} // namespace logos::net
