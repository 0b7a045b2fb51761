// SPDX-License-Identifier: MIT
#include "actors/administration/metrics.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

template <class List>
std::string name_of(const List& list, std::int64_t id) {
  const auto at = std::find_if(list.begin(), list.end(), [&](const auto& entity) { return entity.id == id; });
  return at == list.end() ? std::string{} : at->name;
}

std::string process_name(const catalog::snapshot& in, std::int64_t id) {
  const auto at = std::find_if(in.principals.begin(), in.principals.end(),
                               [&](const catalog::principal& p) { return p.process_id == id; });
  return at == in.principals.end() ? std::string{} : at->name;
}

} // namespace

void add_usage(core::metrics_text& to, std::span<const actors::usage_entry> totals, const catalog::snapshot* catalog) {
  for (const auto& t : totals) {
    // Names of processes need not be unique, and removed ones have none: the id keeps the series apart.
    const auto process_id = std::to_string(t.process_id);
    const auto process = catalog != nullptr ? process_name(*catalog, t.process_id) : std::string{};
    const auto model_id = std::to_string(t.model_id);
    const auto model = catalog != nullptr ? name_of(catalog->models, t.model_id) : std::string{};
    const auto provider_id = std::to_string(t.provider_id);
    const auto provider = catalog != nullptr ? name_of(catalog->providers, t.provider_id) : std::string{};
    const auto add = [&](std::string_view name, std::string_view help, std::uint64_t value) {
      to.counter(name, help, value,
                 {{"process_id", process_id},
                  {"process", process},
                  {"model_id", model_id},
                  {"model", model},
                  {"provider_id", provider_id},
                  {"provider", provider}});
    };
    add("logos_requests_total", "Requests that ended, by who asked whom.", t.requests);
    add("logos_request_errors_total", "Requests that did not end well.", t.errors);
    add("logos_prompt_tokens_total", "Prompt tokens.", t.prompt_tokens);
    add("logos_completion_tokens_total", "Completion tokens.", t.completion_tokens);
  }
}

void add_actors(core::metrics_text& to, std::span<const actors::actor_status> all) {
  for (const auto& a : all) {
    const core::metric_labels labels{{"actor", a.name}, {"kind", a.kind}, {"node", a.node}};
    to.gauge("logos_actor_mailbox_messages", "Messages that wait for an actor.", static_cast<std::int64_t>(a.mailbox),
             labels);
    to.counter("logos_actor_messages_total", "Messages that an actor has handled.", a.messages, labels);
    to.counter_seconds("logos_actor_busy_seconds_total", "Time that an actor has worked.", a.busy_us, labels);
    to.counter("logos_actor_restarts_total", "How often an actor was made again.", a.restarts, labels);
  }
}

void add_providers(core::metrics_text& to, const observations& seen, const catalog::snapshot* catalog) {
  if (catalog == nullptr) return;
  for (const auto& p : catalog->providers) {
    const auto at = seen.find(p.id);
    if (at == seen.end()) continue;
    const core::metric_labels labels{{"provider", p.name}};
    to.gauge("logos_provider_up", "Whether the provider answered when it was last looked at.", at->second.reachable,
             labels);
    to.gauge("logos_provider_loaded_models", "Models in the provider's memory.",
             static_cast<std::int64_t>(at->second.loaded_models.size()), labels);
    to.gauge("logos_provider_vram_used_bytes", "Memory that the provider's models use.",
             static_cast<std::int64_t>(at->second.vram_used_bytes), labels);
    if (at->second.running >= 0)
      to.gauge("logos_provider_running_requests", "Requests that the provider says it works on.", at->second.running,
               labels);
    if (at->second.waiting >= 0)
      to.gauge("logos_provider_waiting_requests", "Requests that the provider says it has put off.", at->second.waiting,
               labels);
    if (at->second.kv_used_permille >= 0)
      to.gauge("logos_provider_kv_cache_used_permille", "How full the provider says its cache of keys and values is.",
               at->second.kv_used_permille, labels);
  }
}

void add_recording(core::metrics_text& to, const recording::figures& written, const storage::journal_figures& journal) {
  to.counter("logos_storage_rows_written_total", "Rows written to the database.", written.rows_written);
  to.counter("logos_storage_rows_known_total", "Rows that were in the database already.", written.rows_known);
  to.counter("logos_storage_rows_rejected_total", "Rows that the database refused and that were set aside.",
             written.rows_rejected);
  to.counter("logos_storage_batches_total", "Batches written to the database.", written.batches);
  to.counter("logos_storage_failures_total", "Attempts to write that have to be repeated.", written.failures);
  to.gauge("logos_storage_rows_waiting", "Rows that were read from the journal and are not in the database yet.",
           static_cast<std::int64_t>(written.rows_waiting.load()));
  to.gauge("logos_storage_away", "1 while the database cannot be written to.", written.away ? 1 : 0);
  to.counter("logos_journal_records_total", "Records appended to the journal.", journal.appended);
  to.counter(
      "logos_journal_refused_total",
      "Rows lost because the journal had no room: those of requests that were refused for another reason than that.",
      journal.refused);
  to.counter("logos_journal_shortened_total", "Rows without their bodies because the journal had no room for these.",
             journal.shortened);
  to.counter("logos_journal_turned_away_total", "Requests that were refused because the journal had no room for a row.",
             journal.turned_away);
  to.counter("logos_journal_torn_total", "Records lost because they could not be read: a power loss or a broken disk.",
             journal.torn);
  to.counter("logos_journal_stalls_total", "Segments that an I/O thread had to make itself.", journal.stalls);
  to.gauge("logos_journal_segments", "Segment files.", static_cast<std::int64_t>(journal.segments));
  to.gauge("logos_journal_pending_bytes", "Bytes of the journal that are not known to be in the database.",
           static_cast<std::int64_t>(journal.pending_bytes));
}

} // namespace logos::administration
