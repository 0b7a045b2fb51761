// SPDX-License-Identifier: MIT
#include "actors/jobs/batch_work.hpp"

#include "actors/jobs/batch_lines.hpp"

namespace logos::jobs {
namespace {

constexpr int lines_at_a_time = 200; // with their answers, in memory

storage::result<void> begin(storage::batch_store& in, const storage::batch_row& batch) {
  const auto content = in.read_file(batch.input_file, batch.process_id);
  if (!content && content.error().code == core::ec::storage_away) return content.error();
  if (!content) return in.fail(batch.id, errors_json({{"invalid_file", content.error().message, "input_file_id", 0}}));
  const auto lines = read_lines(batch, *content);
  if (!lines.errors.empty()) return in.fail(batch.id, errors_json(lines.errors));
  return in.begin(batch.id, lines.jobs, lines.model);
}

/// True: there are more lines.
storage::result<bool> close(storage::batch_store& in, const storage::batch_row& batch) {
  const auto lines = in.ended_lines(batch.id, lines_at_a_time);
  if (!lines) return lines.error();
  if (!*lines) return false;
  const auto done = (*lines)->empty() ? in.finish(batch.id) : in.close_lines(batch.id, write_lines(**lines));
  if (!done) return done.error();
  return !(*lines)->empty();
}

} // namespace

storage::result<bool> advance_batches(storage::store& in) {
  auto& batches = in.batches();
  const auto open = batches.open();
  if (!open) return open.error();
  bool more = false;
  for (const auto& batch : *open) {
    if (batch.status == storage::batch_status::validating) {
      if (const auto done = begin(batches, batch); !done) return done.error();
      continue;
    }
    const auto closed = close(batches, batch);
    if (!closed) return closed.error();
    more = more || *closed;
  }
  return more;
}

} // namespace logos::jobs
