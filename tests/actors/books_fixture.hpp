// SPDX-License-Identifier: MIT
#pragma once
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {

/// ADMINISTRATION with requests on the books.
class books_fixture : public administration_fixture {
protected:
  /// On the books: the `n`th request, of the given process.
  storage::finished book(std::uint64_t n, std::int64_t process, std::int64_t tokens = 1000, std::int64_t user = 0) {
    storage::finished row;
    row.timestamp_request = clock().wall() + std::chrono::seconds{n};
    row.request_id = core::uuid_source{n}.next(row.timestamp_request);
    row.ids.process_id = process;
    row.owner.user_id = user;
    row.ids.model_id = model_;
    row.ids.provider_id = provider_;
    row.usage.prompt_tokens = tokens;
    row.usage.total_tokens = tokens;
    row.usage_source = core::usage_source::provider;
    row.http_status = status_;
    row.path = "/v1/chat/completions";
    EXPECT_TRUE(store().write_batch({&row, 1}, {}, {}));
    return row;
  }
  void make_priced_gemma() {
    make_gemma();
    model_ = store().list<storage::model>(0, 1)->at(0).id;
    provider_ = store().list<storage::provider>(0, 1)->at(0).id;
  }
  void price(std::string_view amount) {
    make("prices", R"({"model":"gemma","token_type":"prompt_tokens","valid_from":"2025-01-01T00:00:00Z",)"
                   R"("price_per_k_token":")" +
                       std::string{amount} + R"(","currency":"EUR"})");
  }
  std::int64_t cost(const storage::finished& row) { return store().find_request(row.request_id.str())->cost_nano; }

  std::int64_t model_ = 0;
  std::int64_t provider_ = 0;
  std::int32_t status_ = 200;
};

} // namespace logos::tests
