// SPDX-License-Identifier: MIT
#pragma once
#include "storage/open.hpp"
#include "storage/records.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace logos::test {

inline const core::secret_key& secret() {
  static const core::secret_key key{"a secret key for tests only"};
  return key;
}

enum class database { sqlite, postgres };

/// A fresh database of either kind, with the schema.
class store_fixture : public testing::Test {
protected:
  explicit store_fixture(database kind);
  ~store_fixture() override;
  /// Another connection to the same database.
  std::unique_ptr<storage::store> open(const core::secret_key& key = secret());
  /// What the database says, past the store: one line per row, columns parted by `|`.
  std::string query(const std::string& sql);

  storage::store_options options_;
  temporary_folder folder_;
  std::unique_ptr<storage::store> store_;
};

/// The same suite on both.
class store_suite : public store_fixture, public testing::WithParamInterface<database> {
protected:
  store_suite() : store_fixture{GetParam()} {}
  bool on_postgres() const { return GetParam() == database::postgres; }
};

class postgres_suite : public store_fixture {
protected:
  postgres_suite() : store_fixture{database::postgres} {}
};

std::string name_of(const testing::TestParamInfo<database>& info);

#define LOGOS_ON_BOTH(suite)                                                                                           \
  INSTANTIATE_TEST_SUITE_P(on, suite, testing::Values(database::sqlite, database::postgres), name_of)

/// The value, or the test fails with the failure's words.
template <class T>
T take(storage::result<T> outcome) {
  if (!outcome)
    throw std::runtime_error{std::string{core::to_string(outcome.error().code)} + ": " + outcome.error().message};
  return std::move(*outcome);
}
inline void take(const storage::result<void>& outcome) {
  if (!outcome) throw std::runtime_error{outcome.error().message};
}

/// A plain row; `n` makes it unique.
storage::finished sample_row(std::uint64_t n);

} // namespace logos::test
