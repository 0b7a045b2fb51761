// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <atomic>
#include <thread>

namespace logos::test {
namespace {

using namespace std::chrono_literals;
using namespace storage;

constexpr core::wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 5 / 1}};

feedback_row about(const std::string& request, std::int64_t process = 1) {
  feedback_row row;
  row.given_at = start;
  row.request_id = request;
  row.process_id = process;
  row.tenant_id = -1;
  row.model_id = 3;
  row.score = 0.25;
  row.label = "bad";
  row.comment = "größer als nötig\nand 'quoted'";
  row.trusted = true;
  row.imprint = std::string{"\0\x7f\x80\xff zero", 9};
  return row;
}

class lessons : public store_suite {
protected:
  appended_feedback append(const feedback_row& row) { return take(store_->append_feedback(std::span{&row, 1})).at(0); }
  void save(std::int64_t number, std::string bytes, std::string rules = "r1") {
    take(store_->save_learned({number, std::move(rules), std::move(bytes)}, start));
  }
};

TEST_P(lessons, come_back_as_they_were_given) {
  auto row = about("a");
  const auto written = append(row);
  EXPECT_TRUE(written.fresh);
  EXPECT_EQ(written.row.number, 1);
  row.number = 1;
  EXPECT_EQ(take(store_->feedback_after(0, 10)), std::vector{row});
  auto plain = about("b");
  plain.score.reset();
  plain.trusted = false;
  plain.imprint.clear();
  append(plain);
  plain.number = 2;
  EXPECT_EQ(take(store_->feedback_after(1, 10)), std::vector{plain});
}

TEST_P(lessons, of_one_key_about_one_request_are_written_once) {
  append(about("a"));
  auto again = about("a");
  again.score = 0.75;
  const auto second = append(again);
  EXPECT_FALSE(second.fresh);
  EXPECT_EQ(second.row.score, 0.25) << "what stands in the log";
  EXPECT_EQ(second.row.number, 1);
  EXPECT_TRUE(append(about("a", 2)).fresh) << "another key";
  auto other = about("a");
  other.other_model_id = 7;
  EXPECT_TRUE(append(other).fresh) << "a comparison";
  EXPECT_EQ(take(store_->feedback_after(0, 10)).size(), 3U);
}

TEST_P(lessons, have_no_gaps_and_appear_in_the_order_of_their_numbers_whoever_writes) {
  constexpr int writers = 4, each = 25;
  std::atomic<int> left{writers};
  std::vector<std::thread> nodes;
  for (int w = 0; w < writers; ++w)
    nodes.emplace_back([&, w] {
      const auto own = open();
      for (int i = 0; i < each; ++i) {
        const std::vector rows{about("r" + std::to_string(w) + "-" + std::to_string(i)),
                               about("s" + std::to_string(i))};
        for (;;) // SQLite may say that it is busy
          if (own->append_feedback(rows)) break;
      }
      --left;
    });
  // Whoever follows the log by its numbers sees everything once.
  std::int64_t seen = 0;
  std::size_t read = 0;
  const auto follower = open();
  for (bool last = false;;) {
    last = left == 0;
    const auto rows = follower->feedback_after(seen, 1000);
    if (!rows) continue;
    for (const auto& row : *rows) {
      EXPECT_EQ(row.number, seen + 1);
      seen = row.number;
      ++read;
    }
    if (last) break;
  }
  for (auto& each_node : nodes)
    each_node.join();
  EXPECT_EQ(read, std::size_t{writers * each + each});
}

TEST_P(lessons, are_listed_from_the_newest_in_pages_without_imprints) {
  for (int i = 1; i <= 5; ++i)
    append(about("r" + std::to_string(i), i % 2 + 1));
  const auto first = take(store_->list_feedback({}, 0, 2));
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].number, 5);
  EXPECT_EQ(first[1].number, 4);
  EXPECT_EQ(first[0].imprint, "");
  EXPECT_EQ(take(store_->list_feedback({}, 4, 10)).size(), 3U);
  EXPECT_EQ(take(store_->list_feedback({2, 0, ""}, 0, 10)).size(), 3U);
  EXPECT_EQ(take(store_->list_feedback({0, 0, "r4"}, 0, 10)).at(0).number, 4);
  EXPECT_EQ(take(store_->list_feedback({0, 99, ""}, 0, 10)).size(), 0U);
}

TEST_P(lessons, what_was_learned_only_grows_unless_the_rules_are_others) {
  EXPECT_FALSE(take(store_->load_learned()));
  save(5, std::string{"\0five", 5});
  save(3, "three");
  EXPECT_EQ(take(store_->load_learned())->bytes, (std::string{"\0five", 5})) << "a node that is behind";
  save(6, "six");
  EXPECT_EQ(take(store_->load_learned())->number, 6);
  save(2, "other", "r2");
  EXPECT_EQ(take(store_->load_learned())->rules, "r2");
}

TEST_P(lessons, are_removed_only_when_they_are_old_and_part_of_what_was_learned) {
  for (int i = 1; i <= 4; ++i) {
    auto row = about("r" + std::to_string(i));
    row.given_at = start + i * 24h;
    append(row);
  }
  EXPECT_EQ(take(store_->remove_feedback(start + 240h, 100)), 0U) << "nothing was learned yet";
  save(3, "three");
  EXPECT_EQ(take(store_->remove_feedback(start + 49h, 100)), 2U);
  EXPECT_EQ(take(store_->remove_feedback(start + 240h, 100)), 1U) << "the fourth is not part of it";
  EXPECT_EQ(append(about("r9")).row.number, 5) << "numbers are never given again";
}

LOGOS_ON_BOTH(lessons);

} // namespace
} // namespace logos::test
