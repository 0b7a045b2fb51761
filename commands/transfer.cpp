// SPDX-License-Identifier: MIT
#include "commands/transfer.hpp"

#include "actors/transfer/own.hpp"
#include "actors/transfer/reading.hpp"
#include "actors/transfer/unload.hpp"
#include "commands/at_hand.hpp"
#include "commands/configuration.hpp"
#include "commands/in_force.hpp"
#include "commands/installation.hpp"
#include "commands/open_existing.hpp"
#include "commands/secret_files.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <unistd.h>

namespace logos::commands {
namespace {

using core::ec;
using core::failure;

struct access {
  const config::settings& settings;
  storage::store& store;
};
using work = std::function<storage::result<void>(const access&)>;

/// A database with the present schema, made where there is none; `held` keeps a new DATA_DIR ours. Its secret key is
/// not compared yet: the first one is the database's for ever, so the files must be known to be for this one before.
storage::result<existing> open_or_make(const config::settings& s, std::optional<data_dir>& held) {
  const auto known = find_secret_texts(s);
  if (!known) return known.error();
  auto secret = storage::result<core::secret_key>{core::secret_key{known->present, known->previous}};
  if (known->present.empty()) {
    auto locked = data_dir::lock(s.data_dir);
    if (!locked) return locked.error();
    held.emplace(std::move(*locked));
    secret = find_secret(s, *held);
    if (!secret) return secret.error();
  } else if (s.storage.engine == config::storage_settings::kind::sqlite) {
    std::error_code error; // whoever gives the key by the environment may not have a folder yet
    std::filesystem::create_directories(s.data_dir, error);
    if (error)
      return failure{ec::bad_field, "data_dir: cannot make the directory " + s.data_dir + ": " + error.message(),
                     "data_dir"};
  }
  auto store = storage::open_store(store_options_of(s), *secret);
  if (!store) return store.error();
  if (const auto migrated = (*store)->migrate(); !migrated) return migrated.error();
  return existing{std::move(*store), *secret};
}

int run(const char* name, const configuration_options& options, bool making, const work& job) {
  const auto settings = load_or_explain(options);
  if (!settings) return 2;
  std::optional<data_dir> held;
  const auto done = [&]() -> storage::result<void> {
    const auto opened = making ? open_or_make(*settings, held) : open_existing(*settings);
    if (!opened) return opened.error();
    const storage::acting as{*opened->store, at_hand()};
    if (auto worked = job({*settings, *opened->store}); !worked || !making || held) return worked;
    std::cout.flush();
    if (const auto confirmed = wait_until_in_force(*settings, *opened->store); !confirmed) return confirmed.error();
    return {};
  }();
  if (done) return 0;
  std::cerr << "logos " << name << ": " << done.error().message << '\n';
  const auto code = done.error().code;
  return code == ec::storage_away || code == ec::internal ? 1 : 2;
}

storage::result<transfer::text_file> read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    return failure{ec::bad_field,
                   path + " cannot be read" + (errno != 0 ? std::string{": "} + std::strerror(errno) : "") + "."};
  return transfer::text_file{path, std::move(text).str()};
}

struct import_options {
  std::vector<std::string> files;
  std::vector<std::string> addresses;
  bool dry_run = false;
};

storage::result<void> import_files(const access& to, const import_options& options) {
  transfer::reading_options how;
  how.currency = to.settings.currency;
  for (const auto& each : options.addresses) {
    const auto equals = each.find('=');
    if (equals == each.npos) return failure{ec::bad_field, "--base-url " + each + ": give it as NAME=https://…"};
    how.people.addresses[each.substr(0, equals)] = each.substr(equals + 1);
  }
  std::vector<transfer::text_file> files;
  for (const auto& path : options.files) {
    auto file = read_file(path);
    if (!file) return file.error();
    files.push_back(std::move(*file));
  }
  const auto there = to.store.load_catalog();
  if (!there) return there.error();
  how.currency = transfer::currency_of(*there, how.currency);
  auto all = transfer::read_files(files, to.store.secret(), *there, how);
  if (!all) return all.error();
  if (const auto same = to.store.verify_secret(); !same) return same.error();
  transfer::options unloading;
  unloading.dry_run = options.dry_run;
  unloading.trusted = alerting::trusted_places{to.settings.alerts.allow};
  unloading.say = [](const std::string& line) { std::cerr << line << '\n'; };
  for (auto& each : *all) {
    const auto done = transfer::unload(to.store, each, unloading);
    if (!done) return done.error();
    std::cout << transfer::to_text(*done);
    for (const auto& warning : done->warnings)
      std::cerr << "Warning: " << warning << '\n';
  }
  if (options.dry_run) std::cout << "Nothing was changed: this was a dry run.\n";
  return {};
}

/// Writes a file for its owner only, in place of what was there.
storage::result<void> write_private(const std::string& path, std::string_view text) {
  const auto fresh = path + ".new";
  const auto wrong = [&] { return failure{ec::internal, path + " cannot be written: " + std::strerror(errno)}; };
  ::unlink(fresh.c_str());
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return wrong();
  while (!text.empty()) {
    const auto n = ::write(file, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const auto why = wrong();
      ::close(file);
      ::unlink(fresh.c_str());
      return why;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file) != 0 || ::close(file) != 0 || ::rename(fresh.c_str(), path.c_str()) != 0) return wrong();
  return {};
}

storage::result<void> export_all(const access& from, const std::string& output, bool secrets) {
  const auto all = from.store.load_catalog();
  if (!all) return all.error();
  if (secrets)
    if (const auto noted = from.store.record(transfer::export_of_secrets()); !noted) return noted.error();
  const auto text = transfer::write_own(*all, secrets, from.store.secret());
  if (secrets)
    std::cerr << "Warning: the export has the keys of providers in clear and the hashes of Logos keys. Keep it as you "
                 "would keep them.\n";
  if (output.empty()) {
    std::cout << text << std::flush;
    return {};
  }
  return write_private(output, text);
}

} // namespace

void add_transfer(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<configuration_options>();
  const auto from = std::make_shared<import_options>();
  auto* importing = app.add_subcommand(
      "import", "Take in an export of this gateway or of upstream's, or users.yml together with profiles.yml");
  options->add_to(*importing, false);
  importing->add_option("FILE", from->files, "What to take in")->required();
  importing->add_flag("--dry-run", from->dry_run, "Say what would be made, and change nothing");
  importing->add_option("--base-url", from->addresses, "NAME=URL: the address of a provider in profiles.yml")
      ->allow_extra_args(false); // one value each time: what follows are files
  importing->callback([&exit_code, options, from] {
    exit_code = run("import", *options, true, [&](const access& to) { return import_files(to, *from); });
  });
  auto* exporting = app.add_subcommand("export", "Write every entity as one JSON document");
  options->add_to(*exporting, false);
  const auto output = std::make_shared<std::string>();
  const auto secrets = std::make_shared<bool>(false);
  exporting->add_option("--output,-o", *output, "The file (made for its owner only); default: standard output");
  exporting->add_flag("--secrets", *secrets, "With the keys of providers in clear and the hashes of Logos keys");
  exporting->callback([&exit_code, options, output, secrets] {
    exit_code = run("export", *options, false, [&](const access& of) { return export_all(of, *output, *secrets); });
  });
}

} // namespace logos::commands
