// SPDX-License-Identifier: MIT
#include "tests/storage/older_schema.hpp"

#include "storage/audit.hpp"
#include "tests/storage/store_fixture.hpp"

#include <array>

namespace logos::test {
namespace {

/// Rows that come in when the migration of that name has been applied; SQL that both databases understand.
struct rows_of_version {
  std::string_view migration;
  std::string_view common;
  std::string_view postgres; // only there
};

/// With two rows of requests: one whole at log level FULL, one that failed at BILLING. `KEY_…` are put in afterwards.
constexpr std::array<rows_of_version, 4> all{{
    {"entities", R"sql(
insert into installation (name, value) values ('secret_verifier', 'KEY_VERIFIER');
update catalog_state set version = 41;
insert into users (id, username, name, created_at, updated_at) values
  (1, 'root', 'root', '2026-01-01 00:00:00.000000+00', '2026-01-01 00:00:00.000000+00'),
  (2, 'ada', 'Ada', '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into services (id, name, created_at, updated_at) values
  (1, 'chat', '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into process (id, logos_key, key_prefix, name, user_id, service_id, log, priority, settings, created_at,
                     updated_at, deleted_at) values
  (1, 'KEY_ROOT', 'lg-root-abcd', 'root', 1, null, 'BILLING', 5, null,
   '2026-01-01 00:00:00.000000+00', '2026-01-01 00:00:00.000000+00', null),
  (2, 'KEY_APP', 'lg-app-abcd', 'app', 2, 1, 'FULL', 7, '{"rate_limit_rpm": 60}',
   '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00', null),
  (3, 'KEY_GONE', 'lg-gone-abcd', 'gone', 2, null, 'BILLING', 5, null,
   '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00', '2026-01-03 00:00:00.000000+00');
insert into profiles (id, name, process_id, created_at, updated_at) values
  (1, 'default', 2, '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into providers (id, name, base_url, provider_type, api_key, privacy_level, reachable_from, settings, version,
                       created_at, updated_at) values
  (1, 'gpu', 'http://127.0.0.1:11434', 'ollama', 'KEY_SEALED', 'LOCAL', 'node-a', null, 3,
   '2026-01-02 00:00:00.000000+00', '2026-01-04 00:00:00.000000+00');
insert into models (id, name, aliases, tags, description, created_at, updated_at) values
  (1, 'gemma3', 'gemma', 'chat', 'small', '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into model_provider (id, model_id, provider_id, upstream_name, created_at, updated_at) values
  (1, 1, 1, 'gemma3:27b', '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into profile_model_permissions (id, profile_id, model_id, created_at, updated_at) values
  (1, 1, 1, '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into policies (id, entity_id, name, threshold_cost, created_at, updated_at) values
  (1, 2, 'cheap', 4, '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into config_declarations (node, kind, name, revision, declared_at) values
  ('node-a', 'models', 'gemma3', 1, '2026-01-02 00:00:00.000000+00');
)sql",
     R"sql(
select setval(pg_get_serial_sequence(t, 'id'), 10) from unnest(array['users', 'services', 'process', 'profiles',
  'providers', 'models', 'model_provider', 'profile_model_permissions', 'policies']) t;
)sql"},
    {"requests", R"sql(
insert into token_prices (type_id, valid_from, price_per_k_token) values (1, '2026-01-01 00:00:00.000000+00', 0.5);
insert into jobs (status, process_id, profile_id, request_payload, created_at, updated_at) values
  ('success', 2, 1, '{}', '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into ollama_provider_snapshots (provider_id, snapshot_ts, total_models_loaded, total_vram_used_bytes,
                                       loaded_models) values (1, '2026-01-05 09:00:00.000000+00', 1, 1000, '["gemma3"]');
insert into journal_progress (segment, done_bytes) values ('run-1-0-1', 4096);
insert into log_entry_rejected (rejected_at, reason, request_id, record) values
  ('2026-01-05 09:00:00.000000+00', 'because', 'r-0', 'ff');
insert into log_entry (timestamp_request, timestamp_forwarding, timestamp_response, time_at_first_token, request_id,
  process_id, profile_id, provider_id, model_id, deployment_id, privacy_level, attempts, http_status, result_status,
  usage_source, queue_wait_ms, prompt_tokens, completion_tokens, total_tokens, prompt_cached_tokens,
  prompt_cache_creation_tokens, prompt_audio_tokens, completion_reasoning_tokens, completion_audio_tokens,
  audio_milliseconds, hold_nano, request_bytes, response_bytes, path, node, metadata, client_ip, input_payload, headers,
  response_payload) values
  ('2026-01-05 09:00:00.000000+00', '2026-01-05 09:00:00.100000+00', '2026-01-05 09:00:01.000000+00',
   '2026-01-05 09:00:00.200000+00', '019b8d62-7a80-7000-8000-000000000001', 2, 1, 1, 1, 1, 'FULL', 1, 200, 'success',
   'provider', 1.5, 100, 50, 150, 10, 0, 0, 20, 0, 0, 7, 300, 400, '/v1/chat/completions', 'node-a', '{"run": 7}',
   '10.0.0.7', '{"model": "gemma3"}', '{"accept": "*/*"}', '"data: [DONE]"'),
  ('2026-01-05 10:00:00.000000+00', null, '2026-01-05 10:00:01.000000+00', null,
   '019b8d62-7a80-7000-8000-000000000002', 2, 1, 1, 1, 1, 'BILLING', 1, 502, 'error', 'none', 0, 0, 0, 0, 0, 0, 0, 0, 0,
   0, 0, 300, 0, '/v1/chat/completions', 'node-a', null, null, null, null, null);
)sql",
     ""},
    {"cluster", "", R"sql(
insert into nodes values ('node-a', 'i-1', '127.0.0.1:4242', '127.0.0.1:8080', '0.0.1', 1, 'serving',
  '2026-01-05 00:00:00+00', '2026-01-05 00:00:00+00');
insert into leases values ('provider/1', 'node-a', 'i-1', 6, '2026-01-05 00:00:00+00');
)sql"},
    {"money", R"sql(
update log_entry set cost_nano = 123456789, price_id = 1 where request_id = '019b8d62-7a80-7000-8000-000000000001';
insert into prices (id, model_id, provider_id, token_type, valid_from, nano_per_k_tokens, currency, created_at,
                    updated_at) values (1, 1, null, 'prompt_tokens', '2026-01-01 00:00:00.000000+00', 500000000, 'EUR',
  '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into limits (id, scope, scope_id, kind, value, created_at, updated_at) values
  (1, 'process', 2, 'requests_per_minute', 60, '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
insert into budgets (id, scope, scope_id, period, amount_nano, currency, created_at, updated_at) values
  (1, 'process', 2, 'total', 5000000000, 'EUR', '2026-01-02 00:00:00.000000+00', '2026-01-02 00:00:00.000000+00');
)sql",
     "select setval(pg_get_serial_sequence(t, 'id'), 10) from unnest(array['prices', 'limits', 'budgets']) t;"},
}};

/// An event and the head that says it is the last one.
std::string audit_rows() {
  storage::audit_event e;
  e.id = 1;
  e.at = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 6}};
  e.by = {0, "command line", {}};
  e.action = "create";
  e.resource = "process";
  e.resource_id = 2;
  e.name = "app";
  e.after = R"({"name":"app"})";
  e.hash = hash_of(e);
  const auto seal = core::to_hex(secret().authenticate("audit head 1 " + e.hash));
  return "insert into audit_log (id, happened_at, author, action, resource, resource_id, name, after_change,"
         " previous_hash, hash) values (1, '" +
         core::to_sql(e.at) + "', 'command line', 'create', 'process', 2, 'app', '" + e.after + "', '', '" + e.hash +
         "'); update installation set value = '1|" + e.hash + "|" + seal + "' where name = 'audit_head';";
}

void put_in(std::string& text, std::string_view word, const std::string& meaning) {
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + meaning.size()))
    text.replace(at, word.size(), meaning);
}

} // namespace

std::string older_database(int upto, storage::dialect of) {
  std::string text = "create table schema_migrations (number integer primary key, name text not null, applied_at text"
                     " not null);";
  for (const auto& step : storage::migrations()) {
    if (step.number > upto) break;
    text += script_of(step, of) + "\n;insert into schema_migrations (number, name, applied_at) values (" +
            std::to_string(step.number) + ", '" + std::string{step.name} + "', '2026-01-01');\n";
    if (step.name == "audit") text += audit_rows();
    for (const auto& rows : all)
      if (rows.migration == step.name) {
        text += rows.common;
        if (of == storage::dialect::postgres) text += rows.postgres;
      }
  }
  put_in(text, "KEY_VERIFIER", secret().verifier());
  put_in(text, "KEY_SEALED", secret().seal("sk-upstream"));
  for (const std::string name : {"ROOT", "APP", "GONE"})
    put_in(text, "KEY_" + name, core::to_hex(secret().hash(name)));
  return text;
}

} // namespace logos::test
