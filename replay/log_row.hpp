// SPDX-License-Identifier: MIT
#pragma once
#include "replay/outcome.hpp"

#include <optional>
#include <string_view>

namespace logos::replay {

/// What `GET /admin/v1/requests/{id}` answers. Nothing when it is not that.
std::optional<logged_request> parse_log_row(std::string_view json);

} // namespace logos::replay
