// SPDX-License-Identifier: MIT
#pragma once
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {

using core::answer_check;
using net::judgement;

inline constexpr std::string_view question = R"({"max_tokens":10,"messages":[{"role":"user","content":"hi"}]})";
inline constexpr std::string_view refused =
    R"({"choices":[{"message":{"content":"I'm sorry, but I can't help with that."},"finish_reason":"stop"}]})";
inline constexpr std::string_view good = R"({"choices":[{"message":{"content":"Hello!"},"finish_reason":"stop"}]})";

/// A cheap model answers first: gemma (providers 1 and 2) is cheap, gpt (provider 3) is preferred.
class ingress_cascade : public ingress_test {
protected:
  ingress_cascade() { adopt(catalog()); }

  std::shared_ptr<catalog::snapshot> catalog(accounting::rules rules = {}) {
    using core::token_type;
    auto s = tests::small_catalog(++version_, std::move(rules),
                                  accounting::price_book{{{1, 1, 0, token_type::completion, {}, 100'000},
                                                          {2, 2, 0, token_type::completion, {}, 1'000'000}}});
    catalog::policy p;
    p.id = 2;
    p.name = "cheap-first";
    p.cascade = {{answer_check::refusal, answer_check::empty}, 500, 2};
    s->policies.push_back(p);
    return s;
  }
  boost::intrusive_ptr<fake_exchange> ask(std::string_view body = question,
                                          std::string_view path = "/v1/chat/completions") {
    return bring(tests::root_key, body, path, {{"policy", "cheap-first"}});
  }
  static judgement judge(const fake_exchange::relay_call& call, std::string_view answer,
                         net::content_kind kind = net::content_kind::json, bool whole = true) {
    return call.observer->judge(answer, kind, whole);
  }
  /// The call's answer was held back and is not wanted.
  void drop(const fake_exchange::relay_call& call) {
    auto outcome = whole_answer();
    outcome.answered = false;
    outcome.dropped = true;
    outcome.ended = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} + std::chrono::seconds{2};
    call.observer->ended(outcome);
    run();
  }
  void finish(const fake_exchange::relay_call& call) {
    call.observer->ending(whole_answer());
    call.observer->ended(whole_answer());
    run();
  }
  /// The first answer is a refusal.
  boost::intrusive_ptr<fake_exchange> escalated() {
    const auto x = ask();
    if (!accounts_.claims.empty()) rule({});
    offer_for(1);
    EXPECT_EQ(judge(x->relayed.at(0), refused), judgement::drop);
    drop(x->relayed.at(0));
    return x;
  }
  /// The SCHEDULER of a provider refuses the last ticket.
  void refuse_for(std::int64_t provider, core::ec why) {
    tell(logs_[provider].requester, refusal_of(logs_[provider].tickets.back(), why, "full"));
  }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

  std::uint64_t version_ = 1;
};

} // namespace logos::ingress
