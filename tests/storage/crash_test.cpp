// SPDX-License-Identifier: MIT
#include "storage/journal/journal.hpp"
#include "storage/journal/tail.hpp"
#include "tests/storage/store_fixture.hpp"

#include <atomic>
#include <csignal>
#include <random>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace logos::test {
namespace {

using namespace storage;

constexpr std::uint64_t per_run = 1'000'000;
constexpr int runs = 25;

bool stays_open(std::uint64_t n) { return n % 10 == 3; }

begun start_of(const finished& row) {
  begun record;
  record.request_id = row.request_id;
  record.timestamp_request = row.timestamp_request;
  record.ids = row.ids;
  return record;
}

class killed : public store_suite {
protected:
  killed() {
    acknowledged_ = static_cast<std::atomic<std::uint64_t>*>(
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    store_.reset(); // no connection may live on in a child
  }
  ~killed() override { munmap(acknowledged_, 4096); }

  journal_options journal_of(int run) const {
    return {folder_.path() / "journal", "run-" + std::to_string(run), std::size_t{64} << 10};
  }

  /// One life of a gateway: a thread that appends, and STORAGE, which first replays what its predecessor left.
  [[noreturn]] void live(int run) {
    auto books = open();
    auto own = take(journal::open(journal_of(run)));
    auto* writer = take(own->new_writer());
    std::thread io{[&] {
      for (std::uint64_t i = 0;; ++i) {
        const auto row = sample_row(static_cast<std::uint64_t>(run) * per_run + i);
        if (!writer->append(start_of(row))) _exit(3);
        if (!stays_open(i) && !writer->append(row)) _exit(3);
        acknowledged_->store(i + 1, std::memory_order_release);
      }
    }};
    journal_tail tail{*own, take(books->load_progress())};
    for (;;) {
      own->prepare();
      own->sync(core::system_clock().steady());
      const auto batch = tail.next(50);
      if (batch.empty()) continue;
      take(books->write_batch(batch.rows, batch.progress, batch.forget));
      tail.done(batch);
    }
  }

  std::atomic<std::uint64_t>* acknowledged_;
};

TEST_P(killed, at_any_moment_loses_no_finished_request_and_writes_none_twice) {
  std::mt19937_64 random{4711};
  std::vector<std::uint64_t> acknowledged;
  for (int run = 0; run < runs; ++run) {
    acknowledged_->store(0);
    const auto target = random() % 400;
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        live(run);
      } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        _exit(2);
      }
    }
    int status = 0;
    while (acknowledged_->load(std::memory_order_acquire) < target && waitpid(child, &status, WNOHANG) == 0)
      std::this_thread::yield();
    ::kill(child, SIGKILL);
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
    acknowledged.push_back(acknowledged_->load());
  }

  store_ = open();
  auto last = take(journal::open(journal_of(runs)));
  {
    journal_tail tail{*last, take(store_->load_progress())};
    for (auto batch = tail.next(500); !batch.empty(); batch = tail.next(500)) {
      take(store_->write_batch(batch.rows, batch.progress, batch.forget));
      tail.done(batch);
    }
  }
  EXPECT_EQ(query("select count(*) - count(distinct request_id) from log_entry"), "0");
  EXPECT_EQ(query("select count(*) from log_entry_rejected"), "0");
  EXPECT_EQ(query("select count(*) from journal_progress"), "0");
  for (int run = 0; run < runs; ++run) {
    const auto first = sample_row(static_cast<std::uint64_t>(run) * per_run).timestamp_request;
    const auto next = sample_row(static_cast<std::uint64_t>(run + 1) * per_run).timestamp_request;
    const auto span = " where timestamp_request >= '" + core::to_sql(first) + "' and timestamp_request < '" +
                      core::to_sql(next) + "'";
    const auto known = acknowledged[static_cast<std::size_t>(run)];
    std::uint64_t open_ones = 0;
    for (std::uint64_t i = 0; i < known; ++i)
      open_ones += stays_open(i) ? 1 : 0;
    const auto count = [&](const std::string& of) {
      return std::stoull(query("select count(*) from log_entry" + span + " and result_status = '" + of + "'"));
    };
    const auto done = count("success"), partial = count("partial");
    // The last one may have been written without having been acknowledged.
    EXPECT_GE(done, known - open_ones) << "run " << run;
    EXPECT_GE(partial, open_ones) << "run " << run;
    EXPECT_LE(done + partial, known + 1) << "run " << run;
  }
}

LOGOS_ON_BOTH(killed);

} // namespace
} // namespace logos::test
