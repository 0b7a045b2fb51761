// SPDX-License-Identifier: MIT
#include "cluster/placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace logos::cluster {
namespace {

using names = std::vector<std::string>;

TEST(placement, the_order_of_the_live_nodes_does_not_matter) {
  names live{"node-a", "node-b", "node-c", "node-d"};
  for (std::int64_t id = 1; id <= 50; ++id) {
    const auto first = choose_owner({id, {}}, live);
    std::next_permutation(live.begin(), live.end());
    EXPECT_EQ(choose_owner({id, {}}, live), first);
  }
}

TEST(placement, a_node_that_goes_moves_only_what_it_had) {
  const names before{"node-a", "node-b", "node-c"};
  const names after{"node-a", "node-c"};
  for (std::int64_t id = 1; id <= 200; ++id) {
    const auto owner = choose_owner({id, {}}, before);
    if (owner != "node-b") {
      EXPECT_EQ(choose_owner({id, {}}, after), owner);
    }
  }
}

TEST(placement, every_node_gets_about_its_share) {
  const names live{"a", "b", "c", "d"};
  std::map<std::string, int> owned;
  for (std::int64_t id = 1; id <= 4000; ++id)
    ++owned[*choose_owner({id, {}}, live)];
  for (const auto& node : live)
    EXPECT_NEAR(owned[node], 1000, 150) << node;
}

TEST(placement, only_a_node_that_reaches_the_provider_owns_it) {
  const names live{"node-a", "node-b", "node-c"};
  for (std::int64_t id = 1; id <= 50; ++id)
    EXPECT_EQ(choose_owner({id, {"node-c", "node-x"}}, live), "node-c");
  EXPECT_EQ(choose_owner({1, {"node-x"}}, live), std::nullopt);
  EXPECT_EQ(choose_owner({1, {}}, names{}), std::nullopt);
}

TEST(placement, a_lease_names_its_provider) {
  EXPECT_EQ(lease_name(17), "scheduler/17");
  EXPECT_EQ(leased_provider(lease_name(17)), 17);
  EXPECT_EQ(leased_provider("scheduler/"), std::nullopt);
  EXPECT_EQ(leased_provider("scheduler/17x"), std::nullopt);
  EXPECT_EQ(leased_provider("ledger/17"), std::nullopt);
}

} // namespace
} // namespace logos::cluster
