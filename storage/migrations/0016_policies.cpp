// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {
namespace {

constexpr std::string_view common = R"sql(
alter table policies add column profile_id bigint references profiles;
alter table policies add column applies text not null default 'named';
alter table models add column context_tokens bigint not null default 0;
alter table models add column capabilities text not null default '';
)sql";

} // namespace

/// For whom a policy is and when it holds, and what a model can do.
migration policies_0016() { return {16, "policies", common, {}, {}}; }

} // namespace logos::storage
