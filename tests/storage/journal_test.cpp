// SPDX-License-Identifier: MIT
#include "storage/journal/codec.hpp"
#include "storage/sql/text.hpp"
#include "tests/storage/journal_folder.hpp"

#include <atomic>
#include <cstdio>
#include <map>
#include <thread>

namespace logos::test {
namespace {

using namespace storage;

class journal_writing : public journal_folder {};

TEST(checksum, is_crc32c) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(codec, gives_back_what_it_took) {
  finished row;
  row.request_id = core::uuid::from_halves(1, 2);
  row.usage.total_tokens = 77;
  row.path = "/v1/x";
  row.headers = "{}";
  row.response_payload = "the answer";
  std::string bytes(encoded_size(row), 'x');
  encode(row, bytes.data(), 5);
  EXPECT_EQ(bytes.size() % 8, 0u);
  const auto found = read_frame(bytes, 5);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size, bytes.size());
  const auto back = decode_finished(*found);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->request_id, row.request_id);
  EXPECT_EQ(back->usage.total_tokens, 77);
  EXPECT_EQ(back->path, row.path);
  EXPECT_EQ(back->headers, row.headers);
  EXPECT_EQ(back->response_payload, row.response_payload);
  EXPECT_TRUE(back->metadata.empty());
}

TEST(codec, refuses_every_change_of_a_byte_every_cut_and_another_salt) {
  begun record;
  record.dataset = "d";
  std::string bytes(encoded_size(record), '\0');
  encode(record, bytes.data(), 5);
  const auto used = read_frame(bytes, 5)->body.size() + 16;
  for (std::size_t i = 0; i < used; ++i) {
    auto changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EXPECT_FALSE(read_frame(changed, 5)) << i;
    EXPECT_FALSE(read_frame(std::string_view{bytes}.substr(0, i), 5)) << i;
  }
  EXPECT_FALSE(read_frame(bytes, 6));
}

TEST(codec, passes_over_zeros_in_whole_words) {
  for (std::size_t zeros = 0; zeros < 40; ++zeros) {
    const std::string blank(zeros, '\0');
    EXPECT_EQ(blank_size(blank), zeros / 8 * 8);
    EXPECT_EQ(blank_size(blank + "a"), zeros / 8 * 8);
  }
}

