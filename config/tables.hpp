// SPDX-License-Identifier: MIT
#pragma once
#include "config/reader.hpp"
#include "config/settings.hpp"

namespace logos::config {

/// Turns a document into settings by the tables, with every complaint in `in.problems`. Defaults that depend on other
/// settings are not filled in yet: that is `settle`.
void read_tables(reader& in, const node& document, settings& out);

} // namespace logos::config
