// SPDX-License-Identifier: MIT
#include "storage/journal/journal.hpp"
#include "storage/journal/tail.hpp"
#include "tests/storage/store_fixture.hpp"
#include "tests/support/postgres_fixture.hpp"

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

class outage : public postgres_suite {
protected:
  outage() {
    journal_ = take(journal::open({folder_.path() / "journal", "run-1"}));
    writer_ = take(journal_->new_writer());
    tail_.emplace(*journal_, take(store_->load_progress()));
  }
  void append(std::uint64_t from, std::uint64_t to) {
    for (auto i = from; i < to; ++i)
      ASSERT_TRUE(writer_->append(sample_row(i)));
  }
  /// As STORAGE does: the same batch until it is in. Returns how often the database was away.
  int drain() {
    int failures = 0;
    for (auto batch = tail_->next(100); !batch.empty(); batch = tail_->next(100)) {
      for (;;) {
        const auto written = store_->write_batch(batch.rows, batch.progress, batch.forget);
        if (written) break;
        EXPECT_EQ(written.error().code, ec::storage_away) << written.error().message;
        if (++failures > 20) throw std::runtime_error{written.error().message};
      }
      tail_->done(batch);
    }
    return failures;
  }

  std::unique_ptr<journal> journal_;
  journal_writer* writer_;
  std::optional<journal_tail> tail_;
};

TEST_F(outage, of_a_connection_delays_rows_and_loses_none) {
  append(0, 50);
  drain();
  postgres_server::instance().disconnect_all();
  append(50, 450);
  EXPECT_LE(drain(), 2);
  EXPECT_EQ(query("select count(*) from log_entry"), "450");
}

TEST_F(outage, of_the_server_delays_rows_and_loses_none) {
  append(0, 50);
  drain();
  auto& server = postgres_server::instance();
  server.stop();
  append(50, 450);
  auto batch = tail_->next(100);
  const auto failed = store_->write_batch(batch.rows, batch.progress, batch.forget);
  const auto again = store_->write_batch(batch.rows, batch.progress, batch.forget);
  server.start();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ec::storage_away) << failed.error().message;
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ec::storage_away) << again.error().message;
  take(store_->write_batch(batch.rows, batch.progress, batch.forget));
  tail_->done(batch);
  drain();
  EXPECT_EQ(query("select count(*) from log_entry"), "450");
  EXPECT_TRUE(store_->check());
}

TEST_F(outage, in_the_middle_of_another_call_is_told_as_such) {
  take(store_->create(service{{}, "m"}));
  postgres_server::instance().disconnect_all();
  const auto failed = store_->create(service{{}, "n"});
  if (!failed) {
    EXPECT_EQ(failed.error().code, ec::storage_away) << failed.error().message;
  }
  EXPECT_EQ(take(store_->create(service{{}, "o"})).name, "o");
}

TEST_F(outage, from_the_start_is_told_by_the_first_call) {
  store_options options;
  options.storage = "postgresql://nobody@127.0.0.1:1/none";
  auto nowhere = take(open_store(options, secret()));
  EXPECT_EQ(nowhere->check().error().code, ec::storage_away);
}

} // namespace
} // namespace logos::test
