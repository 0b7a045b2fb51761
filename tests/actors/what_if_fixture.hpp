// SPDX-License-Identifier: MIT
#pragma once
#include "tests/actors/administration_fixture.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace logos::tests {

/// Two models whose prices, weights and privacy differ, a key that may use both, and a policy.
class what_if_test : public administration_fixture {
protected:
  what_if_test() {
    make("providers", R"({"name":"here","base_url":"http://127.0.0.1:9000/v1","privacy":"LOCAL","models":["small"]})");
    make("providers", R"({"name":"there","base_url":"http://127.0.0.1:9001/v1",)"
                      R"("privacy":"CLOUD_IN_EU_BY_EU_PROVIDER","models":["large"]})");
    small_ = model("small", R"({"quality":-20,"accuracy":0})");
    large_ = model("large", R"({"quality":30,"accuracy":10})");
    make(
        "prices",
        R"({"model":"small","token_type":"prompt_tokens","valid_from":"2025-01-01T00:00:00Z","price_per_k_token":"1","currency":"EUR"})");
    make(
        "prices",
        R"({"model":"large","token_type":"prompt_tokens","valid_from":"2025-01-01T00:00:00Z","price_per_k_token":"5","currency":"EUR"})");
    const auto app = make("processes", R"({"name":"app"})");
    key_ = app.number("id");
    make("permissions", R"({"profile_id":)" + std::to_string(app.number("profile_id")) + R"(,"model":"*"})");
    policy_ =
        make(
            "policies",
            R"({"name":"plain","threshold_privacy":"CLOUD_NOT_IN_EU_BY_US_PROVIDER","threshold_quality":-1024,"threshold_accuracy":-1024})")
            .number("id");
  }
  std::int64_t model(const std::string& name, std::string_view change) {
    const auto id = snapshot_->find_model(name)->id;
    EXPECT_EQ(call("PATCH", "/admin/v1/models/" + std::to_string(id), change).status, 200);
    return id;
  }
  std::int64_t deployment(std::int64_t model, std::string_view provider) {
    for (const auto* d : snapshot_->deployments_of(model))
      if (d->provider->name == provider) return d->id;
    ADD_FAILURE() << "no " << model << " at " << provider;
    return 0;
  }
  /// A decision for `small`, which the tags were for, though `large` was better by what a policy may want.
  void decide(std::uint64_t number, std::int64_t served, std::chrono::milliseconds first_token) {
    decide_as(told(), number, core::log_level::billing, served, first_token);
  }
  void decide_as(const std::string& statistics, std::uint64_t number, core::log_level log, std::int64_t served,
                 std::chrono::milliseconds first_token) {
    decide_at(statistics, number, deployment(served, served == small_ ? "here" : "there"), first_token,
              served == small_ ? 1'000'000'000 : 5'000'000'000, policy_, log);
  }
  /// A decision as the books have it: with whom it was served, and under which policy it is told.
  void decide_at(const std::string& statistics, std::uint64_t number, std::int64_t deployment,
                 std::chrono::milliseconds first_token, core::nano cost, std::int64_t policy,
                 core::log_level log = core::log_level::billing) {
    storage::finished row;
    row.timestamp_request = clock().wall() - std::chrono::hours{1} + std::chrono::seconds{number};
    row.request_id = core::uuid_source{number}.next(row.timestamp_request);
    row.time_at_first_token = row.timestamp_request + first_token;
    row.timestamp_response = row.time_at_first_token;
    row.ids.process_id = key_;
    if (const auto* d = snapshot_->find_deployment(deployment)) {
      row.ids.deployment_id = d->id;
      row.ids.provider_id = d->provider->id;
      row.ids.model_id = d->model->id;
    }
    row.ids.policy_id = policy;
    row.usage.prompt_tokens = row.usage.total_tokens = 1000;
    row.cost_nano = cost;
    row.path = "/v1/chat/completions";
    row.classification_statistics = statistics;
    row.features = R"({"tokens":12,"difficulty":0.5})";
    row.log = log;
    ASSERT_TRUE(store().write_batch({&row, 1}, {}, {}));
  }
  /// What is told of a decision between these models, by what the tags gave each, that obeyed this.
  static std::string told_of(std::initializer_list<std::pair<std::int64_t, double>> models, const std::string& obeyed) {
    std::string candidates;
    for (const auto& [id, tags] : models)
      candidates += std::string{candidates.empty() ? "" : ","} + R"({"model_id":)" + std::to_string(id) +
                    R"(,"contributions":{"tags":)" + std::to_string(tags) + "}}";
    return R"({"candidates":[)" + candidates + R"(],"balance":{"policy":3.4,"tags":1.9},"obeyed":{)" + obeyed + "}}";
  }
  std::string told_of(double small, double large, const std::string& obeyed) const {
    return small > large ? told_of({{small_, small}, {large_, large}}, obeyed)
                         : told_of({{large_, large}, {small_, small}}, obeyed);
  }
  std::string told() const {
    return R"({"candidate_count":2,"candidates":[{"model_id":)" + std::to_string(small_) +
           R"(,"model":"small","provider":"here","score":8,"contributions":{"policy":5.1,"tags":3.2,"learned":-0.3}},)"
           R"({"model_id":)" +
           std::to_string(large_) +
           R"(,"model":"large","provider":"there","score":7.772,"contributions":{"policy":7.172,"learned":0.6}}],)"
           R"("balance":{"policy":3.4,"tags":1.9,"learned":3},"time_us":30})";
  }
  reply ask(const std::string& change, const std::string& more = {}) {
    return call("POST", "/admin/v1/what-if", R"({"policy":"plain","change":)" + change + more + "}");
  }

  std::int64_t small_ = 0, large_ = 0, key_ = 0, policy_ = 0;
};

} // namespace logos::tests
