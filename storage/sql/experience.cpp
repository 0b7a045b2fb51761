// SPDX-License-Identifier: MIT
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

namespace logos::storage::sql {

result<void> sql_store::write_experience(std::span<const deployment_experience> learned, core::wall_time now) {
  const auto when = core::to_sql(now);
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    for (const auto& x : learned) {
      auto kept = session_.run(
          "insert into deployment_experience (deployment_id, load_us, memory_bytes, vram_bytes, first_token_us,"
          " prompt_token_ns, answer_token_ns, service_us, error_permille, calls, updated_at)"
          " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (deployment_id) do update set"
          " load_us = excluded.load_us, memory_bytes = excluded.memory_bytes, vram_bytes = excluded.vram_bytes,"
          " first_token_us = excluded.first_token_us, prompt_token_ns = excluded.prompt_token_ns,"
          " answer_token_ns = excluded.answer_token_ns, service_us = excluded.service_us,"
          " error_permille = excluded.error_permille, calls = excluded.calls, updated_at = excluded.updated_at",
          {value{x.deployment_id}, value{x.load_us}, value{x.memory_bytes}, value{x.vram_bytes},
           value{x.first_token_us}, value{x.prompt_token_ns}, value{x.answer_token_ns}, value{x.service_us},
           value{x.error_permille}, value{x.calls}, value{std::string_view{when}}});
      if (!kept) return kept.error();
    }
    return {};
  });
}

result<std::vector<deployment_experience>> sql_store::load_experience(std::int64_t provider_id) {
  auto found = session_.run(
      "select x.deployment_id, x.load_us, x.memory_bytes, x.vram_bytes, x.first_token_us, x.prompt_token_ns,"
      " x.answer_token_ns, x.service_us, x.error_permille, x.calls from deployment_experience x"
      " join model_provider d on d.id = x.deployment_id where d.provider_id = $1 and d.deleted_at is null order by 1",
      {value{provider_id}});
  if (!found) return found.error();
  std::vector<deployment_experience> all;
  for (const auto& c : found->cells)
    all.push_back({parse_integer(*c[0]), parse_integer(*c[1]), parse_integer(*c[2]), parse_integer(*c[3]),
                   parse_integer(*c[4]), parse_integer(*c[5]), parse_integer(*c[6]), parse_integer(*c[7]),
                   parse_integer(*c[8]), parse_integer(*c[9])});
  return all;
}

} // namespace logos::storage::sql
