// SPDX-License-Identifier: MIT
#pragma once
#include "core/uuid.hpp"

#include <cstdint>
#include <string_view>

namespace logos::core {

/// 128 bits of SHA-256 over both: a name that somebody else has made, as a key of a fixed size. Never nil.
uuid fingerprint(std::int64_t of, std::string_view name);

} // namespace logos::core
