// SPDX-License-Identifier: MIT
#include "config/reload.hpp"

#include <gtest/gtest.h>

namespace logos::config {
namespace {

using names = std::vector<std::string>;

TEST(reload, what_can_be_swapped_needs_no_restart) {
  settings fresh;
  fresh.limits.idle = std::chrono::seconds{1};
  fresh.providers.resize(1);
  fresh.policies.resize(1);
  fresh.prices.resize(1);
  fresh.rates_nano["USD"] = 1;
  fresh.passthrough = true;
  fresh.log.level = core::severity::debug;
  fresh.config_revision = 7;
  fresh.jobs.batches = false;
  fresh.classification.balance.price = 2;
  fresh.classification.examples.resize(1);
  fresh.classification.embeddings.emplace();
  EXPECT_EQ(changes_needing_restart(settings{}, fresh), names{});
}

TEST(reload, what_was_opened_or_derived_at_the_start_does) {
  settings fresh;
  fresh.listen.port = 1;
  fresh.data_dir = "elsewhere";
  fresh.storage = {storage_settings::kind::postgresql, secret_text("postgresql://h/d")};
  fresh.tls = tls_settings{"c", "k"};
  fresh.secret_key = secret_text("another");
  fresh.cluster.emplace();
  fresh.io_threads = 3;
  fresh.cors = {};
  fresh.trusted_proxies = {"10.0.0.1"};
  fresh.metrics.public_ = true;
  fresh.alerts.allow = {"10.0.0.0/8"};
  fresh.limits.keep_alive = std::chrono::seconds{1};
  fresh.jobs.parallel = 9;
  EXPECT_EQ(changes_needing_restart(settings{}, fresh),
            (names{"listen", "data_dir", "storage", "tls", "secret_key", "cors", "trusted_proxies", "limits.keep_alive",
                   "jobs.parallel", "metrics.public", "alerts", "cluster", "io_threads"}));
  EXPECT_EQ(changes_needing_restart(fresh, fresh), names{});
}

} // namespace
} // namespace logos::config
