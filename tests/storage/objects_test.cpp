// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <map>

namespace logos::test {
namespace {

using namespace storage;

/// Whose something is that a provider keeps.
class stored_objects : public store_suite {
protected:
  static core::uuid object(std::uint64_t n) { return core::uuid::from_halves(n * 0x9E3779B97F4A7C15, n); }
  static finished row_of(std::uint64_t n, const core::uuid& object, std::int64_t process) {
    auto row = sample_row(n);
    row.stored_object = object;
    row.ids.process_id = process;
    row.owner = {process * 10, process * 100};
    return row;
  }
  std::map<core::uuid, object_owner> find(std::vector<core::uuid> of) {
    std::map<core::uuid, object_owner> out;
    for (const auto& each : take(store_->find_objects(of)))
      EXPECT_TRUE(out.emplace(each.object, each.owner).second);
    return out;
  }
};

TEST_P(stored_objects, are_known_once_their_rows_are_there) {
  EXPECT_TRUE(find({object(1)}).empty());
  std::vector<finished> rows;
  for (std::uint64_t n = 1; n <= 40; ++n) // more than go in with one statement
    rows.push_back(row_of(n, n % 5 == 0 ? core::uuid{} : object(n), static_cast<std::int64_t>(n)));
  EXPECT_EQ(take(store_->write_batch(rows, {}, {})).written, 40U);
  EXPECT_EQ(query("select count(*) from stored_objects"), "32") << "most rows tell of none";
  const auto found = find({object(1), object(5), object(7), object(99)});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.at(object(7)), (object_owner{7, 70, 700}));
  EXPECT_TRUE(find({}).empty());
}

TEST_P(stored_objects, stay_whose_they_were_first) {
  take(store_->write_batch(std::vector{row_of(1, object(1), 2)}, {}, {}));
  take(store_->write_batch(std::vector{row_of(2, object(1), 3), row_of(3, object(2), 3), row_of(4, object(2), 4)}, {},
                           {}));
  const auto found = find({object(1), object(2)});
  EXPECT_EQ(found.at(object(1)).process_id, 2);
  EXPECT_EQ(found.at(object(2)).process_id, 3);
}

TEST_P(stored_objects, are_kept_where_rows_are_written_again_or_one_by_one) {
  const auto row = row_of(1, object(1), 2);
  take(store_->write_batch(std::vector{row}, {}, {}));
  const auto again = take(store_->write_batch(std::vector{row, row_of(2, object(2), 2)}, {}, {}));
  EXPECT_EQ(again.known, 1U);
  EXPECT_EQ(find({object(1), object(2)}).size(), 2U);
}

TEST_P(stored_objects, may_be_told_before_their_rows) {
  const auto row = row_of(1, object(1), 2);
  EXPECT_TRUE(store_->write_objects({}));
  for (int i = 0; i < 2; ++i) // the journal is read again after a death
    EXPECT_TRUE(store_->write_objects(std::vector{newly_stored{{object(1), {2, 20, 200}}, row.timestamp_request}}));
  EXPECT_EQ(find({object(1)}).at(object(1)), (object_owner{2, 20, 200}));
  take(store_->write_batch(std::vector{row}, {}, {}));
  EXPECT_EQ(query("select count(*) from stored_objects"), "1");
}

TEST_P(stored_objects, are_kept_as_long_as_rows_are) {
  std::vector<finished> rows;
  for (std::uint64_t n = 1; n <= 5; ++n)
    rows.push_back(row_of(n, object(n), 2));
  take(store_->write_batch(rows, {}, {}));
  EXPECT_EQ(take(store_->remove_past({}, 100)).objects, 0U);
  const auto first = take(store_->remove_past({.rows = rows[3].timestamp_request}, 2));
  EXPECT_EQ(first.objects, 2U);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(take(store_->remove_past({.rows = rows[3].timestamp_request}, 2)).objects, 1U);
  EXPECT_EQ(find({object(3), object(4), object(5)}).size(), 2U);
}

LOGOS_ON_BOTH(stored_objects);

} // namespace
} // namespace logos::test
