// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>

namespace logos::test {

/// Where to put folders in which a test writes and removes much: in memory, unless there is less than a GiB of room or
/// TMPDIR names another place.
std::filesystem::path quick_place();

} // namespace logos::test
