// SPDX-License-Identifier: MIT
#include "commands/installation.hpp"

#include "commands/declarations.hpp"
#include "commands/secret_files.hpp"
#include "core/fault_point.hpp"

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

/// Takes the root key of the settings, if it is another than at the last start.
result<void, failure> take_root(storage::store& store, const std::string& key, const data_dir& directory,
                                const core::secret_key& secret, const std::function<void(const std::string&)>& say) {
  const auto hash = secret.hash(key);
  const auto prefix = core::shown_prefix(key);
  if (const auto made = store.first_start(hash, prefix); !made) return made.error();
  const auto taken = store.change_root_key(hash, prefix);
  if (!taken) return taken.error();
  if (!*taken) {
    say("Warning: root_key was rotated or revoked since it was set, and is not taken again; another one would be.");
    return {};
  }
  if (auto wrong = directory.write_secret(root_key_file, key)) return std::move(*wrong);
  return {};
}

/// Makes root at the very first start, with the key of the settings, of DATA_DIR/root.key or a new one; later only a
/// changed setting counts. Returns the key if it is new to the operator.
result<std::optional<std::string>, failure> settle_root(storage::store& store, const config::settings& s,
                                                        const data_dir& directory, const core::secret_key& secret,
                                                        const std::function<void(const std::string&)>& say) {
  if (!s.root_key.empty()) {
    if (auto taken = take_root(store, s.root_key.reveal(), directory, secret, say); !taken) return taken.error();
    return std::optional<std::string>{};
  }
  const auto kept = directory.read_secret(root_key_file);
  if (!kept) return kept.error();
  const bool fresh = !*kept || (*kept)->empty();
  const auto key = fresh ? core::new_logos_key("root") : **kept;
  // Before it is in force: whoever dies in between finds it at the next start, and nobody else could tell it.
  if (fresh)
    if (auto wrong = directory.write_secret(root_key_file, key)) return std::move(*wrong);
  const auto made = store.first_start(secret.hash(key), core::shown_prefix(key));
  if (!made) return made.error();
  core::fault_point("start.root_made");
  if (!fresh) return std::optional<std::string>{};
  if (*made) return std::optional{key};
  // A later node of a cluster has no root key of its own, and needs none.
  directory.remove_secret(root_key_file);
  return std::optional<std::string>{};
}

/// Whether a live key of root's is there, and whether it is the one in DATA_DIR/root.key.
root_keys find_root_keys(const storage::catalog_data& in, const data_dir& directory, const core::secret_key& secret) {
  const auto kept = directory.read_secret(root_key_file);
  const auto now = core::system_clock().wall();
  root_keys out;
  for (const auto& p : in.processes) {
    const bool root = std::any_of(in.users.begin(), in.users.end(), [&](const storage::user& u) {
      return u.id == p.user_id && storage::role_of(u) == core::role::root;
    });
    if (!root || (p.expires_at && *p.expires_at <= now)) continue;
    out.any = true;
    if (kept && *kept && secret.hash(**kept) == p.hash) out.kept = true;
  }
  return out;
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
  auto texts = find_secret_texts(s);
  if (!texts) return texts.error();
  auto& text = texts->present;
  if (text.empty()) {
    text = core::random_text(32);
    if (auto wrong = directory.write_secret(secret_file, text)) return std::move(*wrong);
  }
  if (text.size() < shortest_secret)
    return failure{ec::bad_field,
                   "secret_key: it must have at least 16 characters; make one with: openssl rand -base64 32",
                   "secret_key"};
  return core::secret_key{text, texts->previous};
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
  auto linked = lock_linked_database(s);
  if (!linked) return linked.error();
  auto secret = find_secret(s, *directory);
  if (!secret) return secret.error();
  const auto options = store_options_of(s);
  auto opened = storage::open_store(options, *secret);
  if (!opened) return opened.error();
  auto& store = **opened;

  const auto migrated = insist([&] { return store.migrate(); }, say);
  if (!migrated) return migrated.error();
  core::fault_point("start.migrated");
  if (!migrated->empty()) say("Applied " + std::to_string(migrated->size()) + " database migrations.");
  if (const auto same = store.verify_secret(); !same) return same.error();
  auto sole = claim_database(store, s, *directory, *secret, say);
  if (!sole) return sole.error();
  if (const auto noted = store.note_secrets(node_name(s)); !noted) return noted.error();
  *secret = store.secret(); // as it is at work in this database
  if (secret->verifier() != secret->verifiers().front())
    say("Warning: the database still belongs to the previous secret key. When every node has the new one: logos "
        "rotate-secret.");
  auto fresh_key = settle_root(store, s, *directory, *secret, say);
  if (!fresh_key) return fresh_key.error();
  const auto warnings = sync(store, s, config_file);
  if (!warnings) return warnings.error();
  for (const auto& warning : *warnings)
    say("Warning: " + warning);
  auto catalog = store.load_catalog();
  if (!catalog) return catalog.error();
  const auto roots = find_root_keys(*catalog, *directory, *secret);
  return installation{
      std::move(*directory), *secret,         options, node_name(s), std::move(*fresh_key), roots, std::move(*catalog),
      std::move(*linked),    std::move(*sole)};
}

} // namespace logos::commands
