// SPDX-License-Identifier: MIT
#include "learner_fixture.hpp"
#include "older_learner_bytes.hpp"

#include <sqlite3.h>

namespace logos::tests {
namespace {

class learner_sharing_test : public learner_system {
protected:
  void run_sql(const std::string& sql) {
    sqlite3* connection = nullptr;
    sqlite3_open((folder_ / "logos.db").c_str(), &connection);
    EXPECT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection);
    sqlite3_close(connection);
  }
};

TEST_F(learner_sharing_test, an_imprint_is_written_down_at_log_level_full_only) {
  say(*one_, serve(*one_, "My secret is swordfish", weak), 0);
  serve(*one_, "My secret is swordfish", weak, fate::abandoned);
  remark example;
  example.process_id = 1;
  example.trusted = true;
  example.body = body_of("My secret is swordfish");
  example.model = weak;
  example.score = 0;
  hear(*one_, example);
  advance(2s);
  ASSERT_EQ(rows().size(), 3U);
  for (const auto& row : rows())
    EXPECT_EQ(row.imprint, "");
  EXPECT_GT(lead(*one_, "My secret is swordfish"), 0) << "it was learned all the same";
  full_ = true;
  say(*one_, serve(*one_, "My secret is swordfish", weak), 0);
  const auto row = rows().at(3);
  EXPECT_EQ(row.imprint.size(), 209U);
  for (const auto& text : {row.imprint, row.label, row.comment, ask<std::string>(one_->actor, atom::explain_v)})
    EXPECT_EQ(text.find("swordfish"), std::string::npos);
}

TEST_F(learner_sharing_test, one_that_is_made_again_knows_what_was_learned) {
  train(*one_, 10);
  const auto before = lead(*one_, about("quantum field theory", 50));
  kill(one_->actor);
  revive(start());
  EXPECT_EQ(lead(nodes_.back(), about("quantum field theory", 50)), before) << "another process";
}

TEST_F(learner_sharing_test, one_that_starts_later_knows_the_same) {
  train(*one_, 10);
  auto& other = start();
  EXPECT_EQ(lead(other, about("quantum field theory", 50)), lead(*one_, about("quantum field theory", 50)));
}

TEST_F(learner_sharing_test, nodes_that_hear_different_things_know_the_same_a_moment_later) {
  auto& two = start();
  for (int i = 0; i < 30; ++i) {
    auto& at = i % 3 == 0 ? *one_ : two;
    say(at, serve(at, about("chess", i), i % 2 == 0 ? weak : strong), i % 5 < 2 ? 0.0F : 1.0F);
    if (i == 15) advance(1300ms);
  }
  advance(2s);
  EXPECT_NE(lead(*one_, about("chess", 99)), 0);
  EXPECT_EQ(lead(*one_, about("chess", 99)), lead(two, about("chess", 99)));
}

TEST_F(learner_sharing_test, what_was_learned_stays_when_the_log_was_removed) {
  train(*one_, 5);
  advance(2s);
  ASSERT_EQ(*store().remove_feedback(clock().wall() + 1h, 1000), 20U);
  EXPECT_EQ(lead(start(), about("quantum field theory", 3)), lead(*one_, about("quantum field theory", 3)));
}

TEST_F(learner_sharing_test, what_all_nodes_know_is_what_is_in_the_database_to_the_byte) {
  auto& two = start();
  for (int i = 0; i < 12; ++i) {
    auto& at = i % 2 == 0 ? *one_ : two; // neither has seen what the other has just learned
    say(at, serve(at, about("chess", i), weak), i % 3 == 0 ? 1.0F : 0.0F, 5, i % 4 == 0);
  }
  advance(2s);
  const auto known = [&](node& at, int i) {
    return at.with.shows->now()->ask(-1, weak, *imprint_of(about("chess", i)), clock().wall());
  };
  auto& three = start();
  advance(1ms);
  for (int i = 20; i < 30; ++i) {
    EXPECT_EQ(known(*one_, i).mean, known(two, i).mean);
    EXPECT_EQ(known(*one_, i).mean, known(three, i).mean);
    EXPECT_EQ(known(*one_, i).variance, known(three, i).variance);
  }
  EXPECT_EQ(three.with.shows->now()->lessons(weak), 12U);
}

TEST_F(learner_sharing_test, what_could_not_be_written_is_not_known_either) {
  say(*one_, serve(*one_, "a question", weak), 0);
  const auto before = lead(*one_, "a question");
  run_sql("create trigger full before update on learned_models begin select raise(abort, 'no room'); end");
  const auto request = serve(*one_, "a question", weak);
  EXPECT_NE(say(*one_, request, 0).refusal.code, core::ec::none);
  EXPECT_EQ(rows().size(), 1U);
  run_sql("drop trigger full");
  advance(2s);
  EXPECT_EQ(lead(*one_, "a question"), before);
  EXPECT_FALSE(say(*one_, request, 0).repeated);
  EXPECT_EQ(one_->with.shows->now()->lessons(weak), 2U);
  EXPECT_GT(lead(*one_, "a question"), before);
}

TEST_F(learner_sharing_test, a_model_that_is_removed_is_forgotten_on_every_node) {
  storage::model m;
  m.name = "gone";
  const auto gone = store().create(m)->id;
  auto& two = start();
  say(*one_, serve(*one_, "a question", gone), 0);
  advance(2s);
  EXPECT_EQ(two.with.shows->now()->lessons(gone), 1U);
  auto without = std::make_shared<catalog::snapshot>();
  ask<std::uint64_t>(one_->actor, atom::adopt_v, catalog::snapshot_ptr{without});
  advance(2s);
  EXPECT_EQ(two.with.shows->now()->lessons(gone), 1U) << "disabled, not removed";
  ASSERT_TRUE(store().remove<storage::model>(gone));
  for (auto* at : {one_, &two})
    ask<std::uint64_t>(at->actor, atom::adopt_v, catalog::snapshot_ptr{without});
  advance(3s);
  EXPECT_EQ(one_->with.shows->now()->lessons(gone), 0U);
  EXPECT_EQ(two.with.shows->now()->lessons(gone), 0U);
  EXPECT_EQ(rows().size(), 2U) << "one of them has said so";
}

TEST_F(learner_sharing_test, what_is_said_of_a_model_after_its_removal_is_kept_and_not_learned) {
  storage::model m;
  m.name = "gone";
  const auto gone = store().create(m)->id;
  const auto first = serve(*one_, "a question", gone), second = serve(*one_, "another question", gone);
  EXPECT_TRUE(say(*one_, first, 0).teaches);
  ASSERT_TRUE(store().remove<storage::model>(gone));
  ask<std::uint64_t>(one_->actor, atom::adopt_v, catalog::snapshot_ptr{std::make_shared<catalog::snapshot>()});
  advance(3s);
  EXPECT_FALSE(say(*one_, second, 1).teaches);
  EXPECT_EQ(one_->with.shows->now()->lessons(gone), 0U);
  EXPECT_EQ(start().with.shows->now()->lessons(gone), 0U) << "one that starts later";
}

TEST_F(learner_sharing_test, other_rules_go_on_from_what_was_learned) {
  train(*one_, 5);
  const auto before = lead(*one_, about("quantum field theory", 50));
  kill(one_->actor);
  one_->with.studies.learn.giver_limit = 99;
  one_->with.shows = std::make_shared<learning::board>(one_->with.studies.learn);
  revive(*one_);
  EXPECT_EQ(lead(*one_, about("quantum field theory", 50)), before);
}

TEST_F(learner_sharing_test, what_an_older_program_has_learned_is_taken_over_once) {
  auto& rules = one_->with.studies.learn;
  rules.half_life = 0s;
  classification::learner older{rules};
  classification::lesson bad;
  bad.model = weak;
  bad.giver = -11;
  for (int i = 0; i < 30; ++i) {
    bad.about = imprint_of(about("chess", i));
    older.learn(bad);
  }
  older.forget_model(77);
  std::string hex;
  for (const char c : as_version_3(older.bytes()))
    for (const int half : {4, 0})
      hex += "0123456789abcdef"[(static_cast<unsigned char>(c) >> half) & 15];
  run_sql("insert into learned_state (id, number, rules, bytes, updated_at) values (1, 30, '" +
          learning::in_words(rules) + "', '" + hex + "', '2026-01-01 00:00:00+00')");
  run_sql("update feedback_head set last_number = 30");
  kill(one_->actor);
  revive(*one_);
  EXPECT_GT(lead(*one_, about("chess", 99)), 0.2);
  EXPECT_EQ(one_->with.shows->now()->lessons(weak), 30U);
  EXPECT_FALSE(store().learned_after(0)->older);
  auto& two = start();
  kill(two.actor);
  two.with.studies = one_->with.studies;
  revive(two);
  EXPECT_EQ(lead(two, about("chess", 99)), lead(*one_, about("chess", 99)));
  EXPECT_EQ(store().learned_after(0)->gone, std::vector<std::int64_t>{77});
  EXPECT_EQ(store().learned_after(0)->shares.size(), 1U) << "who said it is bounded as before";
}

} // namespace
} // namespace logos::tests
