// SPDX-License-Identifier: MIT
// The part of the books that says why a claim is refused.
#include "actors/accounting/account_book.hpp"

#include <algorithm>

namespace logos::accounting {
namespace {

using core::ec;
using core::failure;
using core::limit_kind;
using std::chrono::ceil;
using std::chrono::seconds;

// Other requests' holds end with their answers; nobody knows when.
constexpr std::uint32_t hold_retry_s = 5;
constexpr std::uint32_t parallel_retry_s = 1;

std::uint32_t seconds_until(core::steady_time when, core::steady_time now) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(ceil<seconds>(when - now).count(), 1));
}

/// Whom a rule is about, by name and number.
template <class Rule>
std::string whom(const Rule& rule) {
  const std::string kind{core::to_string(rule.scope)};
  const auto id = std::to_string(rule.scope_id);
  return rule.of.empty() ? kind + " " + id : kind + " '" + rule.of + "' (" + id + ")";
}

/// The end of a refusal that passes: it says what `retry-after` says.
std::string again_in(std::uint32_t wait_s) { return " Try again in " + std::to_string(wait_s) + " s."; }

/// How to mend a request that may use too much.
std::string_view advice(const claim& c) {
  return c.can_be_shorter ? ": ask for a shorter answer with max_completion_tokens."
                          : ": send less, or ask for less, at a time.";
}

std::string_view over(core::budget_period period) {
  switch (period) {
  case core::budget_period::hour: return "for an hour";
  case core::budget_period::day: return "for a day";
  case core::budget_period::week: return "for a week";
  case core::budget_period::month: return "for a month";
  case core::budget_period::total: break;
  }
  return "in total";
}

} // namespace

void objections::add(failure why) {
  if (why.code == ec::none) return;
  const auto wait_s = why.retry_after_s == 0 ? never : why.retry_after_s;
  longest_wait_s_ = std::max(longest_wait_s_, wait_s);
  const bool spent = why.code == ec::budget_spent, was_spent = gravest_.code == ec::budget_spent;
  const bool graver = spent != was_spent ? spent : wait_s > gravest_wait_s_;
  if (gravest_.code != ec::none && !graver) return;
  gravest_ = std::move(why);
  gravest_wait_s_ = wait_s;
}

failure objections::sum() const {
  auto out = gravest_;
  out.retry_after_s = longest_wait_s_ == never ? 0 : longest_wait_s_;
  return out;
}

failure account_book::objection(limit_state& s, const claim& c, core::steady_time now) {
  const auto& rule = s.rule;
  const bool own = is_own(rule.scope);
  const auto refused = [](std::string message, std::uint32_t wait_s) -> failure {
    return {ec::rate_limited, message + again_in(wait_s), "", wait_s};
  };
  if (rule.kind == limit_kind::parallel_requests) {
    if (s.parallel < rule.value) return {};
    const bool one = own && rule.value == 1;
    const auto all =
        one ? std::string{"The one request"} : (own ? "All " + std::to_string(rule.value) : "All") + " requests";
    return refused(all + " that " + whom(rule) + " may have running at a time " + (one ? "runs." : "run."),
                   parallel_retry_s);
  }
  const bool requests = rule.kind == limit_kind::requests_per_minute;
  const auto wanted = requests ? 1 : c.tokens;
  const std::string counted = requests ? " requests" : " tokens";
  if (wanted > rule.value && !own)
    return {ec::rate_limited, ("The request may use more" + counted + " than " + whom(rule) +
                               " has a minute, so it can never be let in as it is")
                                  .append(advice(c))};
  if (wanted > rule.value)
    return {ec::rate_limited,
            ("The request may use " + std::to_string(wanted) + (requests ? " request" : " tokens") + " and " +
             whom(rule) + " has " + std::to_string(rule.value) + " a minute, so it can never be let in as it is")
                .append(advice(c))};
  const auto when = s.window.room_at(now, wanted, rule.value);
  if (when <= now) return {};
  // Requests that run may use less than is reserved for them, and then there is room before their minute is over.
  const auto earliest = s.window.earliest_room(now, wanted, rule.value);
  const auto worth_asking = std::min(when, std::max(earliest, now + seconds{hold_retry_s}));
  const auto limit = (own ? "limit of " + std::to_string(rule.value) : std::string{"limit on"}) +
                     (own && rule.value == 1 ? counted.substr(0, counted.size() - 1) : counted) + " a minute";
  const auto left = requests ? std::string{" is used up."}
                    : own    ? " leaves less than the " + std::to_string(wanted) + " that the request may use."
                             : std::string{" leaves less than the request may use."};
  const std::string held = earliest < when ? " Part of it is reserved for requests that run now." : "";
  return refused("Rate limit reached for " + whom(rule) + ": the " + limit + left + held,
                 seconds_until(worth_asking, now));
}

failure account_book::objection(const budget_state& s, const claim& c) const {
  if (!s.rule.hard) return {};
  const auto b = balance_of(s, c.at);
  const auto credited = s.rule.credited_at(c.at);
  const auto allowed = accounting::allowed(s.rule.amount, credited);
  const auto left = allowed - b.spent;
  const bool own = is_own(s.rule.scope);
  const auto whose = [&] {
    const std::string period{over(s.rule.period)};
    return "The budget of " + whom(s.rule) +
           (own ? ", " + core::to_decimal(allowed) + " " + period + (credited == 0 ? "," : " with its credits,")
                : " " + period);
  };
  const bool uncounted = c.hold == most_money;
  const auto spent = [&](std::string message) -> failure {
    const auto anew = core::end_of(s.rule.period, c.at);
    // What others share is not measured against the amount: from what is said then, that could be found. But nothing
    // fits into none. A credit ends with its period.
    const bool fits = s.rule.amount > 0 && (!own || (!uncounted && c.hold <= s.rule.amount));
    if (!fits || s.rule.period == core::budget_period::total) return {ec::budget_spent, std::move(message)};
    return {ec::budget_spent, message + " It starts anew at " + core::to_iso8601(anew) + ".", "",
            static_cast<std::uint32_t>(std::max<std::int64_t>(ceil<seconds>(anew - c.at).count(), 1))};
  };
  if (left <= 0) return spent(whose() + " is spent.");
  if ((uncounted || c.hold > left) && !own)
    return spent((whose() + " has less left than the request may cost").append(advice(c)));
  if (uncounted || c.hold > left)
    return spent((whose() + " has " + core::to_decimal(left) + " left, and the request may cost " +
                  core::to_decimal(c.hold) + (uncounted ? " or more" : ""))
                     .append(advice(c)));
  if (c.hold > left - b.held)
    return {ec::rate_limited, whose() + " is held by requests that run now." + again_in(hold_retry_s), "",
            hold_retry_s};
  if (c.open_ended && b.open_ended > 0)
    return {ec::rate_limited,
            whose() +
                " pays for one request at a time that counts more than tokens, since what that costs nobody knows"
                " before its answer; one runs." +
                again_in(hold_retry_s),
            "", hold_retry_s};
  return {};
}

} // namespace logos::accounting
