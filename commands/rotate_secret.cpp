// SPDX-License-Identifier: MIT
#include "commands/at_hand.hpp"
#include "commands/configuration.hpp"
#include "commands/installation.hpp"
#include "commands/secret_files.hpp"
#include "commands/upkeep.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace logos::commands {
namespace {

using core::ec;
using core::failure;

/// A node that was seen this long ago may still run.
constexpr std::chrono::seconds recently{10};

struct rotation {
  storage::secret_rotation done;
  std::string kept_in; // where the new key is, for who reads it
};

/// Where the settings name the new key: the old one is theirs, too, or still in DATA_DIR.
storage::result<secret_texts> keys_of_settings(const config::settings& s) {
  secret_texts keys{s.secret_key.reveal(), s.secret_key_previous.reveal()};
  if (keys.previous.empty()) {
    const auto kept = read_secret_file(std::filesystem::path{s.data_dir} / secret_file);
    if (!kept) return kept.error();
    keys.previous = kept->value_or("");
  }
  if (!keys.previous.empty()) return keys;
  return failure{ec::bad_field,
                 "the old key is not known: give it as secret_key_previous (LOGOS_SECRET_KEY_PREVIOUS) and the new one "
                 "as secret_key (LOGOS_SECRET_KEY)",
                 "secret_key_previous"};
}

/// Where the key is in DATA_DIR: the new one is made, and written down before the database belongs to it.
storage::result<secret_texts> keys_of_folder(const config::settings& s, const data_dir& directory) {
  auto keys = find_secret_texts(s);
  if (!keys) return keys.error();
  if (keys->present.empty())
    return failure{ec::bad_field,
                   "there is no secret key: set LOGOS_SECRET_KEY and LOGOS_SECRET_KEY_PREVIOUS, or give the data "
                   "directory of a gateway that was started once"};
  const auto next = directory.read_secret(next_secret_file);
  if (!next) return next.error();
  if (*next) return *keys; // an earlier run was interrupted: this one ends it
  secret_texts out{core::random_text(32), keys->present};
  if (auto wrong = directory.write_secret(next_secret_file, out.present)) return std::move(*wrong);
  return out;
}

storage::result<void> settle_folder(const data_dir& directory, const secret_texts& keys) {
  if (keys.present != keys.previous)
    if (auto wrong = directory.write_secret(previous_secret_file, keys.previous)) return std::move(*wrong);
  if (auto wrong = directory.write_secret(secret_file, keys.present)) return std::move(*wrong);
  std::error_code none;
  std::filesystem::remove(directory.path() / next_secret_file, none);
  return {};
}

storage::result<storage::secret_rotation> rotate_in(const config::settings& s, const secret_texts& keys,
                                                    std::vector<std::string> running) {
  auto opened = storage::open_store(store_options_of(s), core::secret_key{keys.present, keys.previous});
  if (!opened) return opened.error();
  auto& store = **opened;
  if (auto sound = store.check(); !sound) return sound.error();
  if (auto same = store.verify_secret(); !same) return same.error();
  if (store.clustered()) {
    auto nodes = store.live_nodes(recently);
    if (!nodes) return nodes.error();
    for (auto& each : *nodes)
      running.push_back(std::move(each.node));
  }
  const storage::acting as{store, at_hand()};
  return store.rotate_secret(running);
}

storage::result<rotation> rotate(const config::settings& s) {
  const std::filesystem::path folder{s.data_dir};
  std::vector<std::string> running;
  std::optional<data_dir> directory;
  if (std::error_code none; std::filesystem::exists(folder, none)) {
    auto locked = data_dir::lock(folder);
    if (locked)
      directory.emplace(std::move(*locked));
    else if (locked.error().code == ec::conflict && !s.secret_key.empty())
      running.push_back(node_name(s)); // a gateway that may have the new key already
    else
      return locked.error();
  }
  if (!s.secret_key.empty()) {
    const auto keys = keys_of_settings(s);
    if (!keys) return keys.error();
    auto done = rotate_in(s, *keys, std::move(running));
    if (!done) return done.error();
    return rotation{*done, "secret_key"};
  }
  if (!directory) return failure{ec::bad_field, "there is no data directory " + folder.string(), "data_dir"};
  const auto keys = keys_of_folder(s, *directory);
  if (!keys) return keys.error();
  auto done = rotate_in(s, *keys, {});
  if (!done) return done.error();
  if (auto settled = settle_folder(*directory, *keys); !settled) return settled.error();
  return rotation{*done, (folder / secret_file).string()};
}

int run(const configuration_options& options) {
  const auto settings = load_or_explain(options);
  if (!settings) return 2;
  const auto outcome = rotate(*settings);
  if (!outcome) {
    std::cerr << "logos rotate-secret: " << outcome.error().message << '\n';
    return outcome.error().code == ec::storage_away || outcome.error().code == ec::internal ? 1 : 2;
  }
  const auto& done = outcome->done;
  if (done.replaced)
    std::cout << "The database belongs to the new secret key (" << outcome->kept_in << ") now. ";
  else
    std::cout << "The database belonged to the new secret key (" << outcome->kept_in << ") already. ";
  std::cout << done.secrets << " secrets open with it";
  if (done.dropped > 0) std::cout << "; " << done.dropped << " of removed entities had opened with none and are gone";
  std::cout << ".\nBackups from before need the old one: keep it with them.\n";
  return 0;
}

} // namespace

void add_rotate_secret(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<configuration_options>();
  auto* command = app.add_subcommand("rotate-secret", "Replace the secret key of the database");
  command->footer("The new key is secret_key (LOGOS_SECRET_KEY), the old one secret_key_previous\n"
                  "(LOGOS_SECRET_KEY_PREVIOUS). Without them the one in DATA_DIR/secret.key is replaced by a new one,\n"
                  "for which the gateway must be stopped. What is interrupted is ended by running it again.");
  options->add_to(*command, false);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

} // namespace logos::commands
