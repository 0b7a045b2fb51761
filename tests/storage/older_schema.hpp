// SPDX-License-Identifier: MIT
#pragma once
#include "storage/migrations/migration.hpp"

#include <string>

namespace logos::test {

/// The text that makes a database of version `upto` with rows in every table, as the program of that time would have
/// written them. They came in with their table and have lived through the migrations since. The key is `secret()`.
std::string older_database(int upto, storage::dialect of);

} // namespace logos::test
