// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "storage/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace logos::storage::sql {

/// A parameter; a text is a view that must live until the call returns.
using value = std::variant<std::monostate, std::int64_t, double, std::string_view>;
using cell = std::optional<std::string>;

/// An answer, every cell as text. A truth is `1` or `t`, depending on the database.
struct rows {
  std::vector<std::vector<cell>> cells;
  std::size_t affected = 0; // by an INSERT, UPDATE or DELETE

  bool empty() const { return cells.empty(); }
  std::size_t size() const { return cells.size(); }
};

enum class intent { read, write };

/// One connection to one database. It connects at the first use and again after it was lost. One thread.
///
/// Failures: `storage_away` (gone, busy, timed out: the transaction did not happen, or its commit is in doubt),
/// `conflict` (a unique index refused), `bad_field` (the data was refused), `internal`.
class session {
public:
  virtual ~session() = default;

  /// One statement with its parameters as `$1` … `$n`. The text is a constant of the program: prepared once, kept for
  /// ever.
  virtual result<rows> run(const std::string& statement, std::span<const value> parameters) = 0;
  result<rows> run(const std::string& statement) { return run(statement, std::span<const value>{}); }
  result<rows> run(const std::string& statement, std::initializer_list<value> parameters) {
    return run(statement, std::span<const value>{parameters.begin(), parameters.size()});
  }
  /// Several statements without parameters.
  virtual result<void> script(const std::string& statements) = 0;

  /// `read`: one consistent picture. `write`: in SQLite no one else writes from here on.
  virtual result<void> begin(intent) = 0;
  virtual result<void> commit() = 0;
  virtual void rollback() noexcept = 0;

  /// The present time as the database's columns hold it; valid until the next call.
  const std::string& now() { return now_ = core::to_sql(core::system_clock().wall()); }

  /// From now on what would be a transaction is part of the one that is open, until it is told otherwise.
  void join(bool larger) { joined_ = larger; }
  bool joined() const { return joined_; }

private:
  std::string now_;
  bool joined_ = false;
};

/// Runs `work` (which returns a result) between begin and commit; a failure, its own or the commit's, rolls back.
/// Within a larger transaction, whoever began that does so.
template <class Work>
auto in_transaction(session& on, intent why, Work&& work) -> decltype(work()) {
  if (on.joined()) return work();
  if (auto begun = on.begin(why); !begun) return begun.error();
  auto outcome = work();
  if (!outcome) {
    on.rollback();
    return outcome;
  }
  if (auto done = on.commit(); !done) {
    on.rollback();
    return done.error();
  }
  return outcome;
}

} // namespace logos::storage::sql
