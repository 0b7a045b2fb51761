// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

namespace logos::net {

/// One header line as it came, without its CRLF. Views into memory of whoever hands it out.
struct header_view {
  std::string_view name;
  std::string_view value;
};

} // namespace logos::net
