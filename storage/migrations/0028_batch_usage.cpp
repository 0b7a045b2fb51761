// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"

namespace logos::storage {

/// What the answers of a batch have used, and how long its files are kept where its maker said so. Nothing is known of
/// batches from before.
migration batch_usage_0028() {
  return {28, "batch_usage",
          R"sql(
alter table batches add column model text;
alter table batches add column input_tokens bigint;
alter table batches add column cached_tokens bigint;
alter table batches add column output_tokens bigint;
alter table batches add column reasoning_tokens bigint;
alter table batches add column output_lifetime_s bigint;
)sql",
          "", ""};
}

} // namespace logos::storage
