// SPDX-License-Identifier: MIT
#include "actors/transfer/distinct_names.hpp"
#include "tests/storage/transfer_fixture.hpp"

#include <algorithm>

namespace logos::test {
namespace {

using transfer::named_row;

TEST(distinct_names, are_the_same_in_whatever_order_the_rows_come) {
  const named_row first{2, 0, "bob"}, second{3, 0, "Bob"}, other{4, 0, "bob-3"}, elsewhere{5, 7, "bob"};
  const auto names = [](std::vector<named_row> rows) { return transfer::distinct_names(rows, transfer::dashed); };
  using list = std::vector<std::string>;
  EXPECT_EQ(names({first, second, other, elsewhere}), (list{"bob", "Bob-3-3", "bob-3", "bob"}));
  EXPECT_EQ(names({elsewhere, other, second, first}), (list{"bob", "bob-3", "Bob-3-3", "bob"}));
}

TEST(distinct_names, are_first_those_that_the_rows_have_here_already) {
  const std::vector<named_row> rows{{2, 0, "bob"}, {3, 0, "bob", "bob"}, {4, 0, ""}};
  EXPECT_EQ(transfer::distinct_names(rows, transfer::dashed), (std::vector<std::string>{"bob-2", "bob", ""}));
}

/// As upstream's schema allows: names that differ by ids only.
const std::string namesakes = R"({
 "users":[{"id":1,"username":"root","name":"root"},{"id":2,"username":"bob","name":"Miller"},
          {"id":3,"username":"bob","name":"Smith"}],
 "services":[{"id":1,"name":"service"},{"id":2,"name":"service"}],
 "process":[{"id":2,"logos_key":"lg-miller","name":"miller","user_id":2},
            {"id":3,"logos_key":"lg-smith","name":"smith","user_id":3},
            {"id":4,"logos_key":"lg-s1","name":"service","service_id":1},
            {"id":5,"logos_key":"lg-s2","name":"service","service_id":2}]})";

class upstream_names : public import_suite {
protected:
  std::string owner_of(std::string_view key) {
    const auto all = take(store_->load_catalog());
    for (const auto& p : all.processes)
      if (p.hash == secret().hash(key)) {
        for (const auto& u : all.users)
          if (u.id == p.user_id) return u.username;
        for (const auto& s : all.services)
          if (s.id == p.service_id) return s.name;
      }
    return {};
  }
};
LOGOS_ON_BOTH(upstream_names);

TEST_P(upstream_names, two_people_and_two_services_of_one_name_stay_two) {
  for (const bool again : {false, true}) {
    const auto done = bring(namesakes);
    EXPECT_EQ(made(done) == 0, again);
    EXPECT_TRUE(done.warnings.empty());
    const auto all = take(store_->load_catalog());
    ASSERT_EQ(all.users.size(), 3U);
    EXPECT_EQ(all.users[2].name, "Smith");
    EXPECT_EQ(all.services.size(), 2U);
    EXPECT_EQ(owner_of("lg-miller"), "bob");
    EXPECT_EQ(owner_of("lg-smith"), "bob-3");
    EXPECT_EQ(owner_of("lg-s1"), "service");
    EXPECT_EQ(owner_of("lg-s2"), "service-2");
    EXPECT_TRUE(told(done.notes, again ? R"(table users, row 3: the user "bob" is called "bob-3" here already)"
                                       : R"(table users, row 3: another user has the name "bob", too)"));
    EXPECT_TRUE(told(done.notes, R"(table services, row 2: )"));
  }
}

TEST_P(upstream_names, who_alone_is_left_of_two_is_not_taken_for_the_other) {
  bring(namesakes);
  const auto later = bring(R"({"users":[{"id":3,"username":"bob","name":"Smith"}],
    "process":[{"id":3,"logos_key":"lg-smith","name":"smith","user_id":3},
               {"id":9,"logos_key":"lg-smith-2","name":"smith2","user_id":3}]})");
  EXPECT_EQ(made(later), 1U) << "the key";
  EXPECT_EQ(owner_of("lg-smith-2"), "bob-3");
}

