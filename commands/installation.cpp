// SPDX-License-Identifier: MIT
#include "commands/installation.hpp"

#include "commands/declarations.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace logos::commands {
namespace {

using boost::system::result;
using core::ec;
using core::failure;

constexpr std::chrono::seconds patience{60};
constexpr std::chrono::seconds pause{2};
constexpr std::size_t shown_prefix = 12;
constexpr std::size_t shortest_secret = 16;

/// Repeats `step` while the database is away, for a minute.
template <class Step>
auto insist(const Step& step, const std::function<void(const std::string&)>& say) -> decltype(step()) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto outcome = step();
    if (outcome || outcome.error().code != ec::storage_away || std::chrono::steady_clock::now() >= until)
      return outcome;
    say("The database does not answer, trying again: " + outcome.error().message);
    std::this_thread::sleep_for(pause);
  }
}

/// The root key to use: the setting, else DATA_DIR/root.key, else a new one.
struct root_key {
  std::string text;
  bool from_settings = false;
  bool fresh = false;
};

result<root_key, failure> find_root_key(const config::settings& s, const data_dir& directory) {
  if (!s.root_key.empty()) return root_key{s.root_key.reveal(), true, false};
  auto kept = directory.read_secret("root.key");
  if (!kept) return kept.error();
  if (*kept) return root_key{**kept, false, false};
  return root_key{core::new_logos_key("root"), false, true};
}

/// Makes root, or replaces its key; returns the key if it is new to the operator.
result<std::optional<std::string>, failure> settle_root(storage::store& store, const config::settings& s,
                                                        const data_dir& directory, const core::secret_key& secret) {
  auto key = find_root_key(s, directory);
  if (!key) return key.error();
  const auto hash = secret.hash(key->text);
  const auto prefix = key->text.substr(0, shown_prefix);
  const auto made = store.first_start(hash, prefix);
  if (!made) return made.error();
  if (!*made && key->from_settings) {
    if (const auto changed = store.change_root_key(hash, prefix); !changed) return changed.error();
  }
  // A later node of a cluster has no root key of its own, and needs none.
  if (!*made && !key->from_settings) return std::optional<std::string>{};
  if (auto wrong = directory.write_secret("root.key", key->text)) return std::move(*wrong);
  return *made && key->fresh ? std::optional{key->text} : std::optional<std::string>{};
}

} // namespace

storage::store_options store_options_of(const config::settings& s) {
  storage::store_options out;
  out.storage = s.storage.engine == config::storage_settings::kind::sqlite ? "sqlite" : s.storage.url.reveal();
  out.data_dir = s.data_dir;
  return out;
}

std::string node_name(const config::settings& s) { return s.cluster ? s.cluster->node : "local"; }

result<core::secret_key, failure> find_secret(const config::settings& s, const data_dir& directory) {
  std::string text = s.secret_key.reveal();
  if (text.empty()) {
    auto kept = directory.read_secret("secret.key");
    if (!kept) return kept.error();
    if (*kept) {
      text = **kept;
    } else {
      text = core::random_text(32);
      if (auto wrong = directory.write_secret("secret.key", text)) return std::move(*wrong);
    }
  }
  if (text.size() < shortest_secret)
    return failure{ec::bad_field,
                   "secret_key: it must have at least 16 characters; make one with: openssl rand -base64 32",
                   "secret_key"};
  return core::secret_key{text};
}

storage::result<std::vector<std::string>> sync(storage::store& store, const config::settings& s,
                                               const std::string& file) {
  auto declared = declarations_of(s, node_name(s), file);
  if (store.clustered()) {
    const auto others = store.live_nodes(std::chrono::seconds{10});
    if (!others) return others.error();
    for (const auto& n : *others)
      if (n.node != declared.node) declared.live_nodes.push_back(n.node);
  }
  auto outcome = store.sync_config(declared);
  if (!outcome) return outcome.error();
  return outcome->warnings;
}

result<installation, failure> prepare(const config::settings& s, const std::string& config_file,
                                      const std::function<void(const std::string&)>& say) {
  auto directory = data_dir::lock(s.data_dir);
  if (!directory) return directory.error();
  auto secret = find_secret(s, *directory);
  if (!secret) return secret.error();
  const auto options = store_options_of(s);
  auto opened = storage::open_store(options, *secret);
  if (!opened) return opened.error();
  auto& store = **opened;

  const auto migrated = insist([&] { return store.migrate(); }, say);
  if (!migrated) return migrated.error();
  if (!migrated->empty()) say("Applied " + std::to_string(migrated->size()) + " database migrations.");
  if (const auto same = store.verify_secret(); !same) return same.error();
  auto fresh_key = settle_root(store, s, *directory, *secret);
  if (!fresh_key) return fresh_key.error();
  const auto warnings = sync(store, s, config_file);
  if (!warnings) return warnings.error();
  for (const auto& warning : *warnings)
    say("Warning: " + warning);
  auto catalog = store.load_catalog();
  if (!catalog) return catalog.error();
  return installation{std::move(*directory), *secret, options, node_name(s), std::move(*fresh_key),
                      std::move(*catalog)};
}

} // namespace logos::commands
