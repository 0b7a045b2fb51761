// SPDX-License-Identifier: MIT
#include "storage/journal/codec.hpp"
#include "storage/journal/tail.hpp"
#include "storage/records.hpp"
#include "tests/storage/journal_folder.hpp"

namespace logos::test {
namespace {

using namespace storage;

TEST(codec, keeps_whose_something_is_that_a_provider_stores) {
  finished row;
  row.stored_object = core::uuid::from_halves(3, 4);
  row.owner = {5, 6};
  std::string bytes(encoded_size(row), 'x');
  encode(row, bytes.data(), 5);
  EXPECT_EQ(decode_finished(*read_frame(bytes, 5))->stored_object, row.stored_object);
  begun attempt;
  attempt.stored_object = row.stored_object;
  attempt.owner = row.owner;
  bytes.assign(encoded_size(attempt), 'x');
  encode(attempt, bytes.data(), 5);
  const auto back = decode_begun(*read_frame(bytes, 5));
  ASSERT_TRUE(back);
  EXPECT_EQ(settle_as_partial(*back).stored_object, row.stored_object);
  EXPECT_EQ(settle_as_partial(*back).owner.user_id, 5);
}

/// Only words that are not zero are written, so a record from before there was such a member reads as one without.
TEST(codec, of_older_records_tells_of_nothing_stored) {
  finished with, without;
  with.stored_object = core::uuid::from_halves(3, 4);
  EXPECT_EQ(encoded_size(with), encoded_size(without) + 16);
  std::string bytes(encoded_size(without), 'x');
  encode(without, bytes.data(), 5);
  EXPECT_TRUE(decode_finished(*read_frame(bytes, 5))->stored_object.nil());
}

class journal_objects : public journal_folder {};

/// A stream may go on for long, and other nodes are asked for what it has made.
TEST_F(journal_objects, are_read_from_marks_before_their_rows) {
  auto journal = open("one");
  auto& writer = **journal->new_writer();
  begun attempt;
  attempt.request_id = core::uuid::from_halves(1, 2);
  attempt.ids.process_id = 7;
  attempt.owner = {5, 6};
  writer.append(attempt);
  journal_tail tail{*journal, {}};
  EXPECT_TRUE(tail.next(10).empty());
  attempt.marked = true;
  attempt.stored_object = core::uuid::from_halves(3, 4);
  for (int i = 0; i < 2; ++i) {
    attempt.marked_at += std::chrono::milliseconds{100};
    EXPECT_TRUE(writer.note(attempt));
  }
  const auto batch = tail.next(10);
  ASSERT_EQ(batch.objects.size(), 1U) << "once";
  EXPECT_TRUE(batch.rows.empty());
  EXPECT_EQ(batch.objects[0].what.object, attempt.stored_object);
  EXPECT_EQ(batch.objects[0].what.owner, (object_owner{7, 5, 6}));
  tail.done(batch);
  EXPECT_TRUE(tail.next(10).empty());
}

} // namespace
} // namespace logos::test
