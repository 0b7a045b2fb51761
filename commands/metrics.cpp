// SPDX-License-Identifier: MIT
#include "commands/metrics.hpp"

#include <array>
#include <string>

namespace logos::commands {
namespace {

using core::duration_histogram;

void add_histogram(core::metrics_text& to, std::string_view name, std::string_view help, const std::string& thread,
                   const duration_histogram& h) {
  std::array<std::uint64_t, duration_histogram::buckets> bounds{};
  std::array<std::uint64_t, duration_histogram::buckets + 1> counts{};
  std::uint64_t within = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = static_cast<std::uint64_t>(duration_histogram::bounds[i].count());
    counts[i] = h.in_bucket(i);
    within += counts[i];
  }
  const auto all = h.count();
  counts.back() = all > within ? all - within : 0;
  to.histogram_seconds(name, help, bounds, counts, h.sum_us(), {{"thread", thread}});
}

/// How good estimates are, told by requests that providers have counted.
void add_compared(core::metrics_text& to, const std::string& thread, const core::compared_usage& compared) {
  if (compared.requests.value() == 0) return;
  to.counter("logos_estimate_samples_total",
             "Requests with a provider's count (one in 32) that were estimated to compare the two.",
             compared.requests.value(), {{"thread", thread}});
  const auto add = [&](std::string_view part, const core::compared_tokens& of) {
    const core::metric_labels labels{{"thread", thread}, {"part", part}};
    to.counter("logos_estimate_estimated_tokens_total", "Tokens of these requests as they were estimated.",
               of.estimated.value(), labels);
    to.counter("logos_estimate_counted_tokens_total", "Tokens of these requests as their providers have counted.",
               of.counted.value(), labels);
    to.counter("logos_estimate_apart_tokens_total",
               "What the estimate of each of these requests was off by, whichever way, in tokens.", of.apart.value(),
               labels);
  };
  add("prompt", compared.prompt);
  add("completion", compared.completion);
}

void add_traffic(core::metrics_text& to, const std::string& thread, const core::traffic& t) {
  to.counter("logos_ingress_requests_total", "Requests to models with a valid key, as they came.", t.requests.value(),
             {{"thread", thread}});
  to.counter("logos_requests_relayed_total", "Provider answers relayed whole, whatever their status.",
             t.relayed.value(), {{"thread", thread}});
  to.counter("logos_requests_retried_total", "Calls tried again at another deployment.", t.retried.value(),
             {{"thread", thread}});
  for (std::size_t i = 0; i < t.escalated.size(); ++i)
    if (const auto n = t.escalated[i].value(); n != 0)
      to.counter("logos_cascade_escalations_total", "Answers that were dropped to ask another model, by the check.", n,
                 {{"thread", thread}, {"check", core::to_string(static_cast<core::answer_check>(i))}});
  for (std::size_t i = 1; i < t.failures.size(); ++i)
    if (const auto n = t.failures[i].value(); n != 0)
      to.counter("logos_request_failures_total", "Requests that ended with an error of the gateway's, by code.", n,
                 {{"thread", thread}, {"code", core::to_string(static_cast<core::ec>(i))}});
  for (std::size_t i = 0; i < t.usage.size(); ++i) {
    const auto& u = t.usage[i];
    if (u.requests.value() == 0) continue;
    const core::metric_labels labels{{"thread", thread},
                                     {"source", core::to_string(static_cast<core::usage_source>(i))}};
    to.counter("logos_usage_rows_total", "Rows on the books, by where their usage is known from.", u.requests.value(),
               labels);
    to.counter("logos_usage_tokens_total",
               "Tokens of these rows: reported, estimated, or what came of a broken answer.", u.tokens.value(), labels);
    to.counter("logos_usage_cost_nano_total", "What these rows cost, in nano-units of the currency.",
               u.cost_nano.value(), labels);
  }
  add_compared(to, thread, t.compared);
  to.gauge("logos_requests_queued", "Requests that wait for a permit.", t.queued.load(std::memory_order_relaxed),
           {{"thread", thread}});
  to.gauge("logos_requests_in_flight", "Requests under a permit.", t.in_flight.load(std::memory_order_relaxed),
           {{"thread", thread}});
  add_histogram(to, "logos_queue_wait_seconds", "Time that requests waited for a permit.", thread, t.queue_wait);
  add_histogram(to, "logos_first_byte_seconds", "Time from a request to the first byte of its answer.", thread,
                t.first_byte);
  add_histogram(to, "logos_request_duration_seconds", "Time from a request to the end of its answer.", thread,
                t.duration);
}

void add_accounts(core::metrics_text& to, const accounting::figures& f) {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto sum = [&](std::string_view name, std::string_view help, const std::atomic<std::int64_t>& value) {
    to.counter(name, help, static_cast<std::uint64_t>(value.load(relaxed)));
  };
  sum("logos_ledger_reserved_nano_total", "Money reserved for requests, in nano-units of the currency.",
      f.reserved_nano);
  sum("logos_ledger_settled_nano_total", "Of what was reserved, what requests have cost.", f.settled_nano);
  sum("logos_ledger_released_nano_total", "Of what was reserved, what was not needed.", f.released_nano);
  sum("logos_ledger_over_hold_nano_total", "What requests have cost beyond what was reserved for them.",
      f.over_hold_nano);
  to.gauge("logos_ledger_outstanding_nano", "Money reserved for requests that have not ended.",
           f.outstanding_nano.load(relaxed));
  to.gauge("logos_ledger_credited_nano",
           "What was credited to the budgets that there are, less what was taken back; it may be below 0.",
           f.credited_nano.load(relaxed));
  to.gauge("logos_ledger_reservations", "Requests that hold limits or budgets now.",
           static_cast<std::int64_t>(f.reservations.load(relaxed)));
  to.counter("logos_ledger_refusals_total", "Requests that a limit or a budget refused.", f.refusals.load(relaxed));
  to.counter("logos_ledger_imbalances_total",
             "Times that reserved was not settled + released + outstanding: must be 0.", f.imbalances.load(relaxed));
}

void add_alerts(core::metrics_text& to, const alerting::figures& f) {
  constexpr auto relaxed = std::memory_order_relaxed;
  to.gauge("logos_alerts_pending", "Alerts of budgets that nobody has been told yet.",
           static_cast<std::int64_t>(f.pending.load(relaxed)));
  to.counter("logos_alerts_delivered_total", "Alerts of budgets that were delivered.", f.delivered.load(relaxed));
  to.counter("logos_alerts_refused_total", "Attempts to deliver an alert that came to nothing.",
             f.refused.load(relaxed));
  to.counter("logos_alerts_failed_total", "Alerts of budgets that were given up.", f.failed.load(relaxed));
}

void add_upkeep(core::metrics_text& to, const recording::upkeep_figures& f) {
  const auto count = [&](std::string_view name, std::string_view help, const std::atomic<std::uint64_t>& value) {
    to.counter(name, help, value.load(std::memory_order_relaxed));
  };
  count("logos_sums_merged_total", "Entries that were added to the sums that reports are made from.", f.sums_merged);
  count("logos_retention_rows_removed_total", "Rows of requests that were removed because of their age.",
        f.rows_removed);
  count("logos_retention_payloads_removed_total",
        "Rows that have lost bodies, headers and client address because of their age.", f.payloads_removed);
  count("logos_retention_snapshots_removed_total", "Snapshots of Ollama servers that were removed.",
        f.snapshots_removed);
  count("logos_retention_rejected_removed_total", "Rows of log_entry_rejected that were removed.", f.rejected_removed);
  count("logos_upkeep_failures_total", "Times that sums or retention had to wait for the database.", f.failures);
}

void add_io(core::metrics_text& to, const std::string& thread, const net::io_counters& c) {
  const auto total = [&](std::string_view name, std::string_view help, const core::counter& value) {
    to.counter(name, help, value.value(), {{"thread", thread}});
  };
  to.gauge("logos_client_connections", "Client connections now.", static_cast<std::int64_t>(c.connections_open.value()),
           {{"thread", thread}});
  to.gauge("logos_provider_connections", "Provider connections now, idle ones too.",
           static_cast<std::int64_t>(c.upstream_open.value()), {{"thread", thread}});
  total("logos_client_connections_total", "Client connections accepted.", c.connections_total);
  total("logos_client_connections_refused_total", "Client connections over the limit.", c.connections_refused);
  total("logos_client_tls_failures_total", "Client TLS handshakes that failed.", c.tls_failures);
  total("logos_http_requests_total", "HTTP requests, of every kind.", c.requests);
  total("logos_http_requests_malformed_total", "Requests that were not proper HTTP.", c.requests_malformed);
  total("logos_http_requests_timed_out_total", "Requests whose client took too long to send them.",
        c.requests_timed_out);
  total("logos_client_received_bytes_total", "Bytes from clients.", c.bytes_in);
  total("logos_client_sent_bytes_total", "Bytes to clients.", c.bytes_out);
  total("logos_client_write_stalls_total", "Clients that did not read and were closed.", c.write_stalls);
  total("logos_provider_connections_opened_total", "Provider connections made.", c.upstream_opened);
  total("logos_provider_connections_reused_total", "Calls over a pooled connection.", c.upstream_reused);
  total("logos_provider_connections_stale_total", "Calls repeated because a pooled connection was stale.",
        c.upstream_retried);
  total("logos_provider_calls_failed_total", "Calls that ended without the provider's whole answer.",
        c.upstream_failed);
  total("logos_provider_received_bytes_total", "Bytes from providers.", c.upstream_bytes_in);
  total("logos_provider_sent_bytes_total", "Bytes to providers.", c.upstream_bytes_out);
}

void add_deployments(core::metrics_text& to, const scheduling::outlooks& all) {
  constexpr auto relaxed = std::memory_order_relaxed;
  all.for_each([&](std::int64_t deployment_id, const scheduling::outlook& o) {
    if (!o.here.load(relaxed)) return; // the node of its SCHEDULER shows it
    const auto id = std::to_string(deployment_id);
    const core::metric_labels labels{{"deployment_id", id}};
    to.gauge("logos_deployment_in_flight", "Places of a deployment in use, or leased ahead.", o.taken.load(relaxed),
             labels);
    to.gauge("logos_deployment_waiting", "Requests that wait for a deployment.", o.waiting.load(relaxed), labels);
    if (const auto places = o.places.load(relaxed); places != UINT32_MAX)
      to.gauge("logos_deployment_places", "Requests that a deployment is sent at a time, as configured or found out.",
               places, labels);
    if (const auto left = o.requests_left.load(relaxed); left >= 0)
      to.gauge("logos_deployment_requests_left", "What is left of the provider's quota of requests.", left, labels);
    if (const auto left = o.tokens_left.load(relaxed); left >= 0)
      to.gauge("logos_deployment_tokens_left", "What is left of the provider's quota of tokens.", left, labels);
    to.counter("logos_deployment_refusals_total", "Calls that the provider refused because it had enough.",
               o.refusals.load(relaxed), labels);
  });
}

} // namespace

