// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string_view>
#include <utility>

namespace logos::administration {

/// The schemas of /openapi.json that are not made from an entity's fields: names and JSON. Static.
std::span<const std::pair<std::string_view, std::string_view>> fixed_schemas();

} // namespace logos::administration
