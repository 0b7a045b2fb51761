// SPDX-License-Identifier: MIT
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

/// Requests of the gateway's own that carry somebody else's words: what the EMBEDDER sends.
class ingress_origin_test : public ingress_test {
protected:
  boost::intrusive_ptr<fake_exchange> send_for(std::string_view origin, std::string_view model,
                                               std::int64_t process = 1) {
    const auto body = R"({"model":")" + std::string{model} + R"(","input":["a prompt"]})";
    auto x = make_exchange("POST", "/v1/embeddings",
                           {{"content-type", "application/json"}, {"x-logos-on-behalf", std::string{origin}}}, body);
    x->make_for(process);
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    brought_.push_back(x);
    return x;
  }
};

TEST_F(ingress_origin_test, they_go_nowhere_that_the_policy_of_who_wrote_them_forbids) {
  EXPECT_EQ(send_for("logos-v1__policy_privacy=LOCAL_cost=-1024", "gpt")->status(), 403);
  EXPECT_TRUE(logs_[3].tickets.empty());
  send_for("logos-v1__policy_privacy=LOCAL_cost=-1024", "gemma");
  EXPECT_EQ(logs_[1].tickets.size(), 1U);
  send_for("logos-v1__policy_privacy=CLOUD_NOT_IN_EU_BY_US_PROVIDER_cost=-1024", "gpt");
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
  EXPECT_EQ(send_for("logos-v1__policy_privacy=NOWHERE", "gemma")->status(), 400);
}

TEST_F(ingress_origin_test, they_are_refused_where_they_would_be_stored) {
  auto s = tests::small_catalog(2);
  s->principals[0].log = core::log_level::full;
  adopt(s);
  const auto x = send_for("logos-v1__policy_privacy=LOCAL_cost=-1024", "gemma");
  EXPECT_EQ(x->status(), 403);
  EXPECT_TRUE(logs_[1].tickets.empty());
}

TEST_F(ingress_origin_test, a_clients_header_of_that_name_says_nothing) {
  bring(tests::root_key, to_gpt, "/v1/chat/completions", {{"x-logos-on-behalf", "logos-v1__policy_privacy=LOCAL"}});
  EXPECT_EQ(logs_[3].tickets.size(), 1U);
}

} // namespace
} // namespace logos::ingress
