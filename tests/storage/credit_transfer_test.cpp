// SPDX-License-Identifier: MIT
#include "tests/storage/transfer_fixture.hpp"

#include <initializer_list>

namespace logos::test {
namespace {

/// Credits that come from a file, to where others may have their ids.
class credit_transfer : public import_suite {
protected:
  static std::string file(const std::string& credits) {
    auto all = one_row({}, {});
    all.replace(all.find(R"(,"credits")"), std::string::npos, R"(,"credits":[)" + credits + "]}");
    return all;
  }
  static std::string row(std::int64_t id, core::nano amount, std::int64_t reverses = 0) {
    return R"({"id":)" + std::to_string(id) + R"(,"budget_id":1,"amount_nano":)" + std::to_string(amount) +
           R"(,"reason":"a","reverses":)" + (reverses == 0 ? "null" : std::to_string(reverses)) +
           R"(,"made_by":"root","made_at":"2026-05-04 12:00:00.000000+00"})";
  }
  /// Another key's budget has credits with these ids.
  void occupy(std::initializer_list<std::int64_t> ids) {
    storage::process other;
    other.name = "other";
    other.hash = secret().hash("other");
    const auto whose = take(store_->create(other)).id;
    const auto budget = take(store_->create(storage::budget{
                                 {}, core::scope::process, whose, core::budget_period::month, 1, "EUR", true}))
                            .id;
    for (const auto id : ids) {
      storage::credit c{{}, budget, id, "theirs", 0, "root", noon};
      c.id = id;
      ASSERT_EQ(take(store_->create(c)).id, id);
    }
  }
  void expect_that_the_export_is_taken() {
    const auto text = exported(true);
    EXPECT_EQ(made(bring(text)), 0U) << "where it was made";
    store_fixture_copy other{GetParam()};
    take(other.store().migrate());
    auto c = read(text);
    take(transfer::unload(other.store(), c, {}));
    EXPECT_EQ(transfer::write_own(take(other.store().load_catalog()), true, secret()), text);
  }

  static constexpr core::wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 5 / 4} +
                                        std::chrono::hours{12}};
};
LOGOS_ON_BOTH(credit_transfer);

TEST_P(credit_transfer, keeps_when_they_were_made_and_brings_them_once) {
  const auto text = file(R"(
    {"id":4,"budget_id":1,"amount_nano":5,"reason":"a","made_by":"root","made_at":"2026-05-04 12:00:00.000000+00"},
    {"id":6,"budget_id":1,"amount_nano":5,"reason":"a","made_by":"root","made_at":"2026-05-04 12:00:00.000001+00"},
    {"id":7,"budget_id":1,"amount_nano":-5,"reason":"b","reverses":6,"made_by":"ann","made_at":"2026-05-05 12:00:00.000000+00"})");
  occupy({4, 6, 7});
  const auto told = made(bring(text, true));
  EXPECT_EQ(told, made(bring(text))) << "a dry run says what happens";
  const auto there = take(store_->load_catalog()).credits;
  ASSERT_EQ(there.size(), 6U);
  EXPECT_EQ(there[2].reason, "theirs");
  EXPECT_GT(there[3].id, 7) << "the file's has another id here";
  EXPECT_EQ(there[5].reverses, there[4].id);
  EXPECT_EQ(core::to_iso8601(there[3].made_at), "2026-05-04T12:00:00.000000Z");
  EXPECT_EQ(there[5].made_by, "ann");
  EXPECT_EQ(made(bring(text)), 0U);
  expect_that_the_export_is_taken();
}

TEST_P(credit_transfer, takes_what_reverses_a_credit_with_a_larger_id) {
  occupy({5, 20});
  bring(file(row(5, 7) + "," + row(6, -7, 5) + "," + row(8, 7, 6)));
  const auto there = take(store_->load_catalog()).credits;
  ASSERT_EQ(there.size(), 5U);
  EXPECT_EQ(there[1].id, 6);
  EXPECT_GT(there[1].reverses, 20);
  EXPECT_EQ(there[1].reverses, there[4].id);
  EXPECT_EQ(there[2].reverses, 6);
  expect_that_the_export_is_taken();
}

TEST_P(credit_transfer, names_the_row_that_reverses_what_is_not_to_be_had) {
  const auto none = [](int row, int id) {
    return "table credits, row " + std::to_string(row) + ", field reverses: the file has no credit " +
           std::to_string(id) + ".";
  };
  EXPECT_EQ(trouble(file(row(4, -5, 6) + "," + row(6, 5) + "," + row(7, 5, 9))), none(3, 9));
  EXPECT_EQ(trouble(file(row(4, 5, 7) + "," + row(7, -5, 9))), none(2, 9)) << "not the one that waits for that";
  EXPECT_EQ(trouble(file(row(3, 5) + "," + row(4, -5, 6) + "," + row(6, 5, 4))), none(2, 6)) << "in a circle";
  EXPECT_EQ(trouble(file(row(4, 5, 4))), none(1, 4));
  EXPECT_TRUE(take(store_->load_catalog()).credits.empty());
  EXPECT_EQ(trouble(file(row(4, -5, 6) + "," + row(6, 5))), "");
}

} // namespace
} // namespace logos::test
