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
  compare("root_key", old.root_key, fresh.root_key);
  compare("currency", old.currency, fresh.currency);
  compare("cluster", old.cluster, fresh.cluster);
  compare("io_threads", old.io_threads, fresh.io_threads);
  compare("demo", old.demo, fresh.demo);
  return keys;
}

} // namespace logos::config
