// SPDX-License-Identifier: MIT
#include "storage/journal/codec.hpp"
#include "storage/journal/segment.hpp"
#include "tests/storage/journal_crash_fixture.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <sstream>

namespace logos::test {
namespace {

using namespace storage;

TEST_F(journal_after_a_crash, gives_nothing_of_a_batch_again_whose_memory_it_takes_back) {
  run("run-1", [](journal_writer& w) {
    for (std::uint64_t i = 1; i <= 5; ++i)
      w.append(row(i));
  });
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  auto batch = tail.next(3);
  ASSERT_EQ(batch.rows.size(), 3u);
  tail.done(batch);
  tail.recycle(std::move(batch));
  batch = tail.next(3);
  ASSERT_EQ(batch.rows.size(), 2u);
  EXPECT_EQ(batch.rows[0].request_id, row(4).request_id);
  EXPECT_EQ(batch.rows[1].request_id, row(5).request_id);
  tail.done(batch);
  tail.recycle(std::move(batch));
  EXPECT_TRUE(tail.next(3).rows.empty());
}

TEST_F(journal_after_a_crash, tells_whether_a_limit_of_rows_has_left_any_behind) {
  run("run-1", [](journal_writer& w) {
    for (std::uint64_t i = 1; i <= 4; ++i)
      w.append(row(i));
    w.append(start(5));
    w.append(start(6));
  });
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  const auto take = [&](std::size_t at_most) {
    const auto batch = tail.next(at_most);
    tail.done(batch);
    return std::pair{batch.rows.size(), batch.cut_short};
  };
  EXPECT_EQ(take(3), std::pair(std::size_t{3}, true));
  EXPECT_EQ(take(2), std::pair(std::size_t{2}, true)) << "one that has begun is still to be settled";
  EXPECT_EQ(take(1), std::pair(std::size_t{1}, false)) << "full, and the last";
  EXPECT_EQ(take(1), std::pair(std::size_t{0}, false));
}

TEST_F(journal_after_a_crash, tells_whether_a_limit_of_bytes_has_left_rows_behind) {
  const std::string payload(std::size_t{1} << 20, 'x');
  run("run-1", [&](journal_writer& w) {
    for (std::uint64_t i = 1; i <= 40; ++i) {
      auto each = row(i);
      each.input_payload = payload;
      w.append(each);
    }
  });
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  std::vector<std::size_t> sizes;
  for (bool more = true; more;) {
    const auto batch = tail.next(1000);
    sizes.push_back(batch.rows.size());
    more = batch.cut_short;
    tail.done(batch);
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{16, 16, 8}));
  EXPECT_TRUE(tail.next(1000).rows.empty());
}

TEST_F(journal_after_a_crash, gives_every_finished_request_and_settles_the_others_as_partial) {
  run("run-1", [](journal_writer& w) {
    w.append(start(1));
    w.append(start(2));
    w.append(row(1));
    w.append(row(3));
  });
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 3u);
  EXPECT_EQ(batch.rows[0].request_id, row(1).request_id);
  EXPECT_EQ(batch.rows[1].request_id, row(3).request_id);
  const auto& settled = batch.rows[2];
  EXPECT_EQ(settled.request_id, row(2).request_id);
  EXPECT_EQ(settled.timestamp_request, row(2).timestamp_request);
  EXPECT_EQ(settled.result, core::result_status::partial);
  EXPECT_EQ(settled.usage_source, core::usage_source::partial);
  EXPECT_EQ(settled.ids.process_id, 7);
  EXPECT_EQ(settled.dataset, start(2).dataset);
  tail.done(batch);
  EXPECT_TRUE(drain(tail).empty());
  EXPECT_EQ(tail.settled(), 1u);
  EXPECT_EQ(files(), 1u) << "the carrier's spare only";
}

