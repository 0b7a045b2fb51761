// SPDX-License-Identifier: MIT
#pragma once
#include "storage/store.hpp"

#include <chrono>
#include <filesystem>

namespace logos::storage {

struct store_options {
  std::string storage = "sqlite"; // or postgresql://user:password@host:5432/database
  std::filesystem::path data_dir; // SQLite's file is `logos.db` in it
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds statement_timeout{30000};
};

/// A store for one thread; call it once per thread. It connects at the first call, so that a database that is away is
/// told by the call, not by opening. `bad_field` when `storage` names neither. `secret` is copied.
result<std::unique_ptr<store>> open_store(const store_options& options, const core::secret_key& secret);

} // namespace logos::storage
