// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/route_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace logos::administration {

/// A text that was put together for a route: lives as long as the program. Not while another thread does the same.
std::string_view kept(std::string text);

// The routes that users of models have, for the table; each adds its own to `to`.

/// What needs no key, lists of models, and what is relayed.
void add_open_routes(std::vector<route>& to);
/// Tokens.
void add_extras(std::vector<route>& to);
/// Jobs, and those of others for administrators.
void add_jobs(std::vector<route>& to);
/// OpenAI's files and batches.
void add_batches(std::vector<route>& to);

} // namespace logos::administration
