// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/cargo.hpp"
#include "core/money.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace logos::transfer {

/// What upstream's token types are here. Upstream makes one for whatever number a provider's usage has; here such a
/// type is built in or one of the operator's own. Of one thread; outlives what it answers.
class upstream_types {
public:
  /// How a built-in count is told by a type of upstream's.
  enum class manner : std::uint8_t {
    plain,
    again,  // by a second name, beside the first or without it
    beside, // beside what upstream calls `prompt_tokens` or `completion_tokens`, as the Messages API does
  };
  struct type {
    std::string called; // by upstream
    /// The built-in count that it is; null: none.
    std::int64_t storage::token_counts::*count = nullptr;
    manner told = manner::plain;
    /// Of several that are one built-in type here, the one with the lowest rank has the prices.
    std::size_t rank = 0;
    std::int64_t own = 0; // else its id within the cargo
    std::string priced;   // what prices about it are about; empty: there can be none
    std::string why_not;  // there can be no prices, or it is neither of these; a clause
    bool is_known() const { return count != nullptr || own != 0; }

    storage::token_type row;
    std::string where;
    bool made = false;
  };

  /// Own types that there are here are found again by their names, and by what they count.
  upstream_types(const storage::catalog_data& there, cargo& into) : there_{there}, into_{into} {}

  void add(std::int64_t id, std::string name, std::string description, const std::string& where);
  /// The one with this id in the file, null if there is none. What is none of the built-in ones is in the cargo from
  /// then on: types that nothing is counted or priced as are not made.
  const type* use(std::int64_t id);

private:
  void find_own(type& of, std::int64_t id);

  const storage::catalog_data& there_;
  cargo& into_;
  std::map<std::int64_t, type> types_;
  std::set<std::string> taken_; // names of own types here, by the file's
};

} // namespace logos::transfer
