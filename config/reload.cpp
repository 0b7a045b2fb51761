// SPDX-License-Identifier: MIT
#include "config/reload.hpp"

namespace logos::config {

std::vector<std::string> changes_needing_restart(const settings& old, const settings& fresh) {
  std::vector<std::string> keys;
  const auto compare = [&](const char* key, const auto& before, const auto& after) {
    if (!(before == after)) keys.emplace_back(key);
  };
  compare("listen", old.listen, fresh.listen);
  compare("data_dir", old.data_dir, fresh.data_dir);
  compare("storage", old.storage, fresh.storage);
  compare("tls", old.tls, fresh.tls); // the sockets were opened with it, or without
  compare("secret_key", old.secret_key, fresh.secret_key);
  compare("secret_key_previous", old.secret_key_previous, fresh.secret_key_previous);
  compare("root_key", old.root_key, fresh.root_key);
  compare("cors", old.cors, fresh.cors); // here and below: given to the I/O threads and actors when they were made
  compare("trusted_proxies", old.trusted_proxies, fresh.trusted_proxies);
  compare("limits.request_body", old.limits.request_body_bytes, fresh.limits.request_body_bytes);
  compare("limits.header_bytes", old.limits.header_bytes, fresh.limits.header_bytes);
  compare("limits.header_time", old.limits.header_time, fresh.limits.header_time);
  compare("limits.body_time", old.limits.body_time, fresh.limits.body_time);
  compare("limits.keep_alive", old.limits.keep_alive, fresh.limits.keep_alive);
  compare("limits.max_connections", old.limits.max_connections, fresh.limits.max_connections);
  compare("limits.queue_per_model", old.limits.queue_per_model, fresh.limits.queue_per_model);
  compare("limits.queue_per_key", old.limits.queue_per_key, fresh.limits.queue_per_key);
  compare("limits.upstream_idle", old.limits.upstream_idle, fresh.limits.upstream_idle);
  compare("jobs.parallel", old.jobs.parallel, fresh.jobs.parallel);
  compare("jobs.keep", old.jobs.keep, fresh.jobs.keep);
  compare("jobs.expires_after", old.jobs.expires_after, fresh.jobs.expires_after);
  compare("learning", old.learning, fresh.learning);
  compare("retention", old.retention, fresh.retention);
  compare("metrics.public", old.metrics.public_, fresh.metrics.public_);
  compare("alerts", old.alerts, fresh.alerts);
  compare("usage_cost", old.usage_cost, fresh.usage_cost);
  compare("currency", old.currency, fresh.currency);
  compare("cluster", old.cluster, fresh.cluster);
  compare("io_threads", old.io_threads, fresh.io_threads);
  compare("demo", old.demo, fresh.demo);
  return keys;
}

} // namespace logos::config