std::vector<administration::metrics_source>
metrics_sources(const std::vector<std::unique_ptr<io_place>>& places, const recording::figures& written,
                const recording::upkeep_figures& kept, const storage::journal& journal,
                std::shared_ptr<const accounting::figures> accounts, std::shared_ptr<const alerting::figures> alerts,
                std::shared_ptr<const scheduling::outlooks> deployments) {
  return {[&](core::metrics_text& to) {
            for (const auto& place : places) {
              const auto thread = std::to_string(place->thread().index());
              add_traffic(to, thread, place->traffic);
              add_io(to, thread, place->thread().counters());
            }
          },
          [&](core::metrics_text& to) { administration::add_recording(to, written, journal.figures()); },
          [&kept](core::metrics_text& to) { add_upkeep(to, kept); },
          [accounts](core::metrics_text& to) { add_accounts(to, *accounts); },
          [alerts](core::metrics_text& to) { add_alerts(to, *alerts); },
          [deployments](core::metrics_text& to) { add_deployments(to, *deployments); }};
}

administration::metrics_source wrong_key_metrics(std::shared_ptr<const execution::wrong_keys> shows) {
  return [shows = std::move(shows)](core::metrics_text& to) {
    to.counter("logos_wrong_keys_total", "API keys that came and open nothing, here or at a client's own provider.",
               shows->seen());
    to.counter("logos_wrong_keys_unanswered_total",
               "Requests of which nothing was said but 429, because too many wrong keys came from their address.",
               shows->unanswered());
    to.gauge("logos_wrong_key_addresses", "Addresses that are remembered for wrong keys.",
             static_cast<std::int64_t>(shows->remembered()));
  };
}

