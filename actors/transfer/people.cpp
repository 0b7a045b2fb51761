// SPDX-License-Identifier: MIT
#include "actors/transfer/people.hpp"

#include "actors/administration/fields.hpp"
#include "actors/transfer/brought_keys.hpp"
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

/// Whether a map has what a user or a profile has. Their names alone would not do: a user may be called `profile`.
bool is_entry(const node& at) {
  constexpr std::array<std::string_view, 3> words{"logos_api_key", "profile", "logos_rights"};
  const auto* keys = at.find("llm_keys");
  return keys != nullptr || std::any_of(words.begin(), words.end(), [&](std::string_view word) {
           const auto* value = at.find(word);
           return value != nullptr && value->type != node::kind::map;
         });
}

/// What stands under `top`, if the file wraps its entries so.
const node* wrapped(const node& root, std::string_view top) {
  const auto* at = root.find(top);
  return at != nullptr && !is_entry(*at) ? at : nullptr;
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
        brought_{there, how.addresses} {}

  storage::result<cargo> run() {
    if (auto bad = read_profiles(); bad.code != ec::none) return bad;
    if (auto bad = read_users(); bad.code != ec::none) return bad;
    brought_.warn_of_reach(profiles_.name);
    return std::move(cargo_);
  }

private:
  failure read_profiles() {
    failure bad;
    const auto root = parse(profiles_, bad);
    if (!root) return bad;
    constexpr std::array<std::string_view, 1> top{"profiles"};
    const auto* all = wrapped(*root, top.front());
    if (all != nullptr)
      if (bad = check_map(profiles_, *root, "the file", top); bad.code != ec::none) return bad;
    if (all == nullptr) all = &*root;
    if (all->null()) return {};
    if (bad = check_map(profiles_, *all, "profiles", {}); bad.code != ec::none) return bad;
    for (std::size_t i = 0; i < all->names.size(); ++i)
      if (bad = read_profile(all->names[i].text, all->items[i]); bad.code != ec::none) return bad;
    return brought_.take(cargo_, last_id_);
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
    constexpr std::array<std::string_view, 3> known{"api_key", "base_url", "models"};
    const auto what = "profile '" + profile + "', llm_keys, " + name.text;
    std::string key, address;
    std::vector<std::string> models;
    if (from.type == node::kind::scalar) {
      key = from.text;
    } else if (!from.null()) {
      if (auto bad = check_map(profiles_, from, what, known); bad.code != ec::none) return bad;
      if (const auto* at = from.find("api_key"); at != nullptr && !at->null()) key = at->text;
      if (const auto* at = from.find("base_url"); at != nullptr && !at->null()) address = at->text;
      if (const auto* at = from.find("models"); at != nullptr && !at->null())
        if (auto bad = read_models(*at, what, models); bad.code != ec::none) return bad;
    }
    if (!config::is_printable_ascii(key))
      return wrong(profiles_, from, what + ": the key has characters that cannot travel in a header.");
    brought_.add({profile, name.text, key, address, what, place_of(profiles_, name), &facts.providers, models});
    return {};
  }

  failure read_models(const node& from, const std::string& what, std::vector<std::string>& out) const {
    if (from.type != node::kind::sequence) return wrong(profiles_, from, what + ": 'models' must be a list of names.");
    for (const auto& each : from.items) {
      storage::model m;
      m.name = each.text;
      if (auto bad = administration::check_fields(m); bad.code != ec::none)
        return wrong(profiles_, each, what + ", models: " + bad.message);
      out.push_back(each.text);
    }
    return {};
  }

  failure read_users() {
    failure bad;
    const auto root = parse(users_, bad);
    if (!root) return bad;
    constexpr std::array<std::string_view, 1> top{"users"};
    const auto* all = wrapped(*root, top.front());
    if (all != nullptr)
      if (bad = check_map(users_, *root, "the file", top); bad.code != ec::none) return bad;
    if (all == nullptr) all = &*root;
    if (all->null()) return {};
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
    std::string key, profile;
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
    if (const auto others = others_key(secret_.hash(key), name.text); !others.empty())
      return wrong(users_, *from.find("logos_api_key"), what + ": " + others);
    add_user(name.text, key, profile, facts->second, where);
    return {};
  }

  /// Whose a key is already, where that is not this user: what the file has for it would go to the other's process.
  std::string others_key(const core::key_hash& key, const std::string& name) const {
    for (const auto& p : there_.processes) {
      if (p.hash != key && p.previous_hash != key) continue;
      const auto user = std::find_if(there_.users.begin(), there_.users.end(),
                                     [&](const storage::user& u) { return u.id == p.user_id; });
      const bool has_user = user != there_.users.end();
      if (has_user && user->username == name) continue;
      return std::string{p.hash == key ? "this is" : "this was"} + " the key of the process '" + p.name + "' (id " +
             std::to_string(p.id) + "), which belongs to " +
             (has_user            ? "the user '" + user->username + "'"
              : p.service_id != 0 ? "a service"
                                  : "nobody") +
             ", and no two can have one key. Write another one here; or, if that process is meant, make the user '" +
             name + "' and give it the process (PATCH /admin/v1/processes/" + std::to_string(p.id) +
             " with its user_id), then import again.";
    }
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
    own.allowed_providers = facts.providers;
    if (facts.providers.empty()) return;
    if (const auto* there = find_profile(process.hash, profile); there != nullptr)
      permit_known(last_id_, *there, facts, where);
    else // what its providers serve, also what they come to serve: they are all that it has
      cargo_.add<storage::permission>(where).profile_id = last_id_;
  }

  const storage::profile* find_profile(const core::key_hash& key, const std::string& name) const {
    const auto of = std::find_if(there_.processes.begin(), there_.processes.end(),
                                 [&](const storage::process& p) { return p.hash == key || p.previous_hash == key; });
    if (of == there_.processes.end()) return nullptr;
    const auto at = std::find_if(there_.profiles.begin(), there_.profiles.end(),
                                 [&](const storage::profile& p) { return p.process_id == of->id && p.name == name; });
    return at == there_.profiles.end() ? nullptr : &*at;
  }

  bool may_use_every_model(const storage::profile& profile) const {
    return std::any_of(there_.permissions.begin(), there_.permissions.end(),
                       [&](const auto& p) { return p.profile_id == profile.id && p.model_id == 0; });
  }

  /// A profile that is there already keeps its list of providers: without one, it gets nothing that is also served with
  /// another profile's key.
  void permit_known(std::int64_t profile, const storage::profile& there, const profile_facts& facts,
                    const std::string& where) {
    if (may_use_every_model(there)) return;
    std::set<std::string> names, foreign;
    for (const auto& [provider, place] : cargo_.of<storage::provider>()) {
      if (std::find(facts.providers.begin(), facts.providers.end(), provider.id) != facts.providers.end())
        names.insert(provider.name);
      else if (!provider.api_key.empty())
        foreign.insert(provider.name);
    }
    const bool narrow = !there.allowed_providers.empty();
    if (narrow) note_unlisted(there, names, where);
    const auto theirs = [&](const std::string& name) { return names.contains(name); };
    const auto& mine = cargo_.of<storage::provider>();
    const bool only =
        std::all_of(there_.providers.begin(), there_.providers.end(), [&](const auto& p) { return theirs(p.name); }) &&
        std::all_of(mine.begin(), mine.end(), [&](const auto& i) { return theirs(i.entity.name); });
    if (only && !narrow) {
      cargo_.add<storage::permission>(where).profile_id = profile;
      return;
    }
    std::size_t served = 0;
    for (const auto& m : there_.models) {
      if (server_of(m, names) == nullptr) continue;
      ++served;
      if (const auto* other = server_of(m, foreign); other != nullptr && !narrow) {
        withhold(m, there, *other);
        continue;
      }
      refer_to(m);
      auto& allowed = cargo_.add<storage::permission>(where);
      allowed.profile_id = profile;
      allowed.model_id = models_.at(m.id);
    }
    if (served == 0)
      cargo_.notes.push_back(where + ": no model is deployed at the providers of this profile yet, so it may use none. "
                                     "Name their models, then import again or add permissions.");
  }

  /// One of `names` at which the model is deployed.
  const storage::provider* server_of(const storage::model& m, const std::set<std::string>& names) const {
    const auto at = std::find_if(there_.providers.begin(), there_.providers.end(), [&](const auto& p) {
      return names.contains(p.name) &&
             std::any_of(there_.deployments.begin(), there_.deployments.end(),
                         [&](const auto& d) { return d.model_id == m.id && d.provider_id == p.id; });
    });
    return at == there_.providers.end() ? nullptr : &*at;
  }

  void note_unlisted(const storage::profile& there, const std::set<std::string>& names, const std::string& where) {
    std::string missing;
    for (const auto& name : names)
      if (std::none_of(there_.providers.begin(), there_.providers.end(), [&](const auto& p) {
            const auto& listed = there.allowed_providers;
            return p.name == name && std::find(listed.begin(), listed.end(), p.id) != listed.end();
          }))
        missing.append(missing.empty() ? "'" : ", '").append(name).append("'");
    if (!missing.empty())
      cargo_.notes.push_back(where + ": the profile " + shown(there) + " is there already and keeps its " +
                             "allowed_providers, which do not have " + missing + ".");
  }

  void withhold(const storage::model& m, const storage::profile& from, const storage::provider& other) {
    cargo_.warnings.push_back(profiles_.name + ": the profile " + shown(from) + " gets no permission for the model '" +
                              m.name + "': it is also deployed at '" + other.name +
                              "', whose key another profile brings, and this profile is there already without "
                              "allowed_providers, so it would be served with either key. Set its allowed_providers "
                              "and import again. (A permission that is there already stays.)");
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
  cargo cargo_;
  std::map<std::string, profile_facts> facts_;
  brought_keys brought_;
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
  if (wrapped(*root, "users") != nullptr) return people_part::users;
  if (wrapped(*root, "profiles") != nullptr) return people_part::profiles;
  for (const auto& each : root->items)
    for (const auto& [word, part] : {std::pair{"logos_api_key", people_part::users},
                                     {"profile", people_part::users},
                                     {"llm_keys", people_part::profiles},
                                     {"logos_rights", people_part::profiles}})
      if (each.find(word) != nullptr) return part;
  return people_part::none;
}

} // namespace logos::transfer
