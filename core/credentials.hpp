// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>

/// What is a credential, by its name or by its looks, in what is logged and in what is taken over from another's log.
namespace logos::core {

/// What stands in a credential's place.
inline constexpr std::string_view redacted = "[redacted]";

/// Whether a header, a parameter or a member of that name is likely to have a credential.
bool names_a_secret(std::string_view name);

/// A text without what looks like a credential: parameters of a query that are named like one, user and password of an
/// address, words that begin as known keys do.
std::string without_credentials(std::string_view text);

} // namespace logos::core
