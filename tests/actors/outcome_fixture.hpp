// SPDX-License-Identifier: MIT
#pragma once
#include "net/usage.hpp"
#include "tests/actors/ingress_fixture.hpp"

/// What calls came to, and the rows that they make.
namespace logos::ingress {

using core::ec;
using core::usage_source;
using std::chrono::milliseconds;

inline constexpr std::int64_t prompt_price = 1'000; // a nano-unit for a token, so that a cost shows both counts
inline constexpr std::int64_t answer_price = 1'000'000'000;

inline std::string body_of(bool stream) {
  return std::string{R"({"model":"gpt","max_tokens":300,"stream":)"} + (stream ? "true" : "false") +
         R"(,"messages":[{"role":"user","content":"hi"}]})";
}

inline net::call_outcome made(ec error, int status = 0) {
  net::call_outcome o;
  o.error = error;
  o.status = status;
  o.sent_whole = true;
  o.answered = status != 0;
  o.sent = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  o.ended = o.sent + milliseconds{500};
  if (status != 0) o.first_byte = o.sent + milliseconds{100};
  return o;
}

inline net::call_outcome unsent(ec error) {
  auto o = made(error);
  o.sent_whole = false;
  return o;
}

/// `tokens` events of eight bytes have come.
inline net::call_outcome heard(net::call_outcome o, std::uint32_t events) {
  o.events = events;
  o.generated_bytes = 8U * events;
  return o;
}

inline net::call_outcome reported(net::call_outcome o, std::int64_t prompt, std::int64_t answer, std::int64_t total) {
  o.tokens.prompt_tokens = prompt;
  o.tokens.completion_tokens = answer;
  o.tokens.total_tokens = total;
  o.tokens.seen = true;
  return o;
}

inline net::call_outcome whole(net::call_outcome o) {
  o.complete = true;
  return o;
}

inline net::call_outcome with_error_inside(net::call_outcome o) {
  o.failed = true;
  return o;
}

inline constexpr auto none = usage_source::none;
inline constexpr auto provider = usage_source::provider;
inline constexpr auto estimated = usage_source::estimated;
inline constexpr auto partial = usage_source::partial;

class outcome_test : public ingress_test {
protected:
  outcome_test() {
    accounting::rules rules;
    rules.budgets.push_back({1, core::scope::process, 1, core::budget_period::total, 1'000'000'000'000'000, true});
    adopt(tests::small_catalog(2, std::move(rules),
                               accounting::price_book{{{8, 2, 0, core::token_type::prompt, {}, prompt_price},
                                                       {9, 2, 0, core::token_type::completion, {}, answer_price}}}));
  }
  /// The row of a request whose whole answer has told what was read of it.
  storage::finished_facts booked(const net::answer_facts& read, bool stream) {
    auto outcome = whole(made(ec::none, 200));
    outcome.tokens = read.tokens;
    outcome.generated_bytes = read.text_bytes;
    outcome.events = static_cast<std::uint32_t>(read.deltas);
    const auto x = bring(tests::root_key, body_of(stream));
    rule({});
    offer_for(3);
    x->relayed.at(0).observer->ending(outcome);
    x->relayed.at(0).observer->ended(outcome);
    run();
    return rows().back();
  }
};

} // namespace logos::ingress
