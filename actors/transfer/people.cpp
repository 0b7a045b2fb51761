// SPDX-License-Identifier: MIT
#include "actors/transfer/people.hpp"

#include "actors/transfer/providers.hpp"
#include "config/document.hpp"
#include "config/header_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace logos::transfer {
namespace {

using config::node;
using core::ec;
using core::failure;

enum class rights : std::uint8_t { user, admin };

/// What `logos_rights` of the first Logos means for a user here. The one place where it is said.
void give_rights(storage::user& to, rights of, const std::string& where, cargo& into) {
  if (of != rights::admin) return;
  to.role = core::role::admin;
  into.notes.push_back(where + ": logos_rights admin is the role admin here: its key administers everything but what "
                               "is root's.");
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> usual_addresses{{
    {"openai", "https://api.openai.com"},
    {"anthropic", "https://api.anthropic.com"},
    {"ollama", "http://127.0.0.1:11434"},
}};

std::string place_of(const text_file& file, const node& at) {
  return file.name + (at.line != 0 ? ":" + std::to_string(at.line) : std::string{});
}

failure wrong(const text_file& file, const node& at, const std::string& what) {
  return {ec::bad_field, place_of(file, at) + ": " + what};
}

std::optional<node> parse(const text_file& file, failure& bad) {
  std::vector<config::problem> problems;
  auto root = config::parse_document(file.text, file.name, problems);
  if (!root || config::has_error(problems)) {
    bad = {ec::bad_field, config::to_string(problems)};
    while (bad.message.ends_with('\n'))
      bad.message.pop_back();
    return std::nullopt;
  }
  return root;
}

/// The members of a map, none of which comes twice, and all of which are among `known` unless that is empty.
failure check_map(const text_file& file, const node& map, const std::string& what,
                  std::span<const std::string_view> known) {
  if (map.type != node::kind::map)
    return wrong(file, map, what + ": expected a map, found " + std::string{config::to_string(map.type)} + ".");
  std::set<std::string_view> seen;
  for (const auto& name : map.names) {
    if (!seen.insert(name.text).second) return wrong(file, name, what + ": '" + name.text + "' stands here twice.");
    if (known.empty() || std::find(known.begin(), known.end(), name.text) != known.end()) continue;
    const auto nearest = config::nearest_of(name.text, known);
    return wrong(file, name, what + ": unknown key '" + name.text + "'; did you mean '" + std::string{nearest} + "'?");
  }
  return {};
}

failure read_word(const text_file& file, const node& in, std::string_view name, const std::string& what,
                  std::string& out) {
  const auto* at = in.find(name);
  if (at == nullptr || at->null() || at->text.empty())
    return wrong(file, at == nullptr ? in : *at, what + ": '" + std::string{name} + "' is missing.");
  if (at->type != node::kind::scalar) return wrong(file, *at, what + ": '" + std::string{name} + "' must be a string.");
  out = at->text;
  return {};
}

struct profile_facts {
  rights of = rights::user;
  std::vector<std::int64_t> providers; // ids within the cargo
};

class reading {
public:
  reading(const text_file& users, const text_file& profiles, const core::secret_key& secret,
          const storage::catalog_data& there, const people_options& how)
      : users_{users},
        profiles_{profiles},
        secret_{secret},
        there_{there},
        how_{how} {}

  storage::result<cargo> run() {
    if (auto bad = read_profiles(); bad.code != ec::none) return bad;
    if (auto bad = read_users(); bad.code != ec::none) return bad;
    return std::move(cargo_);
  }

private:
  failure read_profiles() {
    failure bad;
    const auto root = parse(profiles_, bad);
    if (!root) return bad;
    constexpr std::array<std::string_view, 1> top{"profiles"};
    if (bad = check_map(profiles_, *root, "the file", top); bad.code != ec::none) return bad;
    const auto* all = root->find("profiles");
    if (all == nullptr || all->null()) return {};
    if (bad = check_map(profiles_, *all, "profiles", {}); bad.code != ec::none) return bad;
    for (std::size_t i = 0; i < all->names.size(); ++i)
      if (bad = read_profile(all->names[i].text, all->items[i]); bad.code != ec::none) return bad;
    return {};
  }

  failure read_profile(const std::string& name, const node& from) {
    constexpr std::array<std::string_view, 2> known{"llm_keys", "logos_rights"};
    const auto what = "profile '" + name + "'";
    if (auto bad = check_map(profiles_, from, what, known); bad.code != ec::none) return bad;
    auto& facts = facts_[name];
    if (const auto* word = from.find("logos_rights"); word != nullptr && !word->null()) {
      if (word->text != "user" && word->text != "admin")
        return wrong(profiles_, *word, what + ": logos_rights must be user or admin, not '" + word->text + "'.");
      facts.of = word->text == "admin" ? rights::admin : rights::user;
    }
    const auto* keys = from.find("llm_keys");
    if (keys == nullptr || keys->null()) return {};
    if (auto bad = check_map(profiles_, *keys, what + ", llm_keys", {}); bad.code != ec::none) return bad;
    for (std::size_t i = 0; i < keys->names.size(); ++i)
      if (auto bad = read_key(name, keys->names[i], keys->items[i], facts); bad.code != ec::none) return bad;
    return {};
  }

  /// `openai: { api_key: sk-… }`, or the key itself.
  failure read_key(const std::string& profile, const node& name, const node& from, profile_facts& facts) {
    constexpr std::array<std::string_view, 2> known{"api_key", "base_url"};
    const auto what = "profile '" + profile + "', llm_keys, " + name.text;
    std::string key;
    std::string address;
    if (from.type == node::kind::scalar) {
      key = from.text;
    } else if (!from.null()) {
      if (auto bad = check_map(profiles_, from, what, known); bad.code != ec::none) return bad;
      if (const auto* at = from.find("api_key"); at != nullptr && !at->null()) key = at->text;
      if (const auto* at = from.find("base_url"); at != nullptr && !at->null()) address = at->text;
    }
    if (!config::is_printable_ascii(key))
      return wrong(profiles_, from, what + ": the key has characters that cannot travel in a header.");
    return offer(profile, name, key, address, what, facts);
  }

  failure offer(const std::string& profile, const node& name, const std::string& key, const std::string& address,
                const std::string& what, profile_facts& facts) {
    const auto where = place_of(profiles_, name);
    auto& made = keys_[name.text]; // the provider for each key
    if (const auto same = made.find(key); same != made.end()) {
      facts.providers.push_back(same->second);
      return {};
    }
    storage::provider p;
    p.name = made.empty() ? name.text : name.text + "-" + profile;
    const auto known = std::find_if(there_.providers.begin(), there_.providers.end(),
                                    [&](const storage::provider& other) { return other.name == p.name; });
    if (known != there_.providers.end()) {
      p = *known;
      if (!key.empty() && p.api_key != key)
        cargo_.notes.push_back(where + ": there is a provider '" + p.name +
                               "' with another key already; it stays as it is.");
    } else {
      if (auto bad = describe(name, address, what, p); bad.code != ec::none) return bad;
      p.api_key = key;
      if (!made.empty())
        cargo_.notes.push_back(where + ": '" + name.text +
                               "' has another key in this profile, so it became the provider '" + p.name +
                               "'. A model that is deployed at both may be served with either key.");
    }
    p.id = --last_id_;
    cargo_.add<storage::provider>(where) = p;
    made.emplace(key, p.id);
    facts.providers.push_back(p.id);
    return {};
  }

  failure describe(const node& name, const std::string& address, const std::string& what, storage::provider& p) {
    p.base_url = address;
    if (const auto at = how_.addresses.find(name.text); p.base_url.empty() && at != how_.addresses.end())
      p.base_url = at->second;
    for (const auto& [usual, url] : usual_addresses)
      if (p.base_url.empty() && usual == name.text) p.base_url = url;
    if (p.base_url.empty())
      return wrong(profiles_, name,
                   what + ": the address of '" + name.text + "' is not known. Give it with --base-url " + name.text +
                       "=https://…, or as base_url beside api_key, or make the provider first.");
    given known;
    known.type = read_upstream_type(name.text, p);
    if (auto bad = complete(p, known); bad.code != ec::none) return wrong(profiles_, name, what + ": " + bad.message);
    return {};
  }

  failure read_users() {
    failure bad;
    const auto root = parse(users_, bad);
    if (!root) return bad;
    constexpr std::array<std::string_view, 1> top{"users"};
    if (bad = check_map(users_, *root, "the file", top); bad.code != ec::none) return bad;
    const auto* all = root->find("users");
    if (all == nullptr || all->null()) return {};
    if (bad = check_map(users_, *all, "users", {}); bad.code != ec::none) return bad;
    for (std::size_t i = 0; i < all->names.size(); ++i)
      if (bad = read_user(all->names[i], all->items[i]); bad.code != ec::none) return bad;
    return {};
  }

  failure read_user(const node& name, const node& from) {
    constexpr std::array<std::string_view, 2> known{"logos_api_key", "profile"};
    const auto what = "user '" + name.text + "'";
    const auto where = place_of(users_, name);
    if (auto bad = check_map(users_, from, what, known); bad.code != ec::none) return bad;
    std::string key;
    std::string profile;
    if (auto bad = read_word(users_, from, "logos_api_key", what, key); bad.code != ec::none) return bad;
    if (auto bad = read_word(users_, from, "profile", what, profile); bad.code != ec::none) return bad;
    if (!config::is_printable_ascii(key))
      return wrong(users_, *from.find("logos_api_key"),
                   what + ": the key has characters that cannot travel in a header.");
    if (name.text == "root")
      return wrong(users_, name,
                   what + ": this name is the gateway's own; its keys may do everything. Rename the user.");
    const auto facts = facts_.find(profile);
    if (facts == facts_.end())
      return wrong(users_, *from.find("profile"),
                   what + ": there is no profile '" + profile + "' in " + profiles_.name + ".");
    if (!hashes_.insert(secret_.hash(key)).second)
      return wrong(users_, *from.find("logos_api_key"), what + ": another user has the same key.");
    add_user(name.text, key, profile, facts->second, where);
    return {};
  }

  void add_user(const std::string& name, const std::string& key, const std::string& profile, const profile_facts& facts,
                const std::string& where) {
    auto& user = cargo_.add<storage::user>(where, --last_id_);
    user.username = name;
    user.name = name;
    give_rights(user, facts.of, where, cargo_);
    const auto user_id = last_id_;
    auto& process = cargo_.add<storage::process>(where, --last_id_);
    process.name = name;
    process.hash = secret_.hash(key);
    process.key_prefix = core::shown_prefix(key);
    process.user_id = user_id;
    const auto process_id = last_id_;
    auto& own = cargo_.add<storage::profile>(where, --last_id_);
    own.name = profile;
    own.process_id = process_id;
    permit(last_id_, facts, where);
  }

  /// What the profile's providers serve. Where there are no other providers, that is every model, also those to come.
  void permit(std::int64_t profile, const profile_facts& facts, const std::string& where) {
    std::set<std::string> names;
    for (const auto& [provider, place] : cargo_.of<storage::provider>())
      if (std::find(facts.providers.begin(), facts.providers.end(), provider.id) != facts.providers.end())
        names.insert(provider.name);
    if (names.empty()) return;
    const auto theirs = [&](const std::string& name) { return names.contains(name); };
    const auto& mine = cargo_.of<storage::provider>();
    const bool only =
        std::all_of(there_.providers.begin(), there_.providers.end(), [&](const auto& p) { return theirs(p.name); }) &&
        std::all_of(mine.begin(), mine.end(), [&](const auto& i) { return theirs(i.entity.name); });
    if (only) {
      cargo_.add<storage::permission>(where).profile_id = profile;
      return;
    }
    std::size_t permitted = 0;
    for (const auto& m : there_.models) {
      const bool served = std::any_of(there_.deployments.begin(), there_.deployments.end(), [&](const auto& d) {
        return d.model_id == m.id && std::any_of(there_.providers.begin(), there_.providers.end(), [&](const auto& p) {
                 return p.id == d.provider_id && theirs(p.name);
               });
      });
      if (!served) continue;
      ++permitted;
      refer_to(m);
      auto& allowed = cargo_.add<storage::permission>(where);
      allowed.profile_id = profile;
      allowed.model_id = models_.at(m.id);
    }
    if (permitted == 0)
      cargo_.notes.push_back(where + ": no model is deployed at the providers of this profile yet, so it may use none. "
                                     "Name their models, then import again or add permissions.");
  }

  void refer_to(const storage::model& m) {
    if (models_.contains(m.id)) return;
    models_.emplace(m.id, --last_id_);
    cargo_.add<storage::model>("model '" + m.name + "'", last_id_) = m;
    cargo_.of<storage::model>().back().entity.id = last_id_;
  }

  const text_file& users_;
  const text_file& profiles_;
  const core::secret_key& secret_;
  const storage::catalog_data& there_;
  const people_options& how_;
  cargo cargo_;
  std::map<std::string, profile_facts> facts_;
  std::map<std::string, std::map<std::string, std::int64_t>> keys_; // by name and key: the provider
  std::map<std::int64_t, std::int64_t> models_;
  std::set<core::key_hash> hashes_;
  std::int64_t last_id_ = 0; // below 0: names nothing outside this cargo
};

} // namespace

storage::result<cargo> read_people(const text_file& users, const text_file& profiles, const core::secret_key& secret,
                                   const storage::catalog_data& there, const people_options& how) {
  return reading{users, profiles, secret, there, how}.run();
}

people_part part_of(std::string_view text) {
  std::vector<config::problem> problems;
  const auto root = config::parse_document(text, "", problems);
  if (!root || root->type != node::kind::map) return people_part::none;
  if (root->find("users") != nullptr) return people_part::users;
  return root->find("profiles") != nullptr ? people_part::profiles : people_part::none;
}

} // namespace logos::transfer