administration::metrics_source learning_metrics(std::shared_ptr<const learning::board> shows,
                                                std::shared_ptr<const learning::intake> comes) {
  return [shows = std::move(shows), comes = std::move(comes)](core::metrics_text& to) {
    const auto& f = shows->figures;
    to.counter("logos_learning_lessons_total", "Rows of feedback that this node has learned from, whoever gave them.",
               f.lessons);
    to.counter("logos_learning_feedback_total", "Feedback that was given at this node.", f.given);
    to.counter("logos_learning_feedback_refused_total", "Feedback that was refused.", f.refused);
    to.counter("logos_learning_signals_total", "Errors, clients that left and questions asked again that count.",
               f.noticed);
    to.counter("logos_learning_prompts_total", "Prompts whose imprints were taken.", f.prompts);
    to.counter("logos_learning_unread_total", "Bodies that were no conversation.", f.unread);
    to.counter("logos_learning_dropped_total", "Requests that the LEARNER was too slow to take in.", comes->dropped());
    to.counter("logos_learning_pushed_out_total", "Requests that were forgotten before their time, for want of memory.",
               f.pushed_out);
    to.counter("logos_learning_failures_total", "Times that the LEARNER could not use the database.", f.failures);
    to.gauge("logos_learning_remembered_requests", "Requests that feedback can be about.", f.remembered);
    to.gauge("logos_learning_memory_bytes", "What is remembered of them.", f.memory_bytes);
    to.gauge("logos_learning_learned_up_to", "Id of the last row of feedback that was learned.", f.number);
  };
}

