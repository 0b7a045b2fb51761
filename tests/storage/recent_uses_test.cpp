// SPDX-License-Identifier: MIT
// What a LEDGER reads for limits that are new to it.
#include "tests/storage/store_fixture.hpp"

namespace logos::test {
namespace {

using namespace storage;

class recent_uses : public store_suite {};

TEST_P(recent_uses, are_also_what_came_before_and_has_ended_since) {
  process app;
  app.name = "app";
  app.hash = secret().hash(app.name);
  app = take(store_->create(app));
  auto late = sample_row(1), cut = sample_row(2);
  late.ids.process_id = cut.ids.process_id = app.id;
  late.timestamp_response = late.timestamp_request + std::chrono::minutes{5};
  cut.timestamp_response = {};
  const std::vector rows{late, cut};
  EXPECT_EQ(take(store_->write_batch(rows, {}, {})).written, 2u);
  const auto since = [&](std::chrono::minutes after, bool also_late = true) {
    const std::vector asked{past_query{core::scope::process, app.id, late.timestamp_request + after, false, also_late}};
    return take(store_->read_past(asked, {})).answers.at(0).uses;
  };
  ASSERT_EQ(since(std::chrono::minutes{0}).size(), 2u);
  EXPECT_EQ(since(std::chrono::minutes{0})[1].ended, core::wall_time{});
  const auto uses = since(std::chrono::minutes{4});
  ASSERT_EQ(uses.size(), 1u);
  EXPECT_EQ(uses[0].at, late.timestamp_request);
  EXPECT_EQ(uses[0].ended, late.timestamp_response);
  EXPECT_EQ(uses[0].tokens, late.usage.total_tokens);
  EXPECT_EQ(uses[0].prompt_tokens, late.usage.prompt_tokens);
  EXPECT_TRUE(since(std::chrono::minutes{4}, false).empty()) << "only what came since";
  EXPECT_TRUE(since(std::chrono::minutes{6}).empty());
}

LOGOS_ON_BOTH(recent_uses);

} // namespace
} // namespace logos::test
