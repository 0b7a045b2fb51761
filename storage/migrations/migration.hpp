// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace logos::storage {

enum class dialect { sqlite, postgres };

/// One numbered step of the schema; once released it never changes. `common` is for both databases, with these words
/// for what they call differently: `<id>` `<time>` `<json>` `<bool>` `<real>` `<true>` `<false>`; `sqlite` and
/// `postgres` come after it.
struct migration {
  int number;
  std::string_view name;
  std::string_view common;
  std::string_view sqlite;
  std::string_view postgres;
  std::string_view postgres_before{};
};

/// All of them, in order. A new one is a file of its own and a line in migrations.cpp.
std::span<const migration> migrations();
/// The text to run.
std::string script_of(const migration& step, dialect of);

} // namespace logos::storage
