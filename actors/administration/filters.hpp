// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <string>
#include <string_view>

namespace logos::administration {

/// Whether a list may be filtered by this text: one that the field's JSON schema rules out would find nothing, which is
/// hardly what was meant. Of texts, lists and objects anything goes. Whole numbers and times are written anew, as
/// fields show them.
core::failure check_filter(std::string_view name, std::string_view schema, std::string& text);

/// The filter's text as the JSON value that such a field is made with, where one value has several spellings that only
/// the field itself tells from nonsense (amounts, decimals, priorities); else empty.
std::string spelled_value(std::string_view schema, std::string_view text);

/// A filter that cannot be what its field shows. `wanted`: what it must be.
core::failure bad_filter(std::string_view name, std::string_view wanted);

} // namespace logos::administration
