// SPDX-License-Identifier: MIT
#pragma once

namespace CLI {
class App;
}

namespace logos::commands {

/// Adds `logos replay` to `app`. If it is chosen, parsing replays a workload or compares two runs and then sets
/// `exit_code`: 0 fine (also when requests failed: they are rows), 1 failed at run time or interrupted, 2 bad usage,
/// workload or key. `exit_code` must outlive the parsing.
void add_replay(CLI::App& app, int& exit_code);

} // namespace logos::commands
