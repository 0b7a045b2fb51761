// SPDX-License-Identifier: MIT
#include "storage/migrations/migration.hpp"
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
  appended_feedback append(const feedback_row& row) { return append_to(*store_, row, 0, {}); }
  /// Appends it, and `learned` as what was learned by that.
  appended_feedback append_to(store& at, const feedback_row& row, std::int64_t known, learned_parts learned) {
    return take(at.append_feedback(std::span{&row, 1}, known,
                                   [&](const learned_parts& since, auto) {
                                     since_ = since;
                                     return learned;
                                   }))
        .at(0);
  }
  learned_parts since_; // what others had learned before the last row was appended
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

TEST_P(lessons, that_taught_nothing_are_filled_in_by_a_score_under_a_number_of_its_own) {
  auto words = about("a");
  words.score.reset();
  words.label = "hm";
  EXPECT_EQ(append(words).row.number, 1);
  auto scored = about("a");
  scored.label = scored.comment = "";
  scored.imprint = "other";
  scored.trusted = false;
  scored.given_at = start + 1h;
  const auto filled = append_to(*store_, scored, 1, {0, {{0, 3, 0, "three"}}, {}, {}, {}});
  EXPECT_TRUE(filled.fresh);
  scored.number = 2;
  scored.label = words.label;
  scored.comment = words.comment;
  EXPECT_EQ(filled.row, scored);
  EXPECT_EQ(take(store_->feedback_after(0, 10)), std::vector{scored}) << "in place of the one that was there";
  EXPECT_EQ(take(open()->learned_after(1)).models, (std::vector<learned_model>{{0, 3, 2, "three"}}))
      << "other nodes see that there is news";
  EXPECT_FALSE(append(scored).fresh);
  EXPECT_FALSE(append(words).fresh) << "a score is not taken back";
  EXPECT_EQ(take(store_->feedback_after(0, 10)), std::vector{scored});
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
          if (own->append_feedback(rows, 0, [](const auto&, auto) { return learned_parts{}; })) break;
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

TEST_P(lessons, what_was_learned_is_there_with_the_row_that_taught_it_and_told_to_who_comes_later) {
  const std::string known{"\0known\xff", 7};
  append_to(*store_, about("a"), 0,
            {0, {{0, 3, 0, known}, {0, 4, 0, "four"}}, {{0, 3, -11, 1'500'000, start}}, {}, {}});
  const auto other = open();
  const auto all = take(other->learned_after(0));
  EXPECT_EQ(all.number, 1);
  EXPECT_EQ(all.models, (std::vector<learned_model>{{0, 3, 1, known}, {0, 4, 1, "four"}}));
  EXPECT_EQ(all.shares, (std::vector<learned_share>{{0, 3, -11, 1'500'000, start}}));
  append_to(*other, about("b"), 1, {0, {{0, 4, 0, "more"}}, {}, {}, {}});
  EXPECT_TRUE(since_.models.empty()) << "it knew all by then";
  append_to(*store_, about("c"), 1, {});
  EXPECT_EQ(since_.models, (std::vector<learned_model>{{0, 3, 1, ""}, {0, 4, 2, "more"}})) << "only what is new to it";
  EXPECT_TRUE(since_.shares.empty());
}

TEST_P(lessons, that_could_not_be_written_leave_nothing_learned) {
  append_to(*store_, about("a"), 0, {0, {{0, 3, 0, "three"}}, {}, {}, {}});
  auto other_word = about("a");
  other_word.score = 0.75;
  const std::vector both{about("b"), other_word};
  const auto refused = take(store_->append_feedback(both, 1, [](const auto&, auto rows) {
    learned_parts out;
    for (const auto& row : rows)
      if (row.fresh) out.models.push_back({0, 9, 0, "nine"});
    return out;
  }));
  EXPECT_FALSE(refused.at(0).fresh || refused.at(1).fresh);
  EXPECT_EQ(take(store_->learned_after(0)).models.size(), 1U);
  EXPECT_EQ(take(store_->learned_after(0)).number, 1);
}

TEST_P(lessons, what_is_dropped_and_what_is_gone_for_good_leaves) {
  append_to(*store_, about("a"), 0,
            {0, {{0, 3, 0, "three"}, {5, 3, 0, "of five"}, {0, 4, 0, "four"}}, {{5, 3, 5, 1, start}}, {}, {}});
  append_to(*store_, about("b"), 1, {0, {{0, 4, 0, ""}}, {}, {3}, {}});
  const auto left = take(open()->learned_after(1));
  EXPECT_TRUE(left.models.empty());
  EXPECT_EQ(left.gone, std::vector<std::int64_t>{3});
  EXPECT_TRUE(take(open()->learned_after(0)).shares.empty());
}

TEST_P(lessons, what_was_learned_is_sealed_in_the_database) {
  append_to(*store_, about("a"), 0, {0, {{0, 3, 0, "nearly what one prompt was"}}, {}, {}, {}});
  EXPECT_EQ(query("select substr(bytes, 1, 3) from learned_models"), "v1:");
  const auto stranger = open(core::secret_key{"quite another secret key"});
  EXPECT_EQ(take(stranger->learned_after(0)).models, (std::vector<learned_model>{{0, 3, 1, ""}}));
}

TEST_P(lessons, of_an_older_program_lose_their_imprints_and_what_it_has_learned_is_taken_over_once) {
  append(about("a"));
  query("drop table learned_models; drop table learned_shares; drop table forgotten_models; drop table examples");
  query("insert into learned_state (id, number, rules, bytes, updated_at) values"
        " (1, 1, 'r1', '00ff6f', '2026-05-01 00:00:00+00')");
  EXPECT_NE(take(store_->feedback_after(0, 1)).at(0).imprint, "");
  for (const auto& step : migrations())
    if (step.number == 21) query(script_of(step, on_postgres() ? dialect::postgres : dialect::sqlite));
  EXPECT_EQ(take(store_->feedback_after(0, 1)).at(0).imprint, "");
  const auto older = take(open()->learned_after(0)).older;
  ASSERT_TRUE(older);
  EXPECT_EQ(older->rules, "r1");
  EXPECT_EQ(older->bytes, (std::string{"\0\xffo", 3}));
  take(store_->append_feedback({}, 0, [](const learned_parts& since, auto) {
    EXPECT_TRUE(since.older);
    return learned_parts{0, {{0, 3, 0, "three"}}, {}, {}, {}};
  }));
  const auto now = take(open()->learned_after(0));
  EXPECT_FALSE(now.older);
  EXPECT_EQ(now.models, (std::vector<learned_model>{{0, 3, 1, "three"}}));
}

TEST_P(lessons, are_removed_when_they_are_old_and_their_numbers_are_never_given_again) {
  for (int i = 1; i <= 4; ++i) {
    auto row = about("r" + std::to_string(i));
    row.given_at = start + i * 24h;
    append(row);
  }
  EXPECT_EQ(take(store_->remove_feedback(start + 49h, 1)), 1U);
  EXPECT_EQ(take(store_->remove_feedback(start + 49h, 100)), 1U);
  EXPECT_EQ(take(store_->remove_feedback(start + 240h, 100)), 2U);
  EXPECT_EQ(append(about("r9")).row.number, 5);
}

LOGOS_ON_BOTH(lessons);

} // namespace
} // namespace logos::test
