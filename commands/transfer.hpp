// SPDX-License-Identifier: MIT
#pragma once

namespace CLI {
class App;
}

namespace logos::commands {

/// `logos import` and `logos export`.
void add_transfer(CLI::App& app, int& exit_code);

} // namespace logos::commands
