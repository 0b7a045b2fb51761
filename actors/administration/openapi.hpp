// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>

namespace logos::administration {

/// The OpenAPI 3.1 description of the routes in route_table.hpp.
std::string openapi_json(std::string_view version);

} // namespace logos::administration
