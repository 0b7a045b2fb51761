// SPDX-License-Identifier: MIT
// What a request's way into the books costs: two records appended to the journal, read back, one row written to SQLite;
// and the same with what KEEPER does to add it up.
#include "storage/journal/journal.hpp"
#include "storage/journal/tail.hpp"
#include "storage/open.hpp"
#include "tests/support/temporary_folder.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace logos;

constexpr std::size_t rows_per_batch = 1000;

storage::finished row_for(core::uuid id, core::wall_time at) {
  storage::finished row;
  row.request_id = id;
  row.timestamp_request = at;
  row.timestamp_forwarding = at + std::chrono::microseconds{90};
  row.time_at_first_token = at + std::chrono::milliseconds{80};
  row.timestamp_response = at + std::chrono::milliseconds{900};
  row.ids = {2, 1, 0, 1, 1, 1};
  row.usage.prompt_tokens = 12;
  row.usage.completion_tokens = 34;
  row.usage.total_tokens = 46;
  row.usage_source = core::usage_source::provider;
  row.queue_depth_at_arrival = 0;
  row.request_bytes = 150;
  row.response_bytes = 400;
  row.http_status = 200;
  row.attempts = 1;
  row.priority_when_scheduled = row.priority;
  row.path = "/v1/chat/completions";
  row.node = "local";
  row.decision = "named";
  return row;
}

void write_rows(benchmark::State& state, bool merge) {
  const test::temporary_folder folder;
  const core::secret_key secret{"of the benchmark only, 0123456789"};
  auto store = storage::open_store({.data_dir = folder.path()}, secret);
  if (!store || !(*store)->migrate()) return state.SkipWithError("no database");
  auto journal = storage::journal::open({folder / "journal", "bench"});
  auto writer = (*journal)->new_writer();
  storage::journal_tail tail{**journal, {}};
  core::uuid_source ids{1};
  const auto& clock = core::system_clock();
  for (auto _ : state) {
    for (std::size_t i = 0; i < rows_per_batch; ++i) {
      const auto now = clock.wall();
      const auto row = row_for(ids.next(now), now);
      storage::begun first;
      first.request_id = row.request_id;
      first.timestamp_request = now;
      if (!(*writer)->append(first) || !(*writer)->append(row)) return state.SkipWithError("the journal is full");
    }
    (*journal)->prepare();
    (*journal)->sync(clock.steady());
    const auto batch = tail.next(rows_per_batch);
    if (const auto done = (*store)->write_batch(batch.rows, batch.progress, batch.forget); !done)
      return state.SkipWithError(done.error().message.c_str());
    tail.done(batch);
    if (merge && !(*store)->merge_sums(rows_per_batch)) return state.SkipWithError("the sums");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows_per_batch));
}
BENCHMARK_CAPTURE(write_rows, only, false)
    ->Iterations(200)
    ->Unit(benchmark::kMillisecond)
    ->Repetitions(3)
    ->ReportAggregatesOnly();
BENCHMARK_CAPTURE(write_rows, and_add_up, true)
    ->Iterations(200)
    ->Unit(benchmark::kMillisecond)
    ->Repetitions(3)
    ->ReportAggregatesOnly();

} // namespace

BENCHMARK_MAIN();
