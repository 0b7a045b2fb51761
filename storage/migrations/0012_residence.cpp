// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {
namespace {

constexpr std::string_view common =
    "alter table model_provider add column residence text not null default 'automatic';\n";

} // namespace

/// What an operator wants of a model in its provider's memory.
migration residence_0012() { return {12, "residence", common, {}, {}}; }

} // namespace logos::storage
