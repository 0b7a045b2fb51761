// SPDX-License-Identifier: MIT
#pragma once

namespace CLI {
class App;
}

namespace logos::commands {

/// Adds `logos simulate` to `app`. If it is chosen, parsing runs a simulated provider until SIGINT or SIGTERM and then
/// sets `exit_code`: 0 fine, 1 failed at run time, 2 bad usage. `exit_code` must outlive the parsing.
void add_simulate(CLI::App& app, int& exit_code);

} // namespace logos::commands