TEST(texts, of_times_are_read_in_every_form_that_databases_write) {
  const auto at = [](std::string_view text) { return storage::sql::parse_time(text)->time_since_epoch().count(); };
  EXPECT_EQ(at("1970-01-01 00:00:01+00"), 1'000'000);
  EXPECT_EQ(at("1970-01-01 00:00:00.1+00"), 100'000);
  EXPECT_EQ(at("1970-01-02T00:00:00.000001Z"), 86'400'000'001);
  EXPECT_FALSE(storage::sql::parse_time("1970-13-01 00:00:00"));
  EXPECT_FALSE(storage::sql::parse_time("now"));
}

TEST_F(journal_writing, reaches_the_tail_in_order) {
  auto journal = open("run-1");
  auto* writer = *journal->new_writer();
  journal_tail tail{*journal, {}};
  for (std::uint64_t i = 0; i < 10; ++i)
    ASSERT_TRUE(writer->append(row(i)));
  EXPECT_EQ(drain(tail, 3), (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(drain(tail).empty());
  EXPECT_EQ(journal->figures().appended, 10u);
}

TEST_F(journal_writing, goes_on_over_many_segments_and_leaves_none_behind) {
  auto journal = open("run-1");
  auto* writer = *journal->new_writer();
  journal_tail tail{*journal, {}};
  const std::string payload(3000, 'x');
  std::uint64_t seen = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    auto each = row(i);
    each.input_payload = payload;
    ASSERT_TRUE(writer->append(each));
    journal->prepare();
    if (i % 7 == 0) seen += drain(tail).size();
  }
  seen += drain(tail).size();
  EXPECT_EQ(seen, 2000u);
  EXPECT_EQ(journal->figures().stalls, 0u);
  EXPECT_LE(files(), 5u);
  EXPECT_LE(progress_.size(), 2u);
}

TEST_F(journal_writing, makes_its_own_segment_when_none_is_ready) {
  auto journal = open("run-1");
  auto* writer = *journal->new_writer();
  journal_tail tail{*journal, {}};
  const std::string payload(3000, 'x');
  for (std::uint64_t i = 0; i < 200; ++i) {
    auto each = row(i);
    each.input_payload = payload;
    ASSERT_TRUE(writer->append(each));
  }
  EXPECT_GT(journal->figures().stalls, 0u);
  EXPECT_EQ(drain(tail).size(), 200u);
}

TEST_F(journal_writing, keeps_no_body_below_full_whoever_appends_it) {
  auto journal = open("run-1");
  auto* writer = *journal->new_writer();
  journal_tail tail{*journal, {}};
  auto each = row(1);
  each.client_ip = "10.0.0.7";
  each.headers = "{}";
  each.input_payload = "a prompt";
  each.response_payload = "an answer";
  each.features = R"({"tokens":4})";
  ASSERT_TRUE(writer->append(each));
  each.log = core::log_level::billing;
  ASSERT_TRUE(writer->append(each));
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 2u);
  EXPECT_EQ(batch.rows[0].input_payload, "a prompt");
  EXPECT_EQ(batch.rows[0].features, R"({"tokens":4})");
  EXPECT_EQ(batch.rows[1].path, each.path);
  for (const auto text : {batch.rows[1].client_ip, batch.rows[1].headers, batch.rows[1].input_payload,
                          batch.rows[1].response_payload, batch.rows[1].features})
    EXPECT_EQ(text, "");
}

TEST_F(journal_writing, takes_a_record_larger_than_a_segment) {
  auto journal = open("run-1");
  auto* writer = *journal->new_writer();
  journal_tail tail{*journal, {}};
  const std::string payload(1'000'000, 'x');
  auto large = row(1);
  large.response_payload = payload;
  ASSERT_TRUE(writer->append(row(0)));
  ASSERT_TRUE(writer->append(large));
  ASSERT_TRUE(writer->append(row(2)));
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 3u);
  EXPECT_EQ(batch.rows[1].response_payload, payload);
}

TEST_F(journal_writing, refuses_and_counts_when_there_is_no_space_and_recovers) {
  auto journal = open("run-1", 4 * (std::uint64_t{64} << 10));
  auto* writer = *journal->new_writer();
  journal_tail tail{*journal, {}};
  std::uint64_t taken = 0;
  while (writer->append(row(taken))) {
    ASSERT_LT(++taken, 100'000u);
    journal->prepare();
  }
  EXPECT_EQ(journal->figures().refused, 1u);
  EXPECT_EQ(drain(tail).size(), taken);
  drain(tail);
  journal->prepare();
  EXPECT_TRUE(writer->append(row(taken)));
  EXPECT_EQ(drain(tail).size(), 1u);
}

TEST_F(journal_writing, leaves_out_bodies_where_there_is_no_room_for_them) {
  auto journal = open("run-1", 3 * (std::uint64_t{64} << 10));
  auto* writer = *journal->new_writer();
  journal_tail tail{*journal, {}};
  const std::string payload(500'000, 'x');
  auto large = row(1);
  large.headers = "{}";
  large.input_payload = large.response_payload = payload;
  ASSERT_TRUE(writer->append(large));
  const auto batch = tail.next(100);
  ASSERT_EQ(batch.rows.size(), 1u);
  EXPECT_NE(batch.rows[0].input_payload.find("the journal had no room"), std::string::npos);
  EXPECT_EQ(batch.rows[0].input_payload, batch.rows[0].response_payload);
  EXPECT_EQ(batch.rows[0].headers, "{}");
  EXPECT_EQ(journal->figures().shortened, 1u);
  EXPECT_EQ(journal->figures().refused, 0u);
}

TEST_F(journal_writing, shows_that_it_lacks_room_until_it_has_had_some_for_a_while) {
  auto journal = open("run-1", 4 * (std::uint64_t{64} << 10)); // one segment is the tail's
  auto* writer = *journal->new_writer();
  journal_tail tail{*journal, {}};
  core::steady_time now{std::chrono::hours{1}};
  const auto look = [&] {
    journal->prepare();
    journal->sync(now += std::chrono::milliseconds{150});
    return journal->figures().lacks_room;
  };
  EXPECT_FALSE(look());
  for (std::uint64_t n = 1; writer->append(row(n)); ++n) {
  }
  EXPECT_TRUE(look());
  EXPECT_TRUE(look());
  for (auto batch = tail.next(1000); !batch.empty(); batch = tail.next(1000))
    tail.done(batch);
  EXPECT_TRUE(look()) << "one that is full again at once would be told of again and again";
  now += std::chrono::seconds{5};
  EXPECT_FALSE(look());
}

/// Whatever fills the journal, in any order: who was let in is on it when it ends, and is told from who was not.
TEST_F(journal_writing, has_room_for_the_row_of_everybody_who_was_let_in) {
  std::uint64_t seed = 12;
  const auto random = [&](std::uint64_t below) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (seed >> 33) % below;
  };
  const std::string text(300'000, 'x');
  const auto piece = [&](std::uint64_t below) { return std::string_view{text}.substr(0, random(below)); };
  std::uint64_t n = 0, turned_away = 0, shortened = 0;
  for (int round = 0; round < 30; ++round) {
    auto journal = open("run-" + std::to_string(round), (2 + random(8)) * (std::uint64_t{64} << 10));
    auto* writer = *journal->new_writer();
    journal_tail tail{*journal, {}};
    std::map<std::uint64_t, journal_room> running;
    std::vector<std::uint64_t> ended;
    const auto end = [&](std::uint64_t which) {
      const auto at = which == 0 ? running.begin() : running.lower_bound(which);
      if (at == running.end()) return;
      auto each = row(at->first);
      each.metadata = random(4) == 0 ? piece(5'000) : std::string_view{};
      each.path = each.error_message = random(4) == 0 ? piece(3'000) : std::string_view{};
      each.input_payload = piece(random(3) == 0 ? 300'000 : 2'000);
      each.cost_nano = static_cast<std::int64_t>(at->first) * 3 + 1;
      ASSERT_TRUE(writer->append(each, &at->second)) << "round " << round;
      ended.push_back(at->first);
      running.erase(at);
    };
    for (int step = 0; step < 400; ++step) {
      if (random(8) == 0) journal->prepare();
      if (random(5) == 0) static_cast<void>(writer->append(row(1'000'000 + n++))); // nobody's room
      if (random(3) == 0) {
        end(random(n + 1));
        continue;
      }
      const auto which = ++n;
      auto first = start(which);
      first.dataset = piece(random(20) == 0 ? 3'000 : 40);
      if (running[which].grow_to(*writer, 1) && writer->append(first)) continue;
      running.erase(which);
      ++turned_away;
    }
    while (!running.empty())
      end(0);
    shortened += journal->figures().shortened;
    std::map<std::uint64_t, std::int64_t> costs;
    for (auto batch = tail.next(1000); !batch.empty(); batch = tail.next(1000)) {
      for (const auto& each : batch.rows)
        costs[each.request_id.low()] = each.cost_nano;
      tail.done(batch);
    }
    for (const auto each : ended)
      ASSERT_EQ(costs[each], static_cast<std::int64_t>(each) * 3 + 1);
  }
  EXPECT_GT(turned_away, 100u);
  EXPECT_GT(shortened, 100u);
}

TEST_F(journal_writing, gives_back_the_room_of_who_needs_it_no_longer) {
  auto journal = open("run-1", 2 * (std::uint64_t{64} << 10)); // one segment is the tail's
  auto* writer = *journal->new_writer();
  journal_tail tail{*journal, {}};
  std::uint32_t most = 0;
  {
    journal_room room;
    while (room.grow_to(*writer, most + 1))
      ++most;
    journal_room other;
    EXPECT_FALSE(other.grow_to(*writer, 1));
    EXPECT_FALSE(writer->append(start(1))) << "it would take of what is reserved";
    EXPECT_EQ(journal->figures().turned_away, 3U);
    EXPECT_FALSE(writer->append(row(1), &other));
    EXPECT_EQ(journal->figures().refused, 0U) << "who was turned away has lost nothing";
    EXPECT_FALSE(writer->append(row(1)));
    EXPECT_EQ(journal->figures().refused, 1U);
  }
  EXPECT_GT(most, 10u);
  journal_room room;
  EXPECT_TRUE(room.grow_to(*writer, most));
}

TEST_F(journal_writing, by_several_threads_is_read_while_it_goes_on) {
  constexpr std::uint64_t writers = 3, each_writes = 20'000;
  auto journal = open("run-1");
  std::vector<journal_writer*> own;
  for (std::uint64_t w = 0; w < writers; ++w)
    own.push_back(*journal->new_writer());
  journal_tail tail{*journal, {}};
  std::vector<std::thread> threads;
  for (std::uint64_t w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      for (std::uint64_t i = 0; i < each_writes; ++i)
        own[w]->append(row(w * each_writes + i));
    });
  std::vector<std::uint64_t> seen;
  while (seen.size() < writers * each_writes) {
    journal->prepare();
    const auto more = drain(tail, 500);
    seen.insert(seen.end(), more.begin(), more.end());
  }
  for (auto& each : threads)
    each.join();
  std::sort(seen.begin(), seen.end());
  for (std::uint64_t i = 0; i < seen.size(); ++i)
    ASSERT_EQ(seen[i], i);
  EXPECT_EQ(tail.torn(), 0u);
}

/// As in a gateway: I/O threads append, STORAGE prepares, syncs and reads, the metrics are asked for, and a thread that
/// starts gets its writer.
TEST_F(journal_writing, goes_on_while_it_is_prepared_and_asked_for_its_figures) {
  constexpr std::uint64_t writers = 2, latecomers = 40, each_writes = 500;
  constexpr std::uint64_t all = (writers + latecomers) * each_writes;
  auto journal = open("run-1");
  journal_tail tail{*journal, {}};
  std::atomic<std::uint64_t> writing{writers + latecomers};
  const auto write = [&](std::uint64_t which) {
    auto* const writer = *journal->new_writer();
    for (std::uint64_t i = 0; i < each_writes; ++i)
      EXPECT_TRUE(writer->append(row(which * each_writes + i)));
    --writing;
  };
  std::vector<std::thread> threads;
  for (std::uint64_t w = 0; w < writers; ++w)
    threads.emplace_back([&, w] { write(w); });
  threads.emplace_back([&] {
    for (std::uint64_t w = writers; w < writers + latecomers; ++w)
      write(w);
  });
  threads.emplace_back([&] {
    for (std::uint64_t known = 0; writing > 0;) {
      const auto shown = journal->figures();
      EXPECT_GE(shown.appended, known);
      EXPECT_LE(shown.appended, all);
      known = shown.appended;
      std::this_thread::yield();
    }
  });
  std::vector<std::uint64_t> seen;
  core::steady_time now{std::chrono::hours{1}};
  for (bool last = false; !last; now += std::chrono::milliseconds{50}) {
    last = writing == 0;
    for (int i = 0; i < 50; ++i)
      journal->prepare();
    journal->sync(now);
    const auto more = drain(tail, 500);
    seen.insert(seen.end(), more.begin(), more.end());
  }
  for (auto& each : threads)
    each.join();
  std::sort(seen.begin(), seen.end());
  ASSERT_EQ(seen.size(), all);
  for (std::uint64_t i = 0; i < all; ++i)
    ASSERT_EQ(seen[i], i);
  EXPECT_EQ(journal->figures().appended, all);
  EXPECT_EQ(journal->figures().refused, 0u);
}

/// Printed, not judged.
TEST_F(journal_writing, costs_little) {
  auto journal = *storage::journal::open({folder_.path(), "run-1", std::size_t{32} << 20});
  auto* writer = *journal->new_writer();
  const auto record = row(1);
  constexpr int appends = 60'000; // fit into the first segment
  ASSERT_TRUE(writer->append(record));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < appends; ++i)
    ASSERT_TRUE(writer->append(record));
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  std::printf("an append of %zu bytes: %.0f ns\n", encoded_size(record), took.count() / appends);
}

} // namespace
} // namespace logos::test
