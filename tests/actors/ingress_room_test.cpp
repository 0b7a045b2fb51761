// SPDX-License-Identifier: MIT
// A journal without room.
#include "tests/actors/ingress_fixture.hpp"

#include <gtest/gtest.h>

#include <map>

namespace logos::ingress {
namespace {

class ingress_room : public ingress_test {
protected:
  static constexpr std::size_t segment_bytes = std::size_t{64} << 10;
  ingress_room() : ingress_test{{{}, "run-1", segment_bytes, 3 * segment_bytes}} {}

  /// A request that has got its place; whether it was begun at its provider is for the test to see.
  boost::intrusive_ptr<fake_exchange> send() {
    auto x = bring(tests::root_key, to_gemma);
    offer_for(1, ++permits_);
    return x;
  }
  void finish(const boost::intrusive_ptr<fake_exchange>& x) {
    const auto call = x->relayed.at(0).observer;
    call->ending(whole_answer());
    call->ended(whole_answer());
    x->relayed.clear();
    run();
  }
  /// Sends and ends requests until one is refused; returns that one.
  boost::intrusive_ptr<fake_exchange> use_up() {
    for (int n = 0; n < 10'000; ++n) {
      const auto x = send();
      if (x->relayed.empty()) return x;
      served_.push_back(x->id());
      finish(x);
    }
    throw std::runtime_error{"there was always room"};
  }
  /// As STORAGE does: everything goes to the database, and segments are made ready. Rows by their statuses.
  std::map<core::uuid, int> write_all() {
    std::map<core::uuid, int> rows;
    for (auto batch = tail_.next(1000); !batch.empty(); batch = tail_.next(1000)) {
      for (const auto& row : batch.rows)
        rows[row.request_id] = row.http_status;
      tail_.done(batch);
    }
    journal_->prepare();
    return rows;
  }

  std::vector<core::uuid> served_;
  storage::journal_tail tail_{*journal_, {}};

private:
  std::uint64_t permits_ = 0;
};

TEST_F(ingress_room, a_request_that_cannot_be_booked_is_refused_before_anything_goes_upstream) {
  const auto x = use_up();
  EXPECT_GT(served_.size(), 50U);
  EXPECT_EQ(x->status(), 503);
  EXPECT_NE(x->body().find("journal has no room"), std::string::npos) << x->body();
  EXPECT_NE(x->body().find("disk of data_dir"), std::string::npos) << x->body();
  ASSERT_FALSE(logs_[1].releases.empty());
  EXPECT_EQ(logs_[1].releases.back().permit, served_.size() + 1) << "its place is free again";
  EXPECT_EQ(journal_->figures().turned_away, 1U);
  EXPECT_EQ(journal_->figures().refused, 0U) << "nothing that was done is lost";
  const auto rows = write_all();
  for (const auto& id : served_)
    EXPECT_EQ(rows.contains(id) ? rows.at(id) : 0, 200);
}

TEST_F(ingress_room, a_refusal_for_another_reason_that_finds_no_room_is_a_row_lost) {
  use_up();
  for (int rows = 0; rows < 1000 && journal_->figures().refused == 0; ++rows) // the last corner of it
    EXPECT_EQ(bring(tests::root_key, R"({"model":"nothing"})")->status(), 404);
  EXPECT_EQ(journal_->figures().turned_away, 1U);
  EXPECT_EQ(journal_->figures().refused, 1U);
}

TEST_F(ingress_room, what_runs_has_its_room_whoever_comes_after_it) {
  std::vector<boost::intrusive_ptr<fake_exchange>> running;
  for (int n = 0; n < 10; ++n)
    running.push_back(send());
  use_up();
  for (const auto& x : running)
    finish(x);
  const auto rows = write_all();
  for (const auto& x : running)
    EXPECT_EQ(rows.contains(x->id()) ? rows.at(x->id()) : 0, 200);
  EXPECT_EQ(journal_->figures().shortened, 0U);
}

TEST_F(ingress_room, service_comes_back_by_itself_with_the_room) {
  use_up();
  EXPECT_TRUE(send()->relayed.empty());
  write_all();
  const auto x = send();
  ASSERT_EQ(x->relayed.size(), 1U);
  finish(x);
  EXPECT_EQ(write_all().at(x->id()), 200);
}

} // namespace
} // namespace logos::ingress
