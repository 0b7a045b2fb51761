// SPDX-License-Identifier: MIT
#include "commands/at_hand.hpp"
#include "commands/configuration.hpp"
#include "commands/in_force.hpp"
#include "commands/keyring.hpp"
#include "commands/open_existing.hpp"
#include "commands/upkeep.hpp"
#include "config/units.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>

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
    return wrong == std::errc{} && at == end && id > 0
               ? ""
               : "'" + text + "' is not an id: ids are whole numbers from 1 to 9223372036854775807";
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

/// What a command does, and whether running nodes have to follow before it has ended.
struct key_work {
  key_command run;
  bool changes = true;
  const char* done = ""; // what is said at the end
};

int with_store(const configuration_options& options, const key_work& work) {
  const auto settings = load_or_explain(options);
  if (!settings) return 2;
  const auto opened = open_existing(*settings);
  auto done = opened ? storage::result<void>{} : storage::result<void>{opened.error()};
  // The columns that it works with may be younger than the database.
  if (done) done = opened->store->check();
  if (done) {
    const storage::acting as{*opened->store, at_hand()};
    keyring ring{*opened->store, opened->secret, core::system_clock().wall()};
    done = work.run(ring);
  }
  if (done && work.changes) {
    std::cout.flush();
    const auto confirmed = wait_until_in_force(*settings, *opened->store);
    if (!confirmed) {
      done = confirmed.error();
    } else if (*confirmed == 0 && opened->store->clustered()) {
      std::cerr << "logos key: done, but no running node was found that could confirm it. A gateway elsewhere that is "
                   "in no cluster goes by it when it next looks at the database, within about a second.\n";
      return 0;
    }
  }
  if (done) {
    std::cout << work.done;
    return 0;
  }
  std::cerr << "logos key: " << done.error().message << '\n';
  return done.error().code == core::ec::storage_away ? 1 : 2;
}

void add_text(CLI::App& to, const char* option, std::optional<std::string>& value, const char* words) {
  // An empty shell variable must not take away what an option of its own takes away.
  to.add_option_function<std::string>(
        option, [&value](const std::string& text) { value = text; }, words)
      ->check(CLI::Validator{
          [](std::string& text) { return text.empty() ? std::string{"it is empty"} : std::string{}; }, "", ""});
}

void add_several(CLI::App& to, const char* option, std::optional<std::vector<std::string>>& value, const char* words) {
  to.add_option_function<std::vector<std::string>>(
        option, [&value](const std::vector<std::string>& all) { value = all; }, words)
      ->allow_extra_args(false);
}

/// `terms` outlives the parsing.
void add_terms(CLI::App& to, key_terms& terms) {
  add_text(to, "--user", terms.user, "Username of the user whose key it is, and whose role it has");
  add_text(to, "--service", terms.service, "Name of the service whose key it is");
  add_text(to, "--log", terms.log, "What is kept of its requests: BILLING (default) or FULL");
  add_text(to, "--priority", terms.priority, "Of requests that name none: low, mid (default), high or 1 to 10");
  to.add_option_function<std::int64_t>(
      "--weight", [&terms](std::int64_t weight) { terms.weight = weight; },
      "Its share while keys of a priority wait: 1 (default) to 1000");
  add_text(to, "--expires", terms.expires, "When it ends: 2026-12-31T23:59:59Z, or 90d from now");
  add_text(to, "--settings", terms.settings,
           "JSON in place of its settings: rate_limit_rpm and rate_limit_tpm, requests and tokens a minute; {}: none");
  add_several(to, "--only-model", terms.only_models,
              "Scope: of what it may use, only this model, also of what is permitted later; several times");
  add_several(to, "--only-endpoint", terms.only_endpoints,
              "Scope: only this path; /v1/embeddings* is any that begins so; several times");
  add_several(to, "--only-address", terms.only_addresses,
              "Scope: only clients of this address or network, such as 10.0.0.0/8; several times");
}

/// What takes something away again.
void add_lifting(CLI::App& to, key_terms& terms) {
  const auto lift = [&to](const char* flag, auto& value, const char* words, const char* against) {
    to.add_flag_callback(
          flag, [&value] { value.emplace(); }, words)
        ->excludes(to.get_option(against));
  };
  lift("--no-user", terms.user, "It is no user's key", "--user");
  lift("--no-service", terms.service, "It is no service's key", "--service");
  lift("--never-expires", terms.expires, "It does not end by itself", "--expires");
  lift("--any-model", terms.only_models, "Its scope names no models", "--only-model");
  lift("--any-endpoint", terms.only_endpoints, "Its scope names no paths", "--only-endpoint");
  lift("--any-address", terms.only_addresses, "Its scope names no addresses", "--only-address");
}

