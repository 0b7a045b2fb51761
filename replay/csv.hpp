// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Comma-separated values (RFC 4180). Pure; any thread.
namespace logos::replay {

/// A record. A field in quotes may hold line ends, so that it may take several lines.
struct csv_record {
  std::size_t line = 0; // where it begins, counted from 1
  std::vector<std::string> fields{};
};

/// The records of a UTF-8 text, without blank lines and a byte order mark. Errors: bad_field, with line and column (in
/// bytes) where it stopped and how to mend it.
boost::system::result<std::vector<csv_record>, core::failure> read_csv(std::string_view text);

/// Appends a record and its line end; fields stand in quotes where they need them.
void append_record(std::string& to, const std::vector<std::string>& fields);

} // namespace logos::replay
