// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <cstdio>

namespace logos::test {
namespace {

class throughput : public store_suite {};

/// Printed, not judged: how fast depends on the machine.
TEST_P(throughput, of_batches_is_printed) {
  using clock = std::chrono::steady_clock;
  constexpr std::size_t batches = 20, size = 1000;
  const auto start = clock::now();
  std::vector<storage::finished> rows(size);
  for (std::size_t b = 0; b < batches; ++b) {
    for (std::size_t i = 0; i < size; ++i)
      rows[i] = sample_row(b * size + i);
    ASSERT_EQ(take(store_->write_batch(rows, {}, {})).written, size);
  }
  const std::chrono::duration<double> took = clock::now() - start;
  std::printf("%s: %.0f rows per second\n", on_postgres() ? "PostgreSQL" : "SQLite", batches * size / took.count());
}

LOGOS_ON_BOTH(throughput);

} // namespace
} // namespace logos::test
