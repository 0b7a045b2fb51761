// SPDX-License-Identifier: MIT
#include "commands/replay.hpp"
#include "commands/serve.hpp"
#include "commands/simulate.hpp"
#include "commands/transfer.hpp"
#include "commands/upkeep.hpp"
#include "commands/version.hpp"
#include "config/problem.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <sys/stat.h>

namespace {

/// Says which word is no command, and which one may have been meant; false when something else is wrong.
bool explain_unknown_command(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty())
    at = at->get_subcommands().front();
  const auto words = app.remaining(true);
  const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
  if (words.empty() || words.front().starts_with('-') || commands.empty()) return false;
  std::vector<std::string> names;
  for (const auto* command : commands)
    names.push_back(command->get_name());
  const std::vector<std::string_view> known{names.begin(), names.end()};
  const auto nearest = logos::config::nearest_of(words.front(), known);
  std::cerr << "logos: there is no command '" << words.front() << "'";
  if (logos::config::looks_alike(words.front(), nearest)) std::cerr << "; did you mean '" << nearest << "'?";
  std::cerr << "\nThe commands are:";
  for (const auto& name : names)
    std::cerr << ' ' << name;
  std::cerr << ". More: logos --help\n";
  return true;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Logos: one gateway between everyone who uses language models and all the servers that run them",
               "logos"};
  ::umask(0077); // what any command writes is its owner's: the database may hold prompts, and the folder has keys
  app.require_subcommand(1);
  app.set_version_flag("--version", "logos " + std::string{logos::commands::version_text()}, "Print the version");
  int exit_code = 0;
  logos::commands::add_serve(app, exit_code);
  logos::commands::add_simulate(app, exit_code);
  logos::commands::add_replay(app, exit_code);
  logos::commands::add_upkeep(app, exit_code);
  logos::commands::add_key(app, exit_code);
  logos::commands::add_rotate_secret(app, exit_code);
  logos::commands::add_transfer(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0 && explain_unknown_command(app)) return 2;
    return app.exit(e) == 0 ? 0 : 2;
  }
  return exit_code;
}