TEST_F(journal_after_a_crash, does_not_give_again_what_the_database_has) {
  run("run-1", [](journal_writer& w) {
    for (std::uint64_t i = 0; i < 10; ++i)
      w.append(row(i));
  });
  {
    auto journal = open("run-2");
    journal_tail tail{*journal, progress_};
    const auto batch = tail.next(4);
    remember(batch); // written; then the process dies
  }
  auto journal = open("run-3");
  journal_tail tail{*journal, progress_};
  EXPECT_EQ(drain(tail), (std::vector<std::uint64_t>{4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(progress_.empty());
}

TEST_F(journal_after_a_crash, knows_a_begun_and_its_finished_in_different_segments) {
  const std::string payload(30'000, 'x');
  run("run-1", [&](journal_writer& w) {
    w.append(start(1));
    for (std::uint64_t i = 10; i < 20; ++i) {
      auto each = row(i);
      each.input_payload = payload;
      w.append(each);
    }
    w.append(row(1));
  });
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  EXPECT_EQ(drain(tail, 2).size(), 11u);
  EXPECT_EQ(tail.settled(), 0u);
}

TEST_F(journal_after_a_crash, recognises_a_torn_last_record) {
  run("run-1", [](journal_writer& w) {
    w.append(row(1));
    w.append(row(2));
  });
  auto whole = *segment::open(only_file());
  const auto end = whole->committed();
  const auto first = end - (end - segment::header_bytes) / 2;
  // As if the kernel had written the first bytes of a third record and no more.
  overwrite(end, std::string{whole->bytes(first, first + 40)});
  whole.reset();
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  EXPECT_EQ(drain(tail), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(tail.torn(), 1u);
}

TEST_F(journal_after_a_crash, reads_on_behind_a_hole) {
  run("run-1", [](journal_writer& w) {
    for (std::uint64_t i = 0; i < 100; ++i)
      w.append(row(i));
  });
  overwrite(8192, std::string(4096, '\0')); // a page that never reached the disk
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  const auto seen = drain(tail);
  EXPECT_LT(seen.size(), 100u);
  EXPECT_GE(seen.size(), 100 - 4096 / encoded_size(row(0)) - 2);
  EXPECT_EQ(seen.back(), 99u);
  EXPECT_EQ(tail.torn(), 1u);
}

TEST_F(journal_after_a_crash, tells_of_damage_once_for_each_segment_and_counts_it) {
  std::ostringstream told;
  const auto usual = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("told", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
  run("run-1", [](journal_writer& w) {
    for (std::uint64_t i = 0; i < 300; ++i)
      w.append(row(i));
  });
  const auto name = only_file().filename().string();
  overwrite(segment::header_bytes + 4096, std::string(16, '\7'));
  overwrite(segment::header_bytes + 12288, std::string(16, '\7'));
  overwrite(16, std::string(8, '\377')); // how much is committed
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  drain(tail);
  spdlog::set_default_logger(usual);
  EXPECT_EQ(journal->figures().torn, 2u);
  const auto words = told.str();
  const auto times = [&](const std::string& text) {
    std::size_t n = 0;
    for (auto at = words.find(text); at != words.npos; at = words.find(text, at + 1))
      ++n;
    return n;
  };
  EXPECT_EQ(times(name), 2u) << words;
  EXPECT_EQ(times("header was damaged"), 1u) << words;
  EXPECT_EQ(times("is torn"), 1u) << words;
}

TEST_F(journal_after_a_crash, finds_records_that_the_header_does_not_know_of) {
  run("run-1", [](journal_writer& w) {
    w.append(row(1));
    w.append(row(2));
  });
  {
    auto stale = *segment::open(only_file());
    stale->commit(segment::header_bytes);
  }
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  EXPECT_EQ(drain(tail).size(), 2u);
}

TEST_F(journal_after_a_crash, is_not_confused_by_a_file_that_was_just_being_made) {
  std::ofstream{folder_ / "run-1.000.00000001.journal"};
  std::ofstream{folder_ / "run-1.000.00000002.journal"} << std::string(70'000, '\0');
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  EXPECT_TRUE(drain(tail).empty());
  EXPECT_EQ(files(), 1u);
}

TEST_F(journal_after_a_crash, still_knows_a_long_request_whose_segment_is_gone) {
  {
    auto journal = open("run-1");
    auto* writer = *journal->new_writer();
    journal_tail tail{*journal, {}};
    const std::string payload(30'000, 'x');
    writer->append(start(1));
    for (std::uint64_t i = 10; i < 30; ++i) {
      auto each = row(i);
      each.input_payload = payload;
      writer->append(each);
      journal->prepare();
      drain(tail);
    }
    EXPECT_EQ(tail.open_requests(), 1u);
    EXPECT_LE(files(), 5u);
  }
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  results_.clear();
  const auto seen = drain(tail);
  ASSERT_EQ(seen, std::vector<std::uint64_t>{1});
  EXPECT_EQ(results_[0], core::result_status::partial);
}

TEST_F(journal_after_a_crash, a_full_journal_keeps_a_long_requests_segment_and_turns_nobody_away_for_it) {
  {
    auto journal = open("run-1", 4 * (std::uint64_t{64} << 10));
    auto* const writer = *journal->new_writer();
    journal_tail tail{*journal, {}};
    const std::string name(70'000, 'x'); // larger than a segment, so that it has one of its own
    auto first = start(1);
    first.dataset = name;
    ASSERT_TRUE(writer->append(first));
    ASSERT_TRUE(writer->append(row(2)));
    EXPECT_EQ(drain(tail), std::vector<std::uint64_t>{2});
    EXPECT_EQ(tail.open_requests(), 1u);
    EXPECT_EQ(files(), 3u) << "the writer's, the tail's, and the long request's, for which there is no second one";
    EXPECT_EQ(journal->figures().turned_away, 0U);
  }
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  EXPECT_EQ(drain(tail), std::vector<std::uint64_t>{1});
}

TEST_F(journal_after_a_crash, gives_a_batch_again_that_was_not_acknowledged_by_a_restart) {
  run("run-1", [](journal_writer& w) {
    w.append(start(1));
    w.append(row(2));
  });
  {
    auto journal = open("run-2");
    journal_tail tail{*journal, progress_};
    EXPECT_EQ(tail.next(100).rows.size(), 2u);
  }
  auto journal = open("run-3");
  journal_tail tail{*journal, progress_};
  EXPECT_EQ(drain(tail).size(), 2u);
}

} // namespace
} // namespace logos::test