administration::metrics_source embedding_metrics(std::shared_ptr<const classification::rulebook> rules,
                                                 std::shared_ptr<const embedding::shelf> shows) {
  return [rules = std::move(rules), shows = std::move(shows)](core::metrics_text& to) {
    if (!rules->current()->embeddings) return;
    using classification::fallback;
    const auto& f = shows->shown;
    to.counter("logos_embedding_prompts_total", "Prompts that the embedding model was asked about.", f.asked);
    to.counter("logos_embedding_hits_total", "Choices of a model that found what their prompt is about at hand.",
               f.hits);
    to.counter("logos_embedding_choices_total", "Choices of a model by what the embedding model says.", f.decided);
    for (const auto why :
         {fallback::timeout, fallback::busy, fallback::failed, fallback::forbidden, fallback::not_ready})
      to.counter("logos_embedding_fallbacks_total", "Choices that were left to the built-in encoder, by the reason.",
                 f.fallbacks[static_cast<std::size_t>(why)], {{"reason", to_string(why)}});
    to.counter("logos_embedding_calls_total", "Calls of the embedding model that have ended, for whatever text.",
               f.calls);
    to.counter("logos_embedding_failures_total", "Of these, those that failed or took too long.", f.failed);
    to.gauge("logos_embedding_remembered_prompts", "Prompts of which is remembered what they are about.",
             static_cast<std::int64_t>(shows->remembered()));
    to.gauge("logos_embedding_missing_texts", "Descriptions and examples that the embedding model has not read yet.",
             static_cast<std::int64_t>(f.missing.load(std::memory_order_relaxed)));
  };
}

} // namespace logos::commands
