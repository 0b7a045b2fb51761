// SPDX-License-Identifier: MIT
#include "commands/serve.hpp"
#include "commands/simulate.hpp"
#include "commands/upkeep.hpp"

#include <CLI/CLI.hpp>

#include <sys/stat.h>

int main(int argc, char** argv) {
  CLI::App app{"Logos: one gateway between everyone who uses language models and all the servers that run them",
               "logos"};
  ::umask(0077); // what any command writes is its owner's: the database may hold prompts, and the folder has keys
  app.require_subcommand(1);
  int exit_code = 0;
  logos::commands::add_serve(app, exit_code);
  logos::commands::add_simulate(app, exit_code);
  logos::commands::add_upkeep(app, exit_code);
  logos::commands::add_key(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  return exit_code;
}
