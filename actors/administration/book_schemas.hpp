// SPDX-License-Identifier: MIT
#pragma once
#include <string>

namespace logos::administration {

/// The schemas of a request and a usage report, each led by a comma, for /openapi.json. Made by what writes the answers
/// (`book_rows.hpp`): they cannot leave out a member.
std::string book_schemas();

} // namespace logos::administration
