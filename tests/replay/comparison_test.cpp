// SPDX-License-Identifier: MIT
#include "replay/comparison.hpp"

#include <gtest/gtest.h>

namespace logos::replay {
namespace {

TEST(comparison, each_metric_has_its_difference) {
  const auto all = compare({{"total_requests", 4, "count"}, {"avg_ttft", 200, "ms"}, {"avg_tpot", {}, "ms/token"}},
                           {{"avg_ttft", 150, "ms"}, {"total_requests", 6, "count"}, {"p50_new", 1, "ms"}});
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[1].by(), -50);
  EXPECT_EQ(all[1].percent(), -25);
  EXPECT_FALSE(all[2].by());
  EXPECT_FALSE(all[3].a);
  EXPECT_EQ(comparison_csv(all), "metric,a,b,difference,difference_percent,unit\n"
                                 "total_requests,4,6,2,50.00,count\n"
                                 "avg_ttft,200.00,150.00,-50.00,-25.00,ms\n"
                                 "avg_tpot,N/A,N/A,N/A,N/A,ms/token\n"
                                 "p50_new,N/A,1.00,N/A,N/A,ms\n");
  const auto table = comparison_table("one", "two", all);
  EXPECT_NE(table.find("+50.00"), std::string::npos) << table;
  EXPECT_NE(table.find("-25.00"), std::string::npos) << table;
}

} // namespace
} // namespace logos::replay
