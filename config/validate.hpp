// SPDX-License-Identifier: MIT
#pragma once
#include "config/problem.hpp"
#include "config/settings.hpp"

namespace logos::config {

/// What is wrong with settings that were read without a complaint: values that contradict each other, names given
/// twice, texts that cannot be sent. Pure; problems name the key, without file and line.
std::vector<problem> validate(const settings& s);

/// Whether the files that are named exist and can be read: CAF, for one, says nothing when a certificate is missing.
/// Looks at the file system.
std::vector<problem> validate_files(const settings& s);

} // namespace logos::config
