// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"
#include "actors/messages.hpp"

#include <caf/error.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/type_name.hpp>

#include <string>
#include <vector>

/// What travels between a node's TELLER and the LEDGER, also between nodes; as in messages.hpp: append only.
namespace logos::accounting {

/// A claim that has ended, with what it really used.
struct ended_claim {
  claim what;
  std::int64_t tokens = 0;
  core::nano cost = 0;
};

/// What a TELLER tells a LEDGER that is new to it: all that is reserved for its node, and what has ended lately, of
/// which the database may not know yet.
struct report {
  std::string holder; // the node's name
  std::vector<claim> open;
  std::vector<ended_claim> ended;
  bool writing = false;   // rows of what ended before are still on their way to the database
  bool only_rows = false; // the rest was reported; says only whether `writing` goes on
};

} // namespace logos::accounting

namespace logos::core {
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, failure& x) {
  auto code = static_cast<std::uint8_t>(x.code);
  const auto load = [&]() -> caf::error {
    x.code = static_cast<ec>(code);
    return caf::none;
  };
  return f(caf::meta::type_name("logos::failure"), code, x.message, x.param, x.retry_after_s,
           caf::meta::load_callback(load));
}
} // namespace logos::core

namespace logos::accounting {

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, claim& x) {
  auto at_us = static_cast<std::int64_t>(x.at.time_since_epoch().count());
  auto at_stage = static_cast<std::uint8_t>(x.at_stage);
  const auto load = [&]() -> caf::error {
    x.at = core::wall_time{std::chrono::microseconds{at_us}};
    x.at_stage = static_cast<stage>(at_stage);
    return caf::none;
  };
  return f(caf::meta::type_name("logos::claim"), x.request, x.who, x.tokens, x.hold, at_us, x.spare_tokens,
           x.spare_hold, x.open_ended, at_stage, x.can_be_shorter, x.owed, x.catalog, caf::meta::load_callback(load));
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, settlement& x) {
  return f(caf::meta::type_name("logos::settlement"), x.request, x.tokens, x.cost);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ended_claim& x) {
  return f(caf::meta::type_name("logos::ended_claim"), x.what, x.tokens, x.cost);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, report& x) {
  return f(caf::meta::type_name("logos::report"), x.holder, x.open, x.ended, x.writing, x.only_rows);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, use_question& x) {
  auto at_us = static_cast<std::int64_t>(x.at.time_since_epoch().count());
  const auto load = [&]() -> caf::error {
    x.at = core::wall_time{std::chrono::microseconds{at_us}};
    return caf::none;
  };
  return f(caf::meta::type_name("logos::use_question"), x.limits, x.budgets, at_us, caf::meta::load_callback(load));
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, limit_use& x) {
  return f(caf::meta::type_name("logos::limit_use"), x.id, x.used, x.reserved, x.remaining);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, budget_use& x) {
  return f(caf::meta::type_name("logos::budget_use"), x.id, x.spent, x.held);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, use_answer& x) {
  return f(caf::meta::type_name("logos::use_answer"), x.limits, x.budgets, x.unknown);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ruling& x) {
  // A limit of -1: there is none to tell of.
  const auto told = [](const std::optional<headroom>& h) { return h ? h->limit : -1; };
  const auto reset_of = [](const std::optional<headroom>& h) { return h ? h->reset.count() : 0; };
  auto requests = told(x.requests), tokens = told(x.tokens);
  auto requests_left = x.requests ? x.requests->remaining : 0, tokens_left = x.tokens ? x.tokens->remaining : 0;
  std::int64_t requests_reset_ms = reset_of(x.requests), tokens_reset_ms = reset_of(x.tokens);
  auto at_stage = static_cast<std::uint8_t>(x.at_stage);
  const auto load = [&]() -> caf::error {
    using std::chrono::milliseconds;
    x.at_stage = static_cast<stage>(at_stage);
    x.requests.reset();
    x.tokens.reset();
    if (requests >= 0) x.requests = headroom{requests, requests_left, milliseconds{requests_reset_ms}};
    if (tokens >= 0) x.tokens = headroom{tokens, tokens_left, milliseconds{tokens_reset_ms}};
    return caf::none;
  };
  return f(caf::meta::type_name("logos::ruling"), x.request, x.refusal, at_stage, requests, requests_left,
           requests_reset_ms, tokens, tokens_left, tokens_reset_ms, x.spared_tokens, x.spared_hold,
           caf::meta::load_callback(load));
}

} // namespace logos::accounting
