// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {
namespace {

constexpr std::string_view common = R"sql(
alter table policies add column cascade_checks text not null default '';
alter table policies add column cascade_min_confidence_permille bigint not null default 500;
alter table policies add column cascade_most_steps bigint not null default 2;
)sql";

} // namespace

/// Whether a cheap model answers first, and what its answer is looked at for.
migration cascades_0018() { return {18, "cascades", common, {}, {}}; }

} // namespace logos::storage
