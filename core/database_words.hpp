// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <string>
#include <string_view>

namespace logos::core {

/// Leads what PostgreSQL or its library said. It may tell where the database is, so it is for the log and for who runs
/// the gateway only.
inline constexpr std::string_view database_words = "PostgreSQL: ";

/// Whether the text has such words.
inline bool has_database_words(std::string_view text) { return text.find(database_words) != text.npos; }
/// The failure's message for everybody: plain words in place of the database's.
std::string message_for_all(const failure& f);

} // namespace logos::core
