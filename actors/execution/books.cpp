// SPDX-License-Identifier: MIT
#include "actors/execution/books.hpp"

#include "actors/accounting/applied_prices.hpp"
#include "actors/execution/comparison.hpp"
#include "actors/execution/composing.hpp"
#include "actors/execution/costs.hpp"
#include "actors/execution/redaction.hpp"
#include "actors/execution/serving.hpp"
#include "actors/execution/stored_objects.hpp"
#include "core/fault_point.hpp"
#include "net/secret_mask.hpp"

#include <algorithm>

namespace logos::execution {
namespace {

using core::ec;

/// `row` is of `begun_facts` or of `finished_facts`.
void fill_who(auto& row, const admission& a) {
  row.ids.process_id = a.who->process_id;
  row.ids.profile_id = a.profile != nullptr ? a.profile->id : 0;
  row.ids.policy_id = a.policy != nullptr ? a.policy->id : 0;
  row.owner = {a.who->user_id, a.who->service_id};
}

void fill_ids(storage::request_ids& ids, const catalog::deployment& d) {
  ids.provider_id = d.provider->id;
  ids.model_id = d.model->id;
  ids.deployment_id = std::max<std::int64_t>(d.id, 0); // a passage is none
}

/// Of a request that was refused: where it was refused last, else what all that may serve it have in common, else the
/// model that it named, if its key may use it.
void fill_known(storage::request_ids& ids, const admission& a) {
  if (a.last_refusal.code != 0)
    if (const auto* d = a.snapshot->find_deployment(a.last_refusal.deployment_id)) return fill_ids(ids, *d);
  const catalog::deployment* first = nullptr;
  for (const auto id : a.candidates) {
    const auto* d = a.snapshot->find_deployment(id);
    if (d == nullptr) continue;
    if (first == nullptr) {
      first = d;
      fill_ids(ids, *d);
      continue;
    }
    ids.deployment_id = 0;
    if (d->provider != first->provider) ids.provider_id = 0;
    if (d->model != first->model) ids.model_id = 0;
  }
  if (first != nullptr || a.intent.model.empty() || a.brings_key()) return;
  const auto* named = a.snapshot->find_model(a.intent.model);
  if (named != nullptr && catalog::snapshot::permits(*a.who, a.profile, named->id)) ids.model_id = named->id;
}

/// What is the same for every row of a request.
storage::billed row_of(const workplace& at, const net::exchange& x, const admission& a) {
  storage::billed row;
  row.request_id = x.id();
  row.timestamp_request = x.received();
  fill_who(row, a);
  row.request_bytes = static_cast<std::int64_t>(x.request().body.size());
  row.queue_depth_at_arrival = static_cast<std::int32_t>(a.depth_at_arrival);
  row.attempts = a.attempts;
  row.priority = a.priority();
  row.mode = a.intent.mode;
  row.log = a.who->log;
  row.stream = a.intent.stream;
  if (a.intent.patience)
    row.timeout_s =
        static_cast<std::int32_t>(std::chrono::duration_cast<std::chrono::seconds>(*a.intent.patience).count());
  row.path = x.request().path;
  row.node = at.rules.node;
  row.dataset = a.intent.dataset;
  row.metadata = a.intent.metadata;
  row.classification_statistics = a.statistics;
  return row;
}

void count_source(core::traffic& to, const storage::billed& row) {
  auto& of = to.usage[static_cast<std::size_t>(row.usage_source)];
  of.requests.add();
  const auto& used = row.usage;
  of.tokens.add(static_cast<std::uint64_t>(std::max(used.total_tokens, used.prompt_tokens + used.completion_tokens)));
  of.cost_nano.add(static_cast<std::uint64_t>(row.cost_nano));
}

/// What only log level FULL keeps: none of it is there below.
void append(workplace& at, admission& a, const storage::billed& row, const net::exchange& x, std::string_view answer,
            std::string_view provider_key) {
  count_source(at.traffic, row);
  if (row.log != core::log_level::full) {
    static_cast<void>(at.journal.append(row, &a.room)); // without a call it has no room: the journal counts it
    return;
  }
  storage::finished whole{row, {}, {}, {}, {}, {}};
  whole.features = a.features;
  const auto headers = redacted_headers(x.request());
  whole.headers = headers;
  whole.client_ip = x.client_address();
  const auto own_key = ingress::find_key(x.request());
  const auto masked = [&](std::string_view text, std::string& kept) {
    for (const auto secret : {provider_key, own_key})
      if (secret.size() >= net::shortest_masked_secret && text.find(secret) != text.npos) {
        if (kept.empty()) kept = text;
        net::mask_secret(kept, secret);
      }
    return kept.empty() ? text : std::string_view{kept};
  };
  std::string asked, answered;
  whole.input_payload = masked(x.request().body, asked);
  whole.response_payload = masked(answer, answered);
  static_cast<void>(at.journal.append(whole, &a.room));
}

/// For limits on tokens.
std::int64_t tokens_of(const net::usage& u) { return std::max(u.total_tokens, u.prompt_tokens + u.completion_tokens); }

void count_usage(workplace& at, const admission& a, const catalog::deployment& d, const net::usage& tokens,
                 bool failed) {
  auto& entries = at.usage[a.who->process_id];
  actors::usage_entry* entry = nullptr;
  for (auto& e : entries)
    if (e.model_id == d.model->id && e.provider_id == d.provider->id) entry = &e;
  if (entry == nullptr) {
    entry = &entries.emplace_back();
    entry->process_id = a.who->process_id;
    entry->model_id = d.model->id;
    entry->provider_id = d.provider->id;
  }
  ++entry->requests;
  entry->errors += failed ? 1 : 0;
  entry->prompt_tokens += static_cast<std::uint64_t>(tokens.prompt_tokens);
  entry->completion_tokens += static_cast<std::uint64_t>(tokens.completion_tokens);
}

/// What a row has views of.
struct usage_texts {
  std::string own_counts;
  std::string price_versions;
};

/// What a call has used, and what that cost.
void fill_usage(storage::billed& row, usage_texts& texts, const workplace& at, const admission& a,
                const net::exchange& x, const catalog::deployment& worked, const booked_usage& used) {
  row.usage = counts_of(used.tokens);
  row.usage_source = used.source;
  texts.own_counts = storage::own_counts_json(used.tokens.own);
  row.own_counts = texts.own_counts;
  accounting::applied_prices from;
  const auto cost = find_cost(a, *at.snapshot, x, worked, used.tokens, &from);
  if (!cost) return;
  row.cost_nano = cost->amount;
  row.price_id = cost->price_id;
  row.rate_id = cost->rate_id;
  texts.price_versions = from.text();
  row.price_versions = texts.price_versions;
}

/// What is known of a call that came to an answer, or did not, beside what it used.
storage::billed row_of_call(const workplace& at, const net::exchange& x, const admission& a,
                            const catalog::deployment& worked, const actors::offer& o,
                            const net::call_outcome& outcome) {
  auto row = row_of(at, x, a);
  fill_ids(row.ids, worked);
  row.timestamp_forwarding = outcome.sent;
  row.time_at_first_token = outcome.first_byte;
  row.timestamp_response = outcome.ended;
  row.queue_wait_us = o.queued_us;
  row.queue_depth_at_arrival = static_cast<std::int32_t>(o.depth_at_arrival);
  row.utilization_at_arrival = static_cast<float>(o.in_flight_at_arrival);
  row.was_cold_start = o.cold;
  row.load_duration_us = o.load_us;
  row.queue_depth_at_schedule = o.depth_at_schedule;
  row.available_vram_mb = o.vram_left_mb;
  row.azure_rate_remaining_requests = a.left_requests;
  row.azure_rate_remaining_tokens = a.left_tokens;
  row.priority_when_scheduled = o.priority != 0 ? o.priority : row.priority;
  row.response_bytes = static_cast<std::int64_t>(outcome.response_bytes);
  row.error = outcome.error;
  if (row.error == ec::none && (outcome.status >= 400 || outcome.failed)) row.error = ec::upstream_error;
  row.http_status = static_cast<std::uint16_t>(
      outcome.answered || outcome.error == ec::none ? outcome.status : core::http_status(outcome.error));
  if (outcome.error == ec::client_gone) row.http_status = 499;
  row.result = result_of(outcome);
  return row;
}

/// A record `begun` of an attempt, but for what it costs.
storage::begun begun_of(const net::exchange& x, const admission& a, const catalog::deployment& d,
                        core::wall_time sent) {
  storage::begun row;
  row.request_id = x.id();
  row.timestamp_request = x.received();
  row.timestamp_forwarding = sent;
  fill_who(row, a);
  fill_ids(row.ids, d);
  row.priority = a.priority();
  row.mode = a.intent.mode;
  row.log = a.who->log;
  row.stream = a.intent.stream;
  row.marked = a.intent.stream && generates(a.intent.at);
  row.attempt = a.attempts;
  row.dropped = a.cascade ? static_cast<std::uint8_t>(std::min<std::size_t>(a.cascade->dropped.size(), 255)) : 0;
  row.hold_nano = a.money_left();
  row.prompt_tokens = prompt_by_size(a);
  row.dataset = a.intent.dataset;
  return row;
}

/// What an attempt has used, should the process end before its row is written.
void note_mark(workplace& at, const net::exchange& x, const admission& a, const catalog::deployment& worked,
               const net::usage& used, core::wall_time first_byte, core::wall_time now, const core::uuid& stored = {}) {
  auto row = begun_of(x, a, worked, a.sent_at);
  row.stored_object = stored;
  row.time_at_first_token = first_byte;
  row.marked_at = now;
  row.usage = counts_of(used);
  accounting::applied_prices from;
  const auto cost = find_cost(a, *at.snapshot, x, worked, used, &from).value_or(accounting::cost{});
  row.cost_nano = cost.amount;
  row.price_id = cost.price_id;
  row.rate_id = cost.rate_id;
  const auto price_versions = from.text();
  row.price_versions = price_versions;
  static_cast<void>(at.journal.note(row));
  core::fault_point("books.marked");
}

} // namespace

core::result_status result_of(const net::call_outcome& outcome) {
  switch (outcome.error) {
  case ec::none:
    // An error may come as an event of a stream, behind a head that says 200.
    return outcome.status < 400 && !outcome.failed ? core::result_status::success : core::result_status::error;
  case ec::client_gone: return core::result_status::client_gone;
  case ec::first_token_timeout:
  case ec::idle_timeout:
  case ec::total_timeout: return core::result_status::timeout;
  default: return core::result_status::error;
  }
}

bool book_begun(workplace& at, const net::exchange& x, admission& a, const catalog::deployment& d,
                core::wall_time now) {
  // A cascade's answer that is dropped has a row of its own.
  if (!a.room.grow_to(at.journal, a.cascade ? 2 : 1)) return false;
  auto row = begun_of(x, a, d, now);
  accounting::applied_prices from;
  if (row.prompt_tokens != 0 && !a.snapshot->prices.empty()) {
    net::usage prompt;
    prompt.prompt_tokens = prompt.total_tokens = row.prompt_tokens;
    row.prompt_cost_nano = find_cost(a, *at.snapshot, x, d, prompt, &from).value_or(accounting::cost{}).amount;
  }
  const auto price_versions = row.hold_nano != 0 && !row.marked ? a.hold_prices : from.text();
  row.price_versions = price_versions;
  return at.journal.append(row);
}

void mark_progress(workplace& at, const net::exchange& x, const admission& a, const catalog::deployment& d,
                   const net::call_outcome& so_far, core::wall_time now) {
  const auto& worked = served_by(a, d, so_far.model);
  const bool refused = so_far.status >= 400; // which costs nothing
  const auto used = refused ? net::usage{} : usage_so_far(x, a, worked, so_far, now, pace{at.outlooks.get()});
  const auto stored = mark_of(x, a, d, so_far.object_id);
  if (refused || used.completion_tokens != 0 || !stored.nil())
    note_mark(at, x, a, worked, used, so_far.first_byte, now, stored);
}

void book_finished(workplace& at, const net::exchange& x, admission& a, const catalog::deployment& d,
                   const actors::offer& o, const net::call_outcome& outcome) {
  const auto* worked = &served_by(a, d, outcome.model);
  auto used = usage_of(x, a, *worked, outcome, pace{at.outlooks.get()});
  if (used.source == core::usage_source::none && outcome.error != ec::none && a.unanswered)
    if (const auto* before = a.snapshot->find_deployment(a.unanswered->deployment_id)) {
      worked = before; // this one never came to it
      used = {a.unanswered->tokens, core::usage_source::partial};
    }
  auto row = row_of_call(at, x, a, *worked, o, outcome);
  row.stored_object = mark_of(x, a, d, outcome.object_id);
  usage_texts texts;
  fill_usage(row, texts, at, a, x, *worked, used);
  if (a.compared)
    if (const auto guess = compared_estimate(x, a, *worked, outcome, pace{at.outlooks.get()}, used.source))
      compare(at, row, *guess);
  row.hold_nano = a.held_money();
  std::string said;
  if (row.error == ec::upstream_error && outcome.message.empty())
    said = outcome.status >= 400 ? "The provider answered with status " + std::to_string(outcome.status) + "."
                                 : "The provider's answer has an error in it.";
  row.error_message = said.empty() ? std::string_view{outcome.message} : said;
  const auto reason = actors::with_weighing(decision(a, o), a.weighed);
  row.decision = reason;
  core::fault_point("books.usage_known");
  append(at, a, row, x, outcome.text, d.api_key.empty() ? d.provider->api_key : d.api_key);
  core::fault_point("books.row_appended");
  // After the row: a LEDGER that reads the past must find there what it does not hear of any more.
  if (a.held) a.held->settle(tokens_of(used.tokens), row.cost_nano);
  core::fault_point("books.settled");

  const auto whole = outcome.ended - x.received();
  at.traffic.duration.observe(whole);
  at.traffic.queue_wait.observe(std::chrono::microseconds{o.queued_us});
  if (outcome.first_byte != core::wall_time{}) at.traffic.first_byte.observe(outcome.first_byte - x.received());
  if (outcome.error == ec::none)
    at.traffic.relayed.add();
  else
    at.traffic.failures[static_cast<std::size_t>(outcome.error)].add();
  count_usage(at, a, *worked, used.tokens, row.result != core::result_status::success);
}

void book_dropped(workplace& at, const net::exchange& x, admission& a, const catalog::deployment& d,
                  const actors::offer& o, const net::call_outcome& outcome,
                  const std::optional<core::answer_check>& why) {
  auto seen = outcome;
  if (!seen.complete) seen.error = ec::upstream_cut; // by us: what was reported early is not all of it
  const auto& worked = served_by(a, d, outcome.model);
  const auto used = usage_of(x, a, worked, seen, pace{at.outlooks.get()});
  auto row = row_of_call(at, x, a, worked, o, outcome);
  row.request_id = at.ids.next(outcome.ended);
  usage_texts texts;
  fill_usage(row, texts, at, a, x, worked, used);
  const auto reason = actors::with_weighing(decision(a, o) + "; dropped=" + std::string{word_of(why)}, a.weighed);
  row.decision = reason;
  const auto statistics = statistics_of_dropped(a, x.id(), why);
  row.classification_statistics = statistics;
  append(at, a, row, x, outcome.text, d.api_key.empty() ? d.provider->api_key : d.api_key);
  if (a.held) a.held->spend(tokens_of(used.tokens), row.cost_nano);
  a.cascade->dropped.push_back(
      {row.request_id, worked.id, why, used.tokens, row.cost_nano, outcome.ended - x.received()});
  note_cascade(a);
  a.unanswered.reset();                               // this one has taken its place
  note_mark(at, x, a, worked, {}, {}, outcome.ended); // it owes nothing beside that row
  core::fault_point("books.dropped");
  count_usage(at, a, worked, used.tokens, false);
}

void keep_in_mind(workplace& at, const net::exchange& x, admission& a, const catalog::deployment& d,
                  const net::call_outcome& outcome) {
  const auto& worked = served_by(a, d, outcome.model);
  const auto used = usage_of(x, a, worked, outcome, pace{at.outlooks.get()});
  if (used.source != core::usage_source::none) a.unanswered = {worked.id, used.tokens};
  // Until another attempt begins, this is all that the request has cost.
  const auto* billed = a.unanswered ? a.snapshot->find_deployment(a.unanswered->deployment_id) : nullptr;
  note_mark(at, x, a, billed != nullptr ? *billed : worked, billed != nullptr ? a.unanswered->tokens : net::usage{}, {},
            outcome.ended);
}

void book_refused(workplace& at, const net::exchange& x, admission& a, const core::failure& why, core::wall_time now) {
  auto row = row_of(at, x, a);
  row.timestamp_response = now;
  row.http_status = static_cast<std::uint16_t>(core::http_status(why.code));
  row.error = why.code;
  row.result = why.code == ec::client_gone     ? core::result_status::client_gone
               : why.code == ec::queue_timeout ? core::result_status::timeout
                                               : core::result_status::error;
  // Below FULL nothing of the body is kept.
  const auto said = row.log == core::log_level::full ? why.message : core::without_quotes(why);
  row.error_message = said;
  const auto weighed = actors::with_weighing({}, a.weighed);
  row.decision = weighed;
  std::int64_t tokens = 0;
  usage_texts texts;
  const auto* d = a.unanswered ? a.snapshot->find_deployment(a.unanswered->deployment_id) : nullptr;
  if (d != nullptr) {
    const auto& used = a.unanswered->tokens;
    fill_ids(row.ids, *d);
    fill_usage(row, texts, at, a, x, *d, {used, core::usage_source::partial});
    tokens = tokens_of(used);
    count_usage(at, a, *d, used, true);
  } else {
    fill_known(row.ids, a);
  }
  row.hold_nano = a.held_money();
  if (a.asked_at != core::steady_time{})
    row.queue_wait_us = std::chrono::duration_cast<std::chrono::microseconds>(now - x.received()).count();
  append(at, a, row, x, {}, {});
  core::fault_point("books.refused");
  if (a.held) a.held->settle(tokens, row.cost_nano);
  at.traffic.failures[static_cast<std::size_t>(why.code)].add();
}

} // namespace logos::execution
