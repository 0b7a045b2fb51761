// SPDX-License-Identifier: MIT
#include "storage/journal/codec.hpp"
#include "tests/storage/journal_crash_fixture.hpp"

#include <cstring>

namespace logos::test {
namespace {

using namespace storage;

class journal_marks : public journal_after_a_crash {};

/// A record `begun` of a stream, and its mark after `tokens` of its answer, each of which costs 10.
begun marked(begun of, std::int64_t tokens) {
  of.marked = true;
  of.attempt = std::max<std::uint16_t>(of.attempt, 1);
  of.prompt_cost_nano = 24;
  of.price_versions = "12@1";
  if (tokens == 0) return of;
  of.marked_at = of.timestamp_request + std::chrono::milliseconds{tokens};
  of.time_at_first_token = of.timestamp_request + std::chrono::milliseconds{1};
  of.usage.prompt_tokens = 12;
  of.usage.completion_tokens = tokens;
  of.usage.total_tokens = 12 + tokens;
  of.cost_nano = 24 + 10 * tokens;
  of.price_id = 13;
  of.price_versions = "12@1 13@2";
  return of;
}

TEST_F(journal_marks, books_a_stream_that_was_cut_off_at_its_last_mark_and_never_above_what_was_held) {
  run("run-1", [](journal_writer& w) {
    for (const std::uint64_t n : {1, 2, 3, 4}) {
      auto one = start(n);
      one.hold_nano = n == 1 ? 0 : n == 2 ? 50'000 : n == 3 ? 300 : 40;
      w.append(marked(one, 0));
      if (n == 4) continue; // it had no token
      for (const std::int64_t tokens : {1, 2, 4, 30})
        EXPECT_TRUE(w.note(marked(one, tokens)));
    }
  });
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 4u);
  for (const auto& row : batch.rows) {
    const auto n = row.hold_nano == 0 ? 1 : row.hold_nano == 50'000 ? 2 : row.hold_nano == 300 ? 3 : 4;
    EXPECT_EQ(row.usage_source, core::usage_source::partial);
    if (n == 4) {
      EXPECT_EQ(row.usage.completion_tokens, 0);
      EXPECT_EQ(row.cost_nano, 24);
      EXPECT_EQ(row.price_versions, "12@1");
      EXPECT_EQ(row.timestamp_response, core::wall_time{});
      continue;
    }
    EXPECT_EQ(row.usage.completion_tokens, 30);
    EXPECT_EQ(row.usage.total_tokens, 42);
    EXPECT_EQ(row.cost_nano, n == 3 ? 300 : 324) << "no more than the budget held";
    EXPECT_EQ(row.price_versions, "12@1 13@2");
    EXPECT_EQ(row.price_id, 13);
    EXPECT_EQ(row.timestamp_response, row.timestamp_request + std::chrono::milliseconds{30});
  }
}

TEST_F(journal_marks, bills_the_attempt_that_came_last) {
  run("run-1", [](journal_writer& w) {
    w.append(marked(start(1), 0));
    w.note(marked(start(1), 30));
    auto second = start(1);
    second.attempt = 2;
    second.ids.provider_id = 77;
    w.append(marked(second, 0));
  });
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 1u);
  EXPECT_EQ(batch.rows[0].ids.provider_id, 77);
  EXPECT_EQ(batch.rows[0].usage.completion_tokens, 0);
  EXPECT_EQ(batch.rows[0].attempts, 2);
}

TEST_F(journal_marks, bills_nothing_of_an_answer_that_was_dropped_and_has_its_row) {
  run("run-1", [](journal_writer& w) {
    for (const std::uint64_t n : {1, 2}) {
      auto dropped = marked(start(n), 0);
      dropped.dropped = 1;
      dropped.marked_at = dropped.timestamp_request + std::chrono::milliseconds{n == 1 ? 40 : 5};
      if (n == 2) w.note(dropped); // whichever is read first
      w.append(marked(start(n), 0));
      w.note(marked(start(n), 30));
      if (n == 1) w.note(dropped);
    }
  });
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 2u);
  for (const auto& r : batch.rows) {
    EXPECT_EQ(r.cost_nano, 0);
    EXPECT_EQ(r.usage.prompt_tokens + r.usage.completion_tokens, 0);
    EXPECT_EQ(r.usage_source, core::usage_source::none);
  }
}

TEST_F(journal_marks, books_what_was_cut_off_at_what_was_held_or_else_at_its_prompt) {
  run("run-1", [](journal_writer& w) {
    auto held = start(1);
    held.hold_nano = 500;
    held.prompt_tokens = 12;
    held.price_versions = "12@1 13@2";
    w.append(held);
    auto free = start(2);
    free.hold_nano = 0;
    free.prompt_tokens = 12;
    free.prompt_cost_nano = 24;
    free.price_versions = "12@1";
    w.append(free);
  });
  auto journal = open("run-2");
  journal_tail tail{*journal, progress_};
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 2u);
  for (const auto& r : batch.rows) {
    EXPECT_EQ(r.usage.prompt_tokens, 12);
    EXPECT_EQ(r.usage.total_tokens, 12);
    EXPECT_EQ(r.cost_nano, r.hold_nano == 500 ? 500 : 24);
    EXPECT_EQ(r.price_versions, r.hold_nano == 500 ? "12@1 13@2" : "12@1");
    EXPECT_EQ(r.timestamp_response, core::wall_time{}) << "so that it is not priced anew";
  }
}

TEST_F(journal_marks, knows_how_far_a_long_answer_had_come_though_its_segments_are_gone) {
  {
    auto journal = open("run-1");
    auto* const writer = *journal->new_writer();
    journal_tail tail{*journal, {}};
    const std::string payload(30'000, 'x');
    writer->append(marked(start(1), 0));
    for (std::uint64_t i = 10; i < 40; ++i) {
      if (i < 25) writer->note(marked(start(1), static_cast<std::int64_t>(i)));
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
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 1u);
  EXPECT_EQ(batch.rows[0].usage.completion_tokens, 24);
  EXPECT_EQ(batch.rows[0].cost_nano, 24 + 240);
}

/// What a program wrote before records told whose the key was.
std::string made_older(const finished& record) {
  std::string bytes(encoded_size(record), '\0');
  encode(record, bytes.data(), 0);
  bytes[14] = 0;
  std::uint32_t body = 0;
  std::memcpy(&body, bytes.data() + 4, sizeof body);
  const auto sum = crc32c(std::string_view{bytes}.substr(12, 4 + body), 0);
  std::memcpy(bytes.data() + 8, &sum, sizeof sum);
  return bytes;
}

TEST(journal_record, that_does_not_tell_the_owner_has_an_unknown_one) {
  finished record;
  record.ids.process_id = 7;
  std::string bytes(encoded_size(record), '\0');
  encode(record, bytes.data(), 0);
  EXPECT_FALSE(decode_finished(*read_frame(bytes, 0))->owner.unknown()) << "nobody's";
  const auto older = made_older(record);
  ASSERT_TRUE(read_frame(older, 0));
  EXPECT_TRUE(decode_finished(*read_frame(older, 0))->owner.unknown());
  record.owner = {3, 0};
  const auto of_somebody = made_older(record);
  EXPECT_EQ(decode_finished(*read_frame(of_somebody, 0))->owner.user_id, 3);
}

} // namespace
} // namespace logos::test
