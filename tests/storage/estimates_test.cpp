// SPDX-License-Identifier: MIT
#include "tests/storage/sums_fixture.hpp"

#include <cstdlib>

/// How far estimates are off is summed as it is, whoever asks for what of it.
namespace logos::test {
namespace {

class estimates : public sums {
protected:
  void write_some(std::size_t count) {
    std::vector<finished> rows;
    for (std::size_t i = 0; i < count; ++i) {
      auto& row = rows.emplace_back(some_row());
      if (upto(3) != 0) continue;
      row.usage_source = core::usage_source::provider;
      row.estimated_prompt_tokens = 1 + upto(5000);
      row.estimated_completion_tokens = upto(900);
    }
    books_.insert(books_.end(), rows.begin(), rows.end());
    if (count > 2) rows.push_back(rows[1]); // again: it is there already
    ASSERT_EQ(take(store_->write_batch(rows, {}, {})).written, count);
  }
  /// Of whole days.
  estimate_sums plain(std::int64_t provider_id, std::int64_t model_id, wall_time from, wall_time to) const {
    estimate_sums all;
    for (const auto& row : books_) {
      if (row.estimated_prompt_tokens == 0 || row.timestamp_request < from || row.timestamp_request >= to) continue;
      if ((provider_id >= 0 && row.ids.provider_id != provider_id) || (model_id >= 0 && row.ids.model_id != model_id))
        continue;
      ++all.samples;
      all.estimated_prompt += row.estimated_prompt_tokens;
      all.counted_prompt += row.usage.prompt_tokens;
      all.prompt_apart += std::abs(row.estimated_prompt_tokens - row.usage.prompt_tokens);
      all.estimated_completion += row.estimated_completion_tokens;
      all.counted_completion += row.usage.completion_tokens;
      all.completion_apart += std::abs(row.estimated_completion_tokens - row.usage.completion_tokens);
    }
    return all;
  }
  static std::array<std::int64_t, 7> told(const estimate_sums& e) {
    return {e.samples,         e.estimated_prompt,     e.counted_prompt,
            e.prompt_apart,    e.estimated_completion, e.counted_completion,
            e.completion_apart};
  }
};

TEST_P(estimates, of_each_model_and_provider_are_those_of_their_compared_requests) {
  const auto from = first_day + days{3}, to = first_day + days{30};
  for (int round = 0; round < 4; ++round) {
    write_some(60);
    if (round % 2 == 1) merge_all();
    const auto by_both = take(store_->usage(std::vector{usage_group::model, usage_group::provider}, from, to));
    ASSERT_GT(by_both.size(), 3U);
    for (const auto& row : by_both)
      EXPECT_EQ(told(row.estimates),
                told(plain(std::atoll(row.keys[1].c_str()), std::atoll(row.keys[0].c_str()), from, to)));
    usage_filter one;
    one.provider_id = 1;
    for (const auto& row : take(store_->usage(std::vector{usage_group::process}, from, to, one)))
      EXPECT_EQ(told(row.estimates), told(plain(1, -1, from, to))) << "whoever asks";
    EXPECT_EQ(told(take(store_->usage({}, from, to)).at(0).estimates), told(plain(-1, -1, from, to)));
  }
  EXPECT_GT(plain(-1, -1, from, to).samples, 20);
}

TEST_P(estimates, stand_beside_what_is_not_counted_only) {
  write_some(120);
  std::size_t with = 0;
  for (const auto& row : take(store_->usage(std::vector{usage_group::usage_source}, {}, wall_time::max()))) {
    const bool counted = row.keys[0] == "provider" || row.keys[0] == "none";
    EXPECT_EQ(row.estimates.samples, counted ? 0 : plain(-1, -1, {}, wall_time::max()).samples) << row.keys[0];
    with += counted ? 0 : 1;
  }
  EXPECT_EQ(with, 2U) << "estimated and partial";
}

TEST_P(estimates, of_a_request_stand_in_its_row_and_are_none_where_it_was_not_compared) {
  auto compared = sample_row(1), other = sample_row(2);
  compared.estimated_prompt_tokens = 12;
  ASSERT_EQ(take(store_->write_batch(std::vector{compared, other}, {}, {})).written, 2U);
  EXPECT_EQ(take(store_->find_request(compared.request_id.str())).estimated_prompt_tokens, 12);
  EXPECT_EQ(query("select count(*) from log_entry where estimated_prompt_tokens is null"), "1");
  const auto all = take(store_->usage({}, {}, wall_time::max())).at(0).estimates;
  EXPECT_EQ(told(all), (std::array<std::int64_t, 7>{1, 12, 10, 2, 0, 5, 5}));
}

LOGOS_ON_BOTH(estimates);

} // namespace
} // namespace logos::test
