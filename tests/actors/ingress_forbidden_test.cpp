// SPDX-License-Identifier: MIT
// Requests of which an administrator forbids a part of the candidates while they wait.
#include "tests/actors/ingress_cascade_fixture.hpp"

namespace logos::ingress {
namespace {

using core::privacy_level;

constexpr auto far_away = privacy_level::cloud_not_in_eu_by_us_provider;

/// Of gemma's providers the first is a cloud; the policy is about that.
class ingress_forbidden : public ingress_cascade {
protected:
  std::shared_ptr<catalog::snapshot> town(privacy_level permitted, privacy_level second = privacy_level::local) {
    auto s = permitting(permitted, ++version_);
    s->providers[0].privacy = far_away;
    s->providers[1].privacy = second;
    return s;
  }
  boost::intrusive_ptr<fake_exchange> ask_gemma() {
    return bring(tests::root_key, to_gemma, "/v1/chat/completions", {{"policy", "local-only"}});
  }
};

TEST_F(ingress_forbidden, whoever_is_offered_a_place_by_one_of_these_goes_to_another) {
  adopt(town(far_away));
  const auto x = ask_gemma();
  ASSERT_EQ(logs_[2].tickets.size(), 1U);
  adopt(town(privacy_level::local));
  offer_for(1);
  EXPECT_EQ(x->status(), 0);
  EXPECT_TRUE(x->relayed.empty());
  ASSERT_EQ(logs_[1].withdrawals.size() + logs_[1].releases.size(), 1U) << "the place is free again";
  EXPECT_EQ(logs_[2].tickets.back().request, x->id());
  offer_for(2, 8);
  ASSERT_EQ(x->relayed.size(), 1U);
  finish(x->relayed[0]);
  ASSERT_EQ(rows().size(), 1U);
  EXPECT_EQ(rows()[0].ids.provider_id, 2);
}

TEST_F(ingress_forbidden, whoever_has_none_left_hears_so_at_once) {
  adopt(town(far_away, far_away));
  const auto x = ask_gemma();
  adopt(town(privacy_level::local, far_away));
  offer_for(1);
  EXPECT_EQ(x->status(), 403);
  EXPECT_EQ(logs_[2].withdrawals.size(), 1U);
  EXPECT_EQ(logs_[2].tickets.size(), 1U) << "it is not asked again";
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(ingress_forbidden, a_cascade_goes_on_to_the_step_that_is_left) {
  const auto clouds = [&](privacy_level permitted) {
    auto s = catalog();
    s->providers[0].privacy = s->providers[1].privacy = far_away;
    s->providers[2].privacy = privacy_level::local;
    s->policies.back().threshold_privacy = permitted;
    return s;
  };
  adopt(clouds(far_away));
  const auto x = ask();
  ASSERT_EQ(logs_[1].tickets.size(), 1U);
  adopt(clouds(privacy_level::local));
  offer_for(1);
  EXPECT_EQ(x->status(), 0);
  EXPECT_EQ(logs_[2].tickets.size(), 1U) << "the same model, as forbidden as the first";
  ASSERT_EQ(logs_[3].tickets.size(), 1U);
  offer_for(3, 8);
  EXPECT_EQ(x->relayed.size(), 1U);
}

TEST_F(ingress_forbidden, a_catalog_between_the_permit_and_the_first_byte_sends_it_to_another) {
  adopt(town(far_away));
  const auto x = ask_gemma();
  offer_and_adopt(1, town(privacy_level::local));
  EXPECT_EQ(x->status(), 0);
  EXPECT_TRUE(x->relayed.empty());
  EXPECT_EQ(logs_[1].releases.size(), 1U) << "the permit has ended";
  ASSERT_EQ(logs_[2].tickets.size(), 2U);
  offer_for(2, 8);
  EXPECT_EQ(x->relayed.size(), 1U);
}

} // namespace
} // namespace logos::ingress
