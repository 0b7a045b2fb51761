// SPDX-License-Identifier: MIT
#include "commands/configuration.hpp"
#include "commands/open_existing.hpp"
#include "commands/upkeep.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <iostream>

namespace logos::commands {
namespace {

constexpr int page = 200;

/// What a `logos key` command works with.
struct keyring {
  storage::store& store;
  const core::secret_key& secret;
};

using key_command = std::function<storage::result<void>(keyring)>;

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

int with_store(const configuration_options& options, const key_command& command) {
  const auto settings = load_or_explain(options);
  if (!settings) return 2;
  const auto opened = open_existing(*settings);
  auto done = opened ? storage::result<void>{} : storage::result<void>{opened.error()};
  if (done) {
    const storage::acting as{*opened->store, {0, "command line", {}}};
    done = command({*opened->store, opened->secret});
  }
  if (done) return 0;
  std::cerr << "logos key: " << done.error().message << '\n';
  return done.error().code == core::ec::storage_away ? 1 : 2;
}

void show(const std::string& key, std::int64_t id) {
  std::cout << "Process " << id << ". Its key, shown this once: " << key << '\n';
}

/// The ids of the models named, 0 for `*`; fails before anything is made when there is no such model.
storage::result<std::vector<std::int64_t>> find_models(storage::store& store, const std::vector<std::string>& wanted) {
  const auto known = store.load_catalog();
  if (!known) return known.error();
  std::vector<std::int64_t> ids;
  for (const auto& name : wanted) {
    const auto at =
        std::find_if(known->models.begin(), known->models.end(), [&](const auto& m) { return m.name == name; });
    if (at == known->models.end() && name != "*")
      return core::failure{core::ec::bad_field, "There is no model '" + name + "'; nothing was made."};
    ids.push_back(name == "*" ? 0 : at->id);
  }
  return ids;
}

storage::result<void> create(keyring ring, const std::string& name, const std::vector<std::string>& models) {
  const auto ids = find_models(ring.store, models);
  if (!ids) return ids.error();
  const auto key = core::new_logos_key(name);
  storage::process wanted;
  wanted.name = name;
  wanted.hash = ring.secret.hash(key);
  wanted.key_prefix = core::shown_prefix(key);
  const auto made = ring.store.create(wanted);
  if (!made) return made.error();
  show(key, made->id);
  storage::profile profile;
  profile.name = "default";
  profile.process_id = made->id;
  const auto kept = ring.store.create(profile);
  if (!kept) return kept.error();
  for (const auto id : *ids) {
    storage::permission allowed;
    allowed.profile_id = kept->id;
    allowed.model_id = id;
    if (const auto granted = ring.store.create(allowed); !granted) return granted.error();
  }
  return {};
}

storage::result<void> list(keyring ring) {
  for (std::int64_t after = 0;;) {
    const auto some = ring.store.list<storage::process>(after, page);
    if (!some) return some.error();
    for (const auto& p : *some)
      std::cout << p.id << '\t' << p.name << '\t' << p.key_prefix << "…\t" << core::to_string(p.log) << '\t'
                << (p.expires_at ? core::to_iso8601(*p.expires_at) : "never expires") << '\n';
    if (some->size() < page) return {};
    after = some->back().id;
  }
}

storage::result<void> rotate(keyring ring, std::int64_t id) {
  auto p = ring.store.find<storage::process>(id);
  if (!p) return p.error();
  const auto key = core::new_logos_key(p->name);
  p->hash = ring.secret.hash(key);
  p->key_prefix = core::shown_prefix(key);
  if (const auto kept = ring.store.update(*p, p->version); !kept) return kept.error();
  show(key, id);
  return {};
}

storage::result<void> revoke(keyring ring, std::int64_t id) {
  if (const auto gone = ring.store.remove<storage::process>(id); !gone) return gone.error();
  std::cout << "Revoked. A running gateway refuses the key within a second; DELETE /admin/v1/processes/" << id
            << " waits until it does.\n";
  return {};
}

} // namespace

void add_key(CLI::App& app, int& exit_code) {
  auto* key = app.add_subcommand("key", "Make, list, rotate and revoke keys");
  key->require_subcommand(1);
  key->fallthrough(); // `logos key list --data-dir d` as well as `logos key --data-dir d list`
  const auto options = std::make_shared<configuration_options>();
  options->add_to(*key, false);
  const auto name = std::make_shared<std::string>();
  const auto models = std::make_shared<std::vector<std::string>>();
  const auto id = std::make_shared<std::int64_t>(0);
  const auto on = [&exit_code, options](CLI::App* command, key_command run) {
    command->callback([&exit_code, options, run = std::move(run)] { exit_code = with_store(*options, run); });
  };
  auto* creating = key->add_subcommand("create", "Make a process with a key and a default profile");
  creating->add_option("name", *name, "Who uses it")->required();
  creating->add_option("--model", *models, "A model it may use, or * for every one; several times");
  creating->fallthrough();
  on(creating, [name, models](keyring ring) { return create(ring, *name, *models); });
  auto* listing = key->add_subcommand("list", "List processes; keys themselves are not kept");
  listing->fallthrough();
  on(listing, list);
  auto* rotating = key->add_subcommand("rotate", "Give a process a new key; the old one ends");
  rotating->add_option("id", *id, "The process")->required()->check(positive_id());
  rotating->fallthrough();
  on(rotating, [id](keyring ring) { return rotate(ring, *id); });
  auto* revoking = key->add_subcommand("revoke", "End a process and its key");
  revoking->add_option("id", *id, "The process")->required()->check(positive_id());
  revoking->fallthrough();
  on(revoking, [id](keyring ring) { return revoke(ring, *id); });
}

} // namespace logos::commands
