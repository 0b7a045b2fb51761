// SPDX-License-Identifier: MIT
#include "actors/learning/notebook.hpp"
#include "actors/learning/owner.hpp"
#include "actors/learning/study.hpp"
#include "net/json_look.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace logos::learning {
namespace {

using namespace std::chrono_literals;
using classification::signal;

constexpr std::int64_t used = 1, other = 2, unused = 3;

std::string asked(const std::string& question) {
  return R"({"model":"any","messages":[{"role":"user","content":")" + question + R"("}]})" +
         std::string(net::json_padding, '\0');
}

std::string numbered(int i) {
  static const char* things[] = {"chess", "sourdough bread", "patent law", "compilers", "the moons of Jupiter"};
  return std::string{"What should I know of "} + things[(i + i / 7) % 5] + ", and what of number " + std::to_string(i) +
         "?";
}

/// A notebook, and a learner that hears of nothing but its signs.
class notebook_test : public ::testing::Test {
protected:
  core::uuid call(std::int64_t model, const std::string& question, fate how = fate::answered, std::int64_t key = 5) {
    const auto id = core::uuid::from_halves(1, ++calls_);
    notes_.note({id, key, owner_of_key(key), model, how, asked(question)}, wall_, now_);
    return id;
  }
  void pass(std::chrono::seconds time) {
    wall_ += time;
    now_ += time;
    for (const auto& sign : notes_.signs(wall_, now_)) {
      ++rows_[static_cast<signal>(sign.row.signal)];
      if (sign.row.signal == static_cast<std::int64_t>(signal::accepted)) praised_.insert(sign.row.request_id);
      learner_.learn(lesson_of(sign));
    }
  }
  /// Every so many-th question of `of` (from the first on) is asked again.
  void chat(std::int64_t model, int questions, int bad, int of, std::int64_t key = 5) {
    for (int i = 0; i < questions; ++i) {
      const auto question = numbered(++questions_);
      call(model, question, fate::answered, key);
      pass(1s);
      if (i % of < bad) call(model, question, fate::answered, key);
      pass(1s);
    }
  }
  /// Of questions that were not met.
  float quality(std::int64_t model) {
    float sum = 0;
    for (int i = 0; i < 40; ++i)
      sum += learner_.now().ask(0, model, *notes_.imprint_of_body(asked(numbered(100'000 + i))), wall_).quality;
    return sum / 40;
  }
  int rows() const {
    int sum = 0;
    for (const auto& [what, n] : rows_)
      sum += n;
    return sum;
  }

  figures unseen_;
  notebook notes_{notebook::rules{}, unseen_};
  classification::learner learner_;
  std::map<signal, int> rows_;
  std::set<std::string> praised_;
  core::wall_time wall_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  core::steady_time now_{1h};
  std::uint64_t calls_ = 0;
  int questions_ = 0;
};

TEST_F(notebook_test, calls_of_which_nothing_bad_was_heard_teach_nothing) {
  chat(used, 500, 0, 1);
  pass(20min);
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(quality(used), 0.5F);
}

TEST_F(notebook_test, who_is_asked_all_the_time_is_not_held_for_worse_than_who_is_never_asked) {
  chat(used, 2000, 1, 100);
  pass(20min);
  EXPECT_EQ(rows_[signal::regenerate], 20);
  EXPECT_GE(quality(used), quality(unused));
  EXPECT_LT(quality(used), 0.6F);
  EXPECT_LE(rows_[signal::accepted], 24) << "one for some hundred calls";
}

TEST_F(notebook_test, many_people_that_ask_again_now_and_then_beside_a_program_that_never_does_lower_nobody) {
  constexpr std::int64_t program = 5000;
  for (std::int64_t person = 1; person <= 100; ++person)
    for (int i = 0; i < 10; ++i) {
      const auto question = numbered(++questions_);
      call(used, question, fate::answered, person);
      for (int n = 0; n < 5; ++n)
        call(used, numbered(++questions_), fate::answered, program);
      pass(5s);
      if (i == 7 && person % 2 == 0) call(used, question, fate::answered, person);
      pass(5s);
    }
  pass(20min);
  EXPECT_EQ(rows_[signal::regenerate], 50);
  EXPECT_GE(quality(used), 0.49F);
}

TEST_F(notebook_test, who_is_asked_again_much_more_often_than_others_falls) {
  for (int i = 0; i < 60; ++i) {
    chat(used, 10, 3, 10);
    chat(other, 10, i % 5 == 0, 10);
  }
  pass(20min);
  EXPECT_LT(quality(used), 0.45F);
  EXPECT_GT(quality(other), 0.55F);
  EXPECT_GT(quality(other) - quality(used), 0.2F);
}

TEST_F(notebook_test, more_than_is_ever_usual_speaks_against_a_model_also_where_nobody_compares) {
  chat(used, 400, 3, 10, 5);
  chat(other, 400, 1, 50, 6);
  pass(20min);
  EXPECT_LT(quality(used), 0.45F);
  EXPECT_GE(quality(other), 0.49F);
}

TEST_F(notebook_test, an_hour_of_errors_teaches_that_a_model_errs_and_no_more_than_an_owner_may_say) {
  for (int minute = 0; minute < 60; ++minute) {
    for (int i = 0; i < 100; ++i)
      call(used, numbered(++questions_), fate::failed);
    chat(other, 10, 0, 1);
    pass(40s);
  }
  pass(20min);
  EXPECT_LE(rows_[signal::error], 600);
  EXPECT_LT(quality(used), 0.4F);
  EXPECT_GT(quality(other), 0.5F);
  const auto most = learner_.now().rules().giver_limit * learner_.now().rules().implicit_part;
  EXPECT_LE(learner_.said(0, used, classification::beside(owner_of_key(5)), wall_), most);
}

TEST_F(notebook_test, of_much_traffic_a_part_tells_as_much_good_as_bad) {
  for (int minute = 0; minute < 20; ++minute) {
    for (int i = 0; i < 200; ++i)
      call(used, numbered(++questions_), i % 20 == minute ? fate::unfit : fate::answered);
    pass(60s);
  }
  pass(20min);
  EXPECT_EQ(rows_[signal::unfit], 20 * 3) << "of sixty a minute";
  EXPECT_LE(rows(), 130);
  EXPECT_GE(quality(used), 0.49F);
}

TEST_F(notebook_test, a_program_that_calls_all_the_time_leaves_noted_what_the_few_calls_of_another_owner_tell) {
  constexpr std::int64_t program = 5000, person = 6;
  for (const auto how : {fate::answered, fate::unfit, fate::failed}) {
    rows_.clear();
    for (int i = 0; i < (how == fate::answered ? 10'000 : 500); ++i)
      call(used, numbered(++questions_), how, program);
    pass(1s);
    const auto said = rows_;
    for (int i = 0; i < 5; ++i)
      call(used, numbered(++questions_), fate::unfit, person);
    pass(1s);
    EXPECT_EQ(rows_[signal::unfit] - (said.contains(signal::unfit) ? said.at(signal::unfit) : 0), 5);
    pass(60s);
  }
  rows_.clear();
  for (int i = 0; i < 500; ++i)
    call(used, numbered(++questions_), fate::failed, program);
  for (int i = 0; i < 5; ++i)
    call(used, numbered(++questions_), fate::failed, person);
  pass(1s);
  EXPECT_EQ(rows_[signal::error], 10) << "five of each";
}

TEST_F(notebook_test, many_programs_take_half_of_a_models_room_and_who_calls_now_and_then_has_the_rest) {
  for (std::int64_t program = 1; program <= 20; ++program)
    for (int i = 0; i < 100; ++i)
      call(used, numbered(++questions_), fate::unfit, 5000 + program);
  pass(1s);
  EXPECT_EQ(rows_[signal::unfit], 300 + 15 * 5) << "five programs, and of each of the others as much as of anybody";
  for (std::int64_t person = 1; person <= 1000; ++person)
    call(used, numbered(++questions_), fate::unfit, person);
  pass(1s);
  EXPECT_EQ(rows_[signal::unfit], 600);
  call(other, numbered(++questions_), fate::unfit, 5001);
  pass(1s);
  EXPECT_EQ(rows_[signal::unfit], 601) << "another model has its own";
}

TEST_F(notebook_test, owners_for_whom_there_is_no_room_in_the_table_are_noted_as_one) {
  notebook::rules few;
  few.owners_a_minute = 2;
  notebook notes{few, unseen_};
  for (std::int64_t owner = 1; owner <= 10; ++owner)
    for (int i = 0; i < 40; ++i)
      notes.note({core::uuid::from_halves(2, ++calls_), owner, owner_of_key(owner), used, fate::unfit,
                  asked(numbered(++questions_))},
                 wall_, now_);
  EXPECT_EQ(notes.signs(wall_, now_).size(), 40U + 40U + 60U);
}

TEST_F(notebook_test, a_program_that_asks_the_same_all_the_time_says_nothing_good_either) {
  chat(used, 50, 1, 10);
  pass(20min);
  const auto before = rows();
  for (int i = 0; i < 500; ++i) {
    call(used, "ping");
    pass(10s);
  }
  pass(20min);
  EXPECT_EQ(rows(), before);
}

TEST_F(notebook_test, who_asks_again_late_takes_back_that_nothing_was_heard) {
  const auto first = call(used, "a question");
  pass(2min);
  call(used, "a question");
  pass(2min);
  EXPECT_EQ(rows_[signal::regenerate], 1);
  chat(used, 100, 1, 10);
  pass(20min);
  EXPECT_FALSE(praised_.contains(first.str()));
  EXPECT_GE(rows_[signal::accepted], 8) << "beside 11 that were asked again";
}

} // namespace
} // namespace logos::learning
