// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {
namespace {

// No reference to model_provider: what is learned is written as it comes, whatever has become of the deployment.
constexpr std::string_view common = R"sql(
create table deployment_experience (
  deployment_id bigint primary key,
  load_us bigint not null,
  memory_bytes bigint not null,
  vram_bytes bigint not null,
  first_token_us bigint not null,
  prompt_token_ns bigint not null,
  answer_token_ns bigint not null,
  service_us bigint not null,
  error_permille bigint not null,
  calls bigint not null,
  updated_at <time> not null
);
alter table process add column weight bigint not null default 1;
)sql";

} // namespace

/// What SCHEDULERs have learned, for those that are made after a restart; and how much of a busy provider is a key's.
migration experience_0015() { return {15, "experience", common, {}, {}}; }

} // namespace logos::storage
