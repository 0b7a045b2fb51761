// SPDX-License-Identifier: MIT
#include "tests/storage/sums_fixture.hpp"

/// Whatever index a list goes along, and however it gets there, it shows what a look at every request finds.
namespace logos::test {
namespace {

class lists : public sums {
protected:
  /// Ids from 0 (not asked for) to one that nothing has.
  request_filter some_filter() {
    request_filter f;
    if (upto(3) == 0) f.process_id = upto(5) == 0 ? 999 : process_ids_[std::size_t(upto(4))];
    if (upto(2) == 0) f.profile_id = upto(3);
    if (upto(2) == 0) f.provider_id = upto(3);
    if (upto(3) == 0) f.model_id = upto(4);
    if (upto(2) == 0) f.of.user_id = users_[std::size_t(upto(1))];
    if (upto(3) == 0) f.result = static_cast<core::result_status>(upto(4));
    if (upto(4) == 0) f.service_id = services_[std::size_t(upto(1))];
    if (upto(2) == 0) f.least_status = f.most_status = std::array{200, 404, 429, 502, 301}[std::size_t(upto(4))];
    if (f.most_status == 0 && upto(2) == 0) {
      f.least_status = static_cast<std::int32_t>(100 * (1 + upto(4)));
      f.most_status = f.least_status + 99;
    }
    if (upto(4) == 0) f.usage_source = static_cast<core::usage_source>(upto(3));
    if (upto(5) == 0) f.dataset = "evaluation";
    if (upto(3) == 0) f.from = some_time();
    if (upto(3) == 0) f.to = some_time();
    return f;
  }
  static bool covers(const request_filter& f, const finished& row) {
    const auto fits = [](std::int64_t wanted, std::int64_t present) { return wanted == 0 || wanted == present; };
    return fits(f.process_id, row.ids.process_id) && fits(f.profile_id, row.ids.profile_id) &&
           fits(f.provider_id, row.ids.provider_id) && fits(f.model_id, row.ids.model_id) &&
           fits(f.of.user_id, row.owner.user_id) && (!f.result || *f.result == row.result) &&
           fits(f.service_id, row.owner.service_id) && (!f.usage_source || *f.usage_source == row.usage_source) &&
           (f.most_status == 0 || (row.http_status >= f.least_status && row.http_status <= f.most_status)) &&
           (f.dataset.empty() || f.dataset == row.dataset) && (!f.from || row.timestamp_request >= *f.from) &&
           (!f.to || row.timestamp_request < *f.to);
  }
  std::vector<std::string> looked_for(const request_filter& f) const {
    std::vector<std::pair<wall_time, std::string>> all;
    for (const auto& row : books_)
      if (covers(f, row)) all.emplace_back(row.timestamp_request, row.request_id.str());
    std::sort(all.rbegin(), all.rend());
    std::vector<std::string> ids;
    for (auto& [time, id] : all)
      ids.push_back(std::move(id));
    return ids;
  }
  std::vector<std::string> listed(const request_filter& f, int page_size) {
    std::vector<std::string> ids;
    std::string cursor;
    do {
      const auto page = take(store_->list_requests(f, cursor, page_size));
      for (const auto& row : page.rows)
        ids.push_back(row.request_id_text);
      cursor = page.next;
    } while (!cursor.empty());
    return ids;
  }
};

TEST_P(lists, show_page_by_page_what_a_look_at_every_request_finds) {
  for (int round = 0; round < 4; ++round) {
    std::vector<finished> rows;
    for (int i = 0; i < 80; ++i) {
      rows.push_back(some_row());
      if (i % 3 != 0) rows.back().timestamp_request = first_day + hours{upto(5)}; // many at the same moment
      rows.back().http_status = std::array{200, 200, 200, 204, 404, 429, 499, 500, 502, 504}[std::size_t(upto(9))];
      rows.back().usage_source = static_cast<core::usage_source>(upto(3));
      if (i % 7 == 0) rows.back().dataset = "evaluation";
    }
    books_.insert(books_.end(), rows.begin(), rows.end());
    ASSERT_EQ(take(store_->write_batch(rows, {}, {})).written, rows.size());
    if (round % 2 == 1) take(store_->merge_sums(100));
    if (round % 2 == 0) give_away();
    for (int i = 0; i < 40; ++i) {
      const auto filter = some_filter();
      EXPECT_EQ(listed(filter, static_cast<int>(1 + upto(20))), looked_for(filter))
          << "process " << filter.process_id << ", profile " << filter.profile_id << ", provider " << filter.provider_id
          << ", model " << filter.model_id << ", user " << filter.of.user_id << ", service " << filter.service_id
          << ", status " << filter.least_status << " to " << filter.most_status;
    }
  }
}

LOGOS_ON_BOTH(lists);

} // namespace
} // namespace logos::test
