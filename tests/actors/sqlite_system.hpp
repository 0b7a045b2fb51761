// SPDX-License-Identifier: MIT
#pragma once
#include "actors/recording/registry.hpp"
#include "storage/open.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_system.hpp"

#include <memory>
#include <stdexcept>
#include <string>

namespace logos::tests {

inline const core::secret_key& sqlite_secret() {
  static const core::secret_key key{"a secret key for tests only"};
  return key;
}

/// Virtual time, and a real SQLite database in a folder of its own, with the schema and the root key `root`.
class sqlite_system : public virtual_system {
protected:
  sqlite_system() {
    options_.data_dir = folder_.path();
    options_.statement_timeout = std::chrono::milliseconds{20};
    store_ = *storage::open_store(options_, sqlite_secret());
    if (const auto done = store_->migrate(); !done) throw std::runtime_error{done.error().message};
    if (const auto done = store_->first_start(sqlite_secret().hash("root"), "lg-root"); !done)
      throw std::runtime_error{done.error().message};
  }

  /// What actors open their stores with; `away_` makes it fail.
  recording::store_factory opener() {
    return [this]() -> storage::result<std::unique_ptr<storage::store>> {
      if (away_) return core::failure{core::ec::storage_away, "nobody is there"};
      return storage::open_store(options_, sqlite_secret());
    };
  }
  storage::store& store() { return *store_; }

  bool away_ = false;
  test::temporary_folder folder_;
  storage::store_options options_;

private:
  std::unique_ptr<storage::store> store_;
};

} // namespace logos::tests
