// SPDX-License-Identifier: MIT
#pragma once

namespace CLI {
class App;
}

namespace logos::commands {

/// Adds `logos check`, `logos migrate` and `logos version`. They set `exit_code`, which must outlive the parsing.
void add_upkeep(CLI::App& app, int& exit_code);
/// Adds `logos rotate-secret`.
void add_rotate_secret(CLI::App& app, int& exit_code);
/// Adds `logos key create|list|rotate|revoke`, which work on the database; a running node follows within a second.
void add_key(CLI::App& app, int& exit_code);

} // namespace logos::commands
