// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <string_view>

namespace logos::administration {

/// Whether a list may be filtered by this text: one that the field's JSON schema rules out would find nothing, which is
/// hardly what was meant. Of texts, lists and objects anything goes.
core::failure check_filter(std::string_view name, std::string_view schema, std::string_view text);

} // namespace logos::administration
