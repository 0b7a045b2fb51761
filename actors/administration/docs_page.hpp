// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

namespace logos::administration {

/// The page at /docs: reads /openapi.json and shows it. It loads nothing from elsewhere.
extern const std::string_view docs_page;

} // namespace logos::administration
