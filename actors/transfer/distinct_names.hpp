// SPDX-License-Identifier: MIT
#pragma once
#include "core/secret.hpp"
#include "storage/entities.hpp"

#include <simdjson.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::transfer {

/// A row of upstream's, where two may have one name, of a kind whose names differ here.
struct named_row {
  std::int64_t id = 0;
  std::int64_t within = 0; // whose it is: only among these do names differ
  std::string name;        // that it would have; empty: the row is at fault
  std::string here{};      // that it has here already, as is known by something else than its name; may be empty
};

/// What is put behind a name that another row has: its id.
using suffix = std::string (*)(std::int64_t id);
std::string dashed(std::int64_t id);         // `-3`
std::string in_parentheses(std::int64_t id); // ` (3)`

/// A name for each row that no other row has, the case of letters aside: what it is called here, else its own, which of
/// several rows the one with the lowest id gets, else its own with its id behind it. In whatever order the rows come,
/// each gets the same name, so that another import of them finds what the first one made.
std::vector<std::string> distinct_names(std::span<const named_row> rows, suffix behind);

/// What is called otherwise than upstream called it, and why, as a sentence for the report; empty when nothing is.
std::string renamed(const std::string& where, std::string_view noun, const named_row& was, const std::string& now);

/// The rows of a table as they are told apart; `within`: the column that says whose they are, or empty. What is wrong
/// in a row is left to whoever reads it.
std::vector<named_row> named_rows(simdjson::dom::element tables, std::string_view table, std::string_view column,
                                  std::string_view within = {});

/// Who has the keys of an export here already.
class key_owners {
public:
  key_owners(simdjson::dom::element tables, const storage::catalog_data& there, const core::secret_key& secret);
  /// Says of users or services what they are called here where that, with or without their id, is their name.
  void recognise_users(std::span<named_row> rows) const { recognise(rows, users_); }
  void recognise_services(std::span<named_row> rows) const { recognise(rows, services_); }

private:
  using names = std::multimap<std::int64_t, std::string>; // by the file's id: what an owner of its keys is called here
  static void recognise(std::span<named_row> rows, const names& by);

  names users_;
  names services_;
};

} // namespace logos::transfer
