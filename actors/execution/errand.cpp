// SPDX-License-Identifier: MIT
#include "actors/execution/errand.hpp"

#include "actors/classification/cascade.hpp"
#include "actors/classification/checks/inspection.hpp"
#include "actors/execution/books.hpp"
#include "actors/execution/costs.hpp"
#include "actors/execution/lawful.hpp"
#include "actors/execution/serving.hpp"
#include "actors/execution/word.hpp"
#include "actors/scheduling/spell.hpp"
#include "net/closed_account.hpp"
#include "net/header_policy.hpp"
#include "net/rate_headers.hpp"

#include <algorithm>
#include <charconv>

namespace logos::execution {

using core::ec;

namespace {

constexpr unsigned most_sent_back = 32;

/// -1: there is no such header, or it is no number.
std::int32_t number_of(std::span<const net::header_view> headers, std::string_view name) {
  for (const auto& h : headers) {
    if (!net::equal_names(h.name, name)) continue;
    std::int32_t n = -1;
    const auto [end, error] = std::from_chars(h.value.data(), h.value.data() + h.value.size(), n);
    return error == std::errc{} && end == h.value.data() + h.value.size() && n >= 0 ? n : -1;
  }
  return -1;
}

} // namespace

errand::errand(workplace& at, net::exchange_ptr x, catalog::snapshot_ptr snapshot, const catalog::deployment& d,
               std::unique_ptr<permit> granted, const core::clock& clock)
    : at_{at},
      exchange_{std::move(x)},
      snapshot_{std::move(snapshot)},
      deployment_{d},
      permit_{std::move(granted)},
      clock_{clock},
      begun_{clock.steady()} {
  at_.running[exchange_->id()] = this;
  at_.traffic.in_flight.fetch_add(1, std::memory_order_relaxed);
}

errand::~errand() {
  if (const auto mine = at_.running.find(exchange_->id()); mine != at_.running.end() && mine->second == this)
    at_.running.erase(mine);
  at_.traffic.in_flight.fetch_sub(1, std::memory_order_relaxed);
}

actors::held_permit errand::held() const {
  const auto& g = permit_->granted();
  return {g.request, g.permit, g.epoch, g.deployment_id, deployment_.model->id, admission_of(*exchange_).queue_key()};
}

bool worth_retrying(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504 || status == 529;
}

bool errand::may_wait(int status, std::span<const net::header_view> headers) {
  if (status < 400 && !at_.refusing.empty()) at_.refusing.erase(deployment_.id);
  const bool busy = status == 429 || ((status == 503 || status == 529) && rates_.pause_us >= 0);
  auto& a = admission_of(*exchange_);
  if (!busy || account_closed_ || a.brings_key()) return false;
  auto& row = at_.refusing[deployment_.id];
  const auto now = clock_.steady();
  if (row.in_a_row == 0) row.first = now;
  if (begun_ >= row.last) ++row.in_a_row;
  row.last = now;
  if (scheduling::outlasts_a_spell(row.in_a_row, now - row.first)) return false;
  if (a.sent_back >= most_sent_back || net::forbids_retry(headers)) return false;
  const std::chrono::microseconds pause{std::max<std::int64_t>(rates_.pause_us, 0)};
  const auto patience = std::min(a.intent.patience.value_or(at_.rules.queue_wait), at_.rules.queue_wait);
  return now - a.asked_at + pause < patience;
}

void errand::refused(std::string_view body) { account_closed_ = net::tells_closed_account(body); }

bool errand::head(int status, std::span<const net::header_view> headers) {
  // A provider that does not know a client's own key tells, too, that it is no Logos key.
  if (status == 401 && at_.rules.wrong_keys && admission_of(*exchange_).brings_key())
    at_.rules.wrong_keys->note(exchange_->client_address());
  if (deployment_.provider->type == core::provider_type::azure) note_quota(headers);
  rates_ = net::read_rate_headers(headers, clock_.wall());
  if (may_wait(status, headers)) {
    comes_back_ = true;
    dropped_status_ = status;
    return false;
  }
  const auto& a = admission_of(*exchange_);
  if (a.cascade && a.cascade->more() && status == 200)
    for (const auto& h : headers)
      holds_events_ = holds_events_ || (net::equal_names(h.name, "content-type") &&
                                        net::content_kind_of(h.value) == net::content_kind::sse);
  if (!worth_retrying(status) || !a.alternatives()) return true;
  dropped_status_ = status;
  return false;
}

net::judgement errand::judge(std::string_view so_far, net::content_kind kind, bool whole) {
  const auto& a = admission_of(*exchange_);
  if (!a.cascade) return net::judgement::relay;
  const auto found = checks::inspect(a.cascade->rules, a.intent.at, exchange_->request().body, kind, so_far, whole);
  if (!found.decided) return net::judgement::wait;
  holds_events_ = false;
  // An answer that failed a check is better than none.
  if (!found.failed || !can_escalate()) return net::judgement::relay;
  failed_check_ = found.failed;
  return net::judgement::drop;
}

bool errand::can_escalate() const {
  const auto& a = admission_of(*exchange_);
  const auto open = [&](std::int64_t id) {
    const auto* d = at_.snapshot->find_deployment(id);
    return d != nullptr && at_.schedulers.contains(d->provider->id) && is_lawful(at_.snapshot, a, *d) &&
           !classification::is_ruled(*at_.snapshot, d->model->id);
  };
  for (auto step = a.cascade->at + 1; step < a.cascade->steps.size(); ++step)
    if (std::any_of(a.cascade->steps[step].begin(), a.cascade->steps[step].end(), open)) return !at_.draining;
  return false;
}

void errand::escalate(const net::call_outcome& outcome) {
  auto& a = admission_of(*exchange_);
  book_dropped(at_, *exchange_, a, deployment_, permit_->granted(), outcome, *failed_check_);
  at_.traffic.escalated[static_cast<std::size_t>(*failed_check_)].add();
  leave_word_of_unfit(at_, *exchange_, a, deployment_, outcome);
  actors::refusal why;
  why.request = exchange_->id();
  why.deployment_id = deployment_.id;
  why.provider_id = deployment_.provider->id;
  why.code = static_cast<std::uint8_t>(ec::no_provider);
  why.message = "The answer of '" + deployment_.model->name + "' failed the policy's check '" +
                std::string{to_string(*failed_check_)} + "', and no other model could be asked.";
  if (!at_.ingress) {
    const core::failure lost{ec::no_provider, std::move(why.message), "", 1};
    if (!std::exchange(a.booked, true)) book_refused(at_, *exchange_, a, lost, clock_.wall());
    return exchange_->fail(lost, a.rate_headers);
  }
  a.cascade->escalates = true;
  at_.returned.emplace(exchange_->id(), exchange_);
  at_.unit.send(at_.ingress, atom::retry_v, exchange_, std::move(why));
}

void errand::note_quota(std::span<const net::header_view> headers) {
  auto& a = admission_of(*exchange_);
  a.left_requests = number_of(headers, "x-ratelimit-remaining-requests");
  a.left_tokens = number_of(headers, "x-ratelimit-remaining-tokens");
}

std::optional<std::string> errand::usage_members(const net::call_outcome& so_far) {
  const auto& a = admission_of(*exchange_);
  const auto& served = served_by(a, deployment_, so_far.model);
  const auto before = a.cascade ? a.cascade->spent() : core::nano{0}; // by answers that were dropped
  const auto cost_of = [&](const net::usage& used) { return find_cost(a, *at_.snapshot, *exchange_, served, used); };
  // What is still to come is booked, too: of that nobody tells a part.
  if (!so_far.complete) return cost_of(so_far.tokens) || before != 0 ? std::optional<std::string>{""} : std::nullopt;
  const auto used = usage_of(*exchange_, a, served, so_far, pace{at_.outlooks.get()});
  if (used.source == core::usage_source::none) return std::nullopt;
  const auto cost = cost_of(used.tokens);
  if (!cost && before == 0) return std::nullopt; // without a price nobody knows
  const auto& currency = at_.snapshot->currency;
  return R"("cost":)" + core::to_decimal((cost ? cost->amount : 0) + before) + R"(,"cost_currency":")" +
         (currency.empty() ? at_.rules.cost_currency : currency) + "\"";
}

