// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

/// What an operator may have put into the header that carries a provider's key.
namespace logos::config {

/// Whether a text can stand in a header's value as it is.
bool is_printable_ascii(std::string_view text);

/// Why a key must not travel in the header of this name, to be read behind the name; empty: it may. Refused are names
/// that no header can have, and headers by which a server tells where a request ends or what it does with the
/// connection: a key there would be a request within a request.
std::string_view auth_header_problem(std::string_view name);

/// Why a header's value cannot be made from this format and a key, to be read behind the name; empty: it can.
std::string_view auth_format_problem(std::string_view format);

} // namespace logos::config