TEST_P(upstream_names, a_key_that_is_anothers_here_is_told) {
  storage::user bob;
  bob.username = "bob";
  storage::process both; // as an earlier version has merged them
  both.user_id = take(store_->create(bob)).id;
  for (const auto* key : {"lg-miller", "lg-smith"}) {
    both.name = key;
    both.hash = secret().hash(key);
    take(store_->create(both));
  }
  const auto done = bring(namesakes);
  ASSERT_EQ(done.warnings.size(), 1U);
  EXPECT_TRUE(
      done.warnings[0].starts_with(R"(table process, row 2: the process 2 has this key already, and belongs to )"
                                   R"(the user "bob", by the file to the user "bob-3".)"))
      << done.warnings[0];
  EXPECT_EQ(owner_of("lg-smith"), "bob") << "what is there stays as it is";
}

TEST_P(upstream_names, two_roots_stay_two_and_nobody_else_becomes_root) {
  const auto done = bring(R"({"users":[{"id":1,"username":"ROOT","name":"Bob"},{"id":2,"username":"boss","name":"root"},
    {"id":3,"username":"root","name":"root"}]})");
  const auto all = take(store_->load_catalog());
  ASSERT_EQ(all.users.size(), 3U);
  EXPECT_EQ(all.users[0].username, "ROOT-1");
  EXPECT_EQ(storage::role_of(all.users[0]), core::role::user);
  EXPECT_EQ(all.users[1].username, "root");
  EXPECT_EQ(all.users[2].username, "root-3");
  EXPECT_EQ(storage::role_of(all.users[2]), core::role::root) << "as upstream has it";
  EXPECT_TRUE(told(done.notes, R"(table users, row 1: the name "ROOT" is the gateway's own)"));
}

TEST_P(upstream_names, that_differ_only_in_case_are_told_apart_by_ids) {
  const std::string file = R"({"process":[{"id":1,"logos_key":"k","name":"a"},{"id":2,"logos_key":"l","name":"b"}],
    "profiles":[{"id":1,"name":"main","process_id":1},{"id":2,"name":"MAIN","process_id":1},
                {"id":3,"name":"main","process_id":2}],
    "providers":[{"id":1,"name":"gpu","base_url":"http://127.0.0.1:1"},{"id":2,"name":"GPU","base_url":"http://127.0.0.1:2"}],
    "policies":[{"id":1,"entity_id":1,"name":"Cheap"},{"id":2,"entity_id":1,"name":"cheap"},
                {"id":3,"entity_id":1,"name":"Cheap"},{"id":4,"entity_id":2,"name":"cheap"}]})";
  const auto done = bring(file);
  std::vector<std::string> names;
  const auto all = take(store_->load_catalog());
  for (const auto& p : all.policies)
    names.push_back(p.name);
  EXPECT_EQ(names, (std::vector<std::string>{"Cheap", "cheap (2)", "Cheap (3)", "cheap"}));
  ASSERT_EQ(all.profiles.size(), 3U);
  EXPECT_EQ(all.profiles[1].name, "MAIN (2)");
  EXPECT_EQ(all.profiles[2].name, "main");
  ASSERT_EQ(all.providers.size(), 2U);
  EXPECT_EQ(all.providers[1].name, "GPU-2");
  for (const auto* row :
       {"table policies, row 2: ", "table policies, row 3: ", "table profiles, row 2: ", "table providers, row 2: "})
    EXPECT_TRUE(told(done.notes, row)) << row;
  EXPECT_EQ(done.notes.size(), 4U);
  EXPECT_EQ(made(bring(file)), 0U);
}

TEST_P(upstream_names, an_own_export_with_one_name_or_key_twice_is_refused) {
  const std::string head = R"({"format":"logos-export","version":1,)";
  EXPECT_EQ(trouble(head + R"("users":[{"id":1,"username":"ann"},{"id":2,"username":"ann"}]})"),
            "table users, row 2, field username: it would be one with table users, row 1, which has the same.");
  const auto process = [](int id) {
    return R"({"id":)" + std::to_string(id) + R"(,"name":"app","logos_key":")" + std::string(64, 'a') + "\"}";
  };
  EXPECT_TRUE(trouble(head + R"("process":[)" + process(1) + "," + process(2) + "]}")
                  .starts_with("table process, row 2, field logos_key: "));
}

} // namespace
} // namespace logos::test