void errand::stored(std::string_view object_id) {
  const auto& a = admission_of(*exchange_);
  if (const auto object = mark_of(*exchange_, a, deployment_, object_id); !object.nil())
    at_.next.objects->note(object, owner_of(*a.who));
}

void errand::coming(const net::call_outcome& so_far, core::wall_time now) {
  const auto& a = admission_of(*exchange_);
  if (!a.booked) mark_progress(at_, *exchange_, a, deployment_, so_far, now);
}

void errand::ending(const net::call_outcome& outcome) { book(outcome); }

void errand::book(const net::call_outcome& outcome) {
  auto& a = admission_of(*exchange_);
  if (a.booked) return;
  a.booked = true;
  book_finished(at_, *exchange_, a, deployment_, permit_->granted(), outcome);
  leave_word(at_, *exchange_, a, deployment_, outcome);
}

void errand::ended(const net::call_outcome& outcome) {
  permit_->end(outcome, rates_, !admission_of(*exchange_).brings_key(), account_closed_);
  if (outcome.dropped) return escalate(outcome);
  const bool unanswered = !outcome.answered && outcome.error != ec::client_gone;
  if (!unanswered) {
    book(outcome);
    return;
  }
  actors::refusal why;
  why.request = exchange_->id();
  why.deployment_id = deployment_.id;
  why.provider_id = deployment_.provider->id;
  why.code = static_cast<std::uint8_t>(outcome.error == ec::none ? ec::upstream_error : outcome.error);
  why.retry_after_s = outcome.retry_after_s;
  why.message = dropped_status_ != 0 ? "The provider answered with status " + std::to_string(dropped_status_) + "."
                                     : outcome.message;
  auto& a = admission_of(*exchange_);
  // Who falls silent in mid-answer is not asked of others, unless the client has seen nothing of it.
  const bool retryable = core::facts(outcome.error).retryable || outcome.error == ec::idle_timeout;
  const bool cut_unseen = a.cascade && answering_ && !comes_back_; // none of it went out
  // It costs, and what is held has each step once: then the next one is asked, or nobody.
  const bool steps_on = cut_unseen && a.held_money() != 0;
  const bool elsewhere = steps_on ? can_escalate() : a.alternatives();
  const bool again = comes_back_ || (elsewhere && (dropped_status_ != 0 || retryable));
  if (!again || !at_.ingress)
    book(outcome);
  else if (cut_unseen)
    book_dropped(at_, *exchange_, a, deployment_, permit_->granted(), outcome, std::nullopt);
  else
    keep_in_mind(at_, *exchange_, a, deployment_, outcome);
  if (again && dropped_status_ == 0) leave_word(at_, *exchange_, a, deployment_, outcome);
  if (!at_.ingress)
    return exchange_->fail({static_cast<ec>(why.code), std::move(why.message), "", why.retry_after_s}, a.rate_headers);
  if (comes_back_) {
    ++a.sent_back;
    a.busy = {dropped_status_, outcome.retry_after_s};
  }
  a.comes_back = comes_back_;
  if (steps_on) a.cascade->escalates = true;
  at_.returned.emplace(exchange_->id(), exchange_);
  at_.unit.send(at_.ingress, atom::retry_v, exchange_, std::move(why));
}

} // namespace logos::execution