/// The options of `logos key`'s commands, as they were typed.
struct typed {
  configuration_options configuration;
  key_terms terms;
  std::string name;
  std::vector<std::string> models;
  key_models changed_models;
  std::int64_t id = 0;
  std::string grace = "0";
  bool json = false;
};

using registrar = std::function<void(CLI::App*, key_work)>;

void add_making(CLI::App& key, const std::shared_ptr<typed>& t, const registrar& on) {
  auto* making = key.add_subcommand("make", "Make a process with a key and a default profile (also: create)");
  making->alias("create");
  making->add_option("name", t->name, "Who uses it")->required();
  making->add_option("--model", t->models, "A model it may use, or * for every one; several times")
      ->allow_extra_args(false);
  add_terms(*making, t->terms);
  on(making, {[t](keyring& ring) {
       t->terms.name = t->name;
       return ring.make(t->terms, t->models);
     }});
}

void add_changing(CLI::App& key, const std::shared_ptr<typed>& t, const registrar& on) {
  auto* changing = key.add_subcommand("change", "Change a process: what is not named stays as it is (also: update)");
  changing->alias("update");
  changing->add_option("id", t->id, "The process")->required()->check(positive_id());
  add_text(*changing, "--name", t->terms.name, "Who uses it");
  add_terms(*changing, t->terms);
  add_lifting(*changing, t->terms);
  const auto several = [&](const char* option, std::vector<std::string>& to, const char* words) {
    changing->add_option(option, to, words)->allow_extra_args(false);
  };
  several("--permit", t->changed_models.permitted, "A model that it may use, too, or * for every one; several times");
  several("--withdraw", t->changed_models.withdrawn, "A model, or *, that it is not permitted any more; several times");
  changing->add_option("--profile", t->changed_models.profile, "Id of the profile that permits; default: its first")
      ->check(positive_id());
  on(changing, {[t](keyring& ring) { return ring.change(t->id, t->terms, t->changed_models); }});
}

void add_showing(CLI::App& key, const std::shared_ptr<typed>& t, const registrar& on) {
  auto* listing = key.add_subcommand(
      "list", "List processes: id, name, beginning of the key, log, expiry, whose it is, scope; keys are not kept");
  listing->add_flag("--json", t->json, "As the admin API shows them");
  on(listing, {[t](keyring& ring) { return ring.list(t->json); }, false});
  auto* showing = key.add_subcommand("show", "Show a process, its profiles and what they permit");
  showing->add_option("id", t->id, "The process")->required()->check(positive_id());
  showing->add_flag("--json", t->json, "As the admin API shows it");
  on(showing, {[t](keyring& ring) { return ring.show(t->id, t->json); }, false});
}

void add_ending(CLI::App& key, const std::shared_ptr<typed>& t, const registrar& on) {
  auto* rotating = key.add_subcommand("rotate", "Give a process a new key in place of the old one");
  rotating->add_option("id", t->id, "The process")->required()->check(positive_id());
  rotating->add_option("--grace", t->grace, "How long the old key still works, such as 1h (at most 30d)")
      ->check(grace_time())
      ->capture_default_str();
  on(rotating, {[t](keyring& ring) { return ring.rotate(t->id, *config::parse_duration(t->grace)); }});
  auto* revoking = key.add_subcommand("revoke", "End a process and its key, also one in its grace (also: delete)");
  revoking->alias("delete");
  revoking->add_option("id", t->id, "The process")->required()->check(positive_id());
  on(revoking,
     {[t](keyring& ring) { return ring.revoke(t->id); }, true, "Revoked: no node accepts the key any more.\n"});
}

} // namespace

void add_key(CLI::App& app, int& exit_code) {
  auto* key = app.add_subcommand("key", "Make, list, show, change, rotate and revoke keys");
  key->require_subcommand(1);
  key->fallthrough(); // `logos key list --data-dir d` as well as `logos key --data-dir d list`
  key->footer("A change is done when every running node goes by it.");
  const auto t = std::make_shared<typed>();
  t->configuration.add_to(*key, false);
  const registrar on = [&exit_code, t](CLI::App* command, key_work work) {
    command->fallthrough();
    command->callback([&exit_code, t, work = std::move(work)] { exit_code = with_store(t->configuration, work); });
  };
  add_making(*key, t, on);
  add_showing(*key, t, on);
  add_changing(*key, t, on);
  add_ending(*key, t, on);
}

} // namespace logos::commands
