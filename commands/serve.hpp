// SPDX-License-Identifier: MIT
#pragma once

namespace CLI {
class App;
}

namespace logos::commands {

/// Adds `logos serve` to `app`. If it is chosen, parsing runs the gateway until SIGTERM or SIGINT and then sets
/// `exit_code`: 0 fine, 1 failed at run time, 2 bad usage or configuration. `exit_code` must outlive the parsing.
void add_serve(CLI::App& app, int& exit_code);

} // namespace logos::commands
