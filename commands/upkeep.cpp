// SPDX-License-Identifier: MIT
#include "commands/upkeep.hpp"

#include "commands/configuration.hpp"
#include "commands/installation.hpp"
#include "commands/open_existing.hpp"
#include "commands/version.hpp"
#include "core/fault_point.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace logos::commands {
namespace {

constexpr int events_at_once = 2000;

int check(const configuration_options& options) {
  const auto settings = load_or_explain(options);
  if (!settings) return 2;
  std::size_t models = 0;
  for (const auto& p : settings->providers)
    models += p.models.size();
  std::cout << "The configuration is fine: " << settings->providers.size() << " providers with " << models
            << " models, " << settings->policies.size() << " policies.\n";
  return 0;
}

/// Follows the audit log's chain of hashes from its beginning.
int check_audit(const configuration_options& options) {
  const auto settings = load_or_explain(options);
  if (!settings) return 2;
  const auto complain = [](const core::failure& why) {
    std::cerr << "logos check: " << why.message << '\n';
    return why.code == core::ec::storage_away ? 1 : 2;
  };
  const auto opened = open_existing(*settings);
  if (!opened) return complain(opened.error());
  storage::chain_check at;
  while (!at.done) {
    const auto further = opened->store->check_events(at, events_at_once);
    if (!further) return complain(further.error());
    at = *further;
  }
  if (at.wrong == 0) {
    std::cout << "The audit log is whole: " << at.checked << " events.\n";
    return 0;
  }
  std::cerr << "logos check: the audit log was tampered with: " << at.why << ". The " << at.checked
            << " events before it are as they were written.\n";
  return 1;
}

int migrate(const configuration_options& options) {
  const auto settings = load_or_explain(options);
  if (!settings) return 2;
  // The schema does not depend on the secret key, and an operator who migrates ahead of the nodes may not have it.
  const auto store = storage::open_store(store_options_of(*settings), core::secret_key{core::random_text(32)});
  if (!store) {
    std::cerr << "logos migrate: " << store.error().message << '\n';
    return 2;
  }
  if (settings->storage.engine == config::storage_settings::kind::sqlite)
    std::filesystem::create_directories(settings->data_dir);
  const auto applied = (*store)->migrate();
  if (!applied) {
    std::cerr << "logos migrate: " << applied.error().message << '\n';
    return 1;
  }
  if (applied->empty()) std::cout << "The database is up to date.\n";
  for (const int number : *applied)
    std::cout << "Applied migration " << number << ".\n";
  return 0;
}

} // namespace

void add_upkeep(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<configuration_options>();
  auto* checking = app.add_subcommand("check", "Validate a configuration without starting anything");
  options->add_to(*checking, true);
  const auto audit = std::make_shared<bool>(false);
  checking->add_flag("--audit", *audit, "Verify the audit log of the configured database, too");
  checking->callback([options, audit, &exit_code] {
    exit_code = check(*options);
    if (exit_code == 0 && *audit) exit_code = check_audit(*options);
  });
  auto* migrating = app.add_subcommand("migrate", "Bring the database's schema up to date");
  options->add_to(*migrating, false);
  migrating->callback([options, &exit_code] { exit_code = migrate(*options); });
  auto* version = app.add_subcommand("version", "Print the version");
  const auto points = std::make_shared<bool>(false);
  if constexpr (core::has_fault_points)
    version->add_flag("--fault-points", *points,
                      "List where " + std::string{core::fault_variable} +
                          "=NAME[:N] kills the process at its N-th pass");
  version->callback([points, &exit_code] {
    if (*points)
      for (const auto point : core::fault_points)
        std::cout << point << '\n';
    else
      std::cout << "logos " << version_text() << '\n';
    exit_code = 0;
  });
}

} // namespace logos::commands
