// SPDX-License-Identifier: MIT
#pragma once
#include "config/document.hpp"
#include "config/reader.hpp"

namespace logos::config {

/// Key path (`listen`, `limits.queue_wait`) → text, as given on the command line.
using flags = std::map<std::string, std::string, std::less<>>;

/// Puts what the environment and the flags say over what the file says (flag > environment > file), so that all of it
/// is read by the same tables. Lists of texts are split at commas; lists of sections and maps are read as YAML.
void overlay(node& document, const environment& variables, const flags& given, std::vector<problem>& problems);

} // namespace logos::config
