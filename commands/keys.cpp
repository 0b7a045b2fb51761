// SPDX-License-Identifier: MIT
#include "commands/configuration.hpp"
#include "commands/keyring.hpp"
#include "commands/open_existing.hpp"
#include "commands/upkeep.hpp"
#include "config/units.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <functional>
#include <iostream>

namespace logos::commands {
namespace {

using key_command = std::function<storage::result<void>(keyring&)>;

/// As the admin API has it.
constexpr std::chrono::hours longest_grace{30 * 24};

/// CLI11 by itself takes a number that is too large for the largest there is.
CLI::Validator positive_id() {
  const auto explain = [](const std::string& text) -> std::string {
    std::int64_t id = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, wrong] = std::from_chars(text.data(), end, id);
    return wrong == std::errc{} && at == end && id > 0 ? "" : "'" + text + "' is not an id: ids are positive integers";
  };
  return {explain, "ID"};
}

CLI::Validator grace_time() {
  const auto explain = [](const std::string& text) -> std::string {
    const auto parsed = config::parse_duration(text);
    return parsed && *parsed <= longest_grace ? "" : "'" + text + "' is no duration of at most 30d, such as 1h";
  };
  return {explain, "DURATION"};
}

int with_store(const configuration_options& options, const key_command& command) {
  const auto settings = load_or_explain(options);
  if (!settings) return 2;
  const auto opened = open_existing(*settings);
  auto done = opened ? storage::result<void>{} : storage::result<void>{opened.error()};
  // The columns that it works with may be younger than the database.
  if (done) done = opened->store->check();
  if (done) {
    const storage::acting as{*opened->store, {0, "command line", {}}};
    keyring ring{*opened->store, opened->secret, core::system_clock().wall()};
    done = command(ring);
  }
  if (done) return 0;
  std::cerr << "logos key: " << done.error().message << '\n';
  return done.error().code == core::ec::storage_away ? 1 : 2;
}

void add_making(CLI::App& making, key_wishes& wishes) {
  making.add_option("name", wishes.name, "Who uses it")->required();
  const auto several = [&](const char* option, std::vector<std::string>& to, const char* words) {
    making.add_option(option, to, words)->allow_extra_args(false);
  };
  several("--model", wishes.models, "A model it may use, or * for every one; several times");
  making.add_option("--user", wishes.user, "Username of the user whose key it is, and whose role it has");
  making.add_option("--service", wishes.service, "Name of the service whose key it is");
  making.add_option("--log", wishes.log, "What is kept of its requests: BILLING or FULL")->capture_default_str();
  making.add_option("--expires", wishes.expires, "When it ends: 2026-12-31T23:59:59Z, or 90d from now");
  several("--only-model", wishes.only_models,
          "Scope: of what it may use, only this model, also of what is permitted later; several times");
  several("--only-endpoint", wishes.only_endpoints,
          "Scope: only this path; /v1/embeddings* is any that begins so; several times");
  several("--only-address", wishes.only_addresses,
          "Scope: only clients of this address or network, such as 10.0.0.0/8; several times");
}

} // namespace

void add_key(CLI::App& app, int& exit_code) {
  auto* key = app.add_subcommand("key", "Make, list, rotate and revoke keys");
  key->require_subcommand(1);
  key->fallthrough(); // `logos key list --data-dir d` as well as `logos key --data-dir d list`
  key->footer("A running gateway follows within a second.");
  const auto options = std::make_shared<configuration_options>();
  options->add_to(*key, false);
  const auto wishes = std::make_shared<key_wishes>();
  const auto id = std::make_shared<std::int64_t>(0);
  const auto grace = std::make_shared<std::string>("0");
  const auto on = [&exit_code, options](CLI::App* command, key_command run) {
    command->fallthrough();
    command->callback([&exit_code, options, run = std::move(run)] { exit_code = with_store(*options, run); });
  };
  auto* making = key->add_subcommand("make", "Make a process with a key and a default profile (also: create)");
  making->alias("create");
  add_making(*making, *wishes);
  on(making, [wishes](keyring& ring) { return ring.make(*wishes); });
  auto* listing = key->add_subcommand(
      "list", "List processes: id, name, beginning of the key, log, expiry, whose it is, scope; keys are not kept");
  on(listing, [](keyring& ring) { return ring.list(); });
  auto* rotating = key->add_subcommand("rotate", "Give a process a new key in place of the old one");
  rotating->add_option("id", *id, "The process")->required()->check(positive_id());
  rotating->add_option("--grace", *grace, "How long the old key still works, such as 1h (at most 30d)")
      ->check(grace_time())
      ->capture_default_str();
  on(rotating, [id, grace](keyring& ring) { return ring.rotate(*id, *config::parse_duration(*grace)); });
  auto* revoking = key->add_subcommand("revoke", "End a process and its key, also one in its grace");
  revoking->add_option("id", *id, "The process")->required()->check(positive_id());
  on(revoking, [id](keyring& ring) { return ring.revoke(*id); });
}

} // namespace logos::commands
