// SPDX-License-Identifier: MIT
#include "actors/transfer/brought_keys.hpp"

#include "actors/transfer/providers.hpp"

#include <algorithm>
#include <array>

namespace logos::transfer {
namespace {

using core::ec;
using core::failure;

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> usual_addresses{{
    {"openai", "https://api.openai.com"},
    {"anthropic", "https://api.anthropic.com"},
    {"ollama", "http://127.0.0.1:11434"},
}};
constexpr std::string_view asks_for_no_key = "ollama";

} // namespace

std::string shown(const storage::profile& p) { return "'" + p.name + "' (id " + std::to_string(p.id) + ")"; }

failure brought_keys::take(cargo& into, std::int64_t& last_id) {
  into_ = &into;
  last_id_ = &last_id;
  if (auto bad = check_addresses(); bad.code != ec::none) return bad;
  // Whose keys there are has to be known before any of them gets a provider.
  for (const auto& o : offers_)
    if (!o.key.empty()) profiles_of_[o.provider][o.key].insert(o.profile);
  for (const auto& o : offers_)
    if (auto bad = o.key.empty() ? take_keyless(o) : take_keyed(o); bad.code != ec::none) return bad;
  warn_of_idle();
  return {};
}

/// An address for a provider that no profile names is a slip of the pen: the one that was meant would go elsewhere.
failure brought_keys::check_addresses() const {
  for (const auto& [name, url] : addresses_) {
    if (std::any_of(offers_.begin(), offers_.end(), [&n = name](const offer& o) { return o.provider == n; })) continue;
    std::set<std::string_view> there;
    for (const auto& o : offers_)
      there.insert(o.provider);
    std::string list;
    for (const auto each : there)
      list.append(list.empty() ? "" : ", ").append(each);
    return {ec::bad_field, "--base-url " + name + "=" + url + ": no profile has a provider '" + name + "'; there " +
                               (list.empty() ? "is none" : "is " + list) + "."};
  }
  return {};
}

/// The gateway's own provider of that name, or one that asks for no key.
failure brought_keys::take_keyless(const offer& o) {
  const auto pass_over = [&](const std::string& why) {
    into_->notes.push_back(o.where + ": " + o.what + ": passed over, there is no api_key" + why);
    return failure{};
  };
  if (profiles_of_.contains(o.provider)) return pass_over("; another profile's is not for this one.");
  const auto& made = made_[o.provider];
  if (const auto same = made.find({}); same != made.end()) {
    give(same->second, o);
    return {};
  }
  if (const auto* there = find(o.provider); there != nullptr) {
    bring(*there, o);
    return {};
  }
  if (o.address.empty() && !addresses_.contains(o.provider) && o.provider != asks_for_no_key)
    return pass_over(" and no base_url.");
  storage::provider p;
  p.name = o.provider;
  if (auto bad = describe(o, p); bad.code != ec::none) return bad;
  bring(std::move(p), o);
  return {};
}

failure brought_keys::take_keyed(const offer& o) {
  const auto& made = made_[o.provider];
  if (const auto same = made.find(o.key); same != made.end()) {
    give(same->second, o);
    return {};
  }
  const auto own = o.provider + "-" + o.profile;
  for (const auto& name : {o.provider, own})
    if (const auto* there = find(name); there != nullptr && there->api_key == o.key) {
      bring(*there, o);
      return {};
    }
  const auto* plain = find(o.provider);
  const bool anothers = !made.empty() || (plain != nullptr && profiles_of_.at(o.provider).contains(plain->api_key));
  storage::provider p;
  p.name = anothers ? own : o.provider;
  if (find(p.name) != nullptr) {
    into_->warnings.push_back(o.where + ": there is a provider '" + p.name + "' with another key than profile '" +
                              o.profile +
                              "' brings; it stays as it is, and the profile gets no permission by it. To use it all "
                              "the same, leave api_key empty; to use the key, give it another name, with base_url.");
    return {};
  }
  if (auto bad = describe(o, p); bad.code != ec::none) return bad;
  p.api_key = o.key;
  if (anothers)
    into_->notes.push_back(o.where + ": '" + o.provider +
                           "' has another key in this profile, so it became the provider '" + p.name + "'.");
  bring(std::move(p), o);
  return {};
}

failure brought_keys::describe(const offer& o, storage::provider& p) const {
  p.base_url = o.address;
  if (const auto at = addresses_.find(o.provider); p.base_url.empty() && at != addresses_.end())
    p.base_url = at->second;
  for (const auto& [usual, url] : usual_addresses)
    if (p.base_url.empty() && usual == o.provider) p.base_url = url;
  if (p.base_url.empty())
    return {ec::bad_field, o.where + ": " + o.what + ": the address of '" + o.provider +
                               "' is not known. Give it with --base-url " + o.provider +
                               "=https://…, or as base_url beside api_key, or make the provider first."};
  given known;
  known.type = read_upstream_type(o.provider, p);
  if (const auto bad = complete(p, known); bad.code != ec::none)
    return {ec::bad_field, o.where + ": " + o.what + ": " + bad.message};
  return {};
}

const storage::provider* brought_keys::find(std::string_view name) const {
  const auto at = std::find_if(there_.providers.begin(), there_.providers.end(),
                               [&](const storage::provider& p) { return p.name == name; });
  return at == there_.providers.end() ? nullptr : &*at;
}

void brought_keys::bring(storage::provider p, const offer& o) {
  p.id = --*last_id_;
  into_->add<storage::provider>(o.where) = p;
  made_[o.provider].emplace(o.key, p.id);
  give(p.id, o);
}

void brought_keys::give(std::int64_t provider, const offer& to) {
  to.providers->push_back(provider);
  for (const auto& name : to.models) {
    auto& model = models_[name];
    if (model == 0) {
      model = --*last_id_;
      into_->add<storage::model>(to.where, model).name = name;
    }
    if (!deployed_.emplace(provider, model).second) continue;
    auto& d = into_->add<storage::deployment>(to.where, --*last_id_);
    d.model_id = model;
    d.provider_id = provider;
  }
}

/// The first Logos sent on whatever model a client named; here one is known before anybody may use it.
void brought_keys::warn_of_idle() const {
  for (const auto& [p, where] : into_->of<storage::provider>()) {
    const auto* there = find(p.name);
    const bool serves =
        std::any_of(deployed_.begin(), deployed_.end(), [id = p.id](const auto& at) { return at.first == id; }) ||
        (there != nullptr && std::any_of(there_.deployments.begin(), there_.deployments.end(),
                                         [&](const auto& d) { return d.provider_id == there->id; }));
    if (serves) continue;
    const auto name = core::json_string(p.name);
    into_->warnings.push_back(
        where + ": no model is deployed at the provider '" + p.name +
        "' yet, so the keys of its profile can use nothing there: any model is answered with 404. Name its models "
        "beside api_key, as `models: [NAME, …]`, and import again; or make each with POST /admin/v1/models "
        R"({"name":"NAME","provider":)" +
        name + R"(}, or, if it is there already, with POST /admin/v1/deployments {"model":"NAME","provider":)" + name +
        "}.");
  }
}

/// Who has no list of providers is served by all, those with others' keys included.
void brought_keys::warn_of_reach(const std::string& file) const {
  std::string fresh;
  for (const auto& [p, where] : into_->of<storage::provider>())
    if (!p.api_key.empty() && find(p.name) == nullptr)
      fresh.append(fresh.empty() ? "'" : ", '").append(p.name).append("'");
  if (fresh.empty()) return;
  std::set<std::int64_t> deployed; // models that are there already and now also there
  for (const auto& m : there_.models)
    if (models_.contains(m.name)) deployed.insert(m.id);
  std::string wide, named;
  for (const auto& profile : there_.profiles) {
    if (!profile.allowed_providers.empty() || is_roots(profile)) continue;
    bool all = false, some = false;
    for (const auto& may : there_.permissions) {
      if (may.profile_id != profile.id) continue;
      all = all || may.model_id == 0;
      some = some || deployed.contains(may.model_id);
    }
    if (auto& list = all ? wide : named; all || some) list.append(list.empty() ? "" : ", ").append(shown(profile));
  }
  const auto mend = ", with keys of this file. Where that is not meant, set their allowed_providers.";
  if (!wide.empty())
    into_->warnings.push_back(file + ": the profiles " + wide +
                              " may use every model, so also what is deployed at the new providers " + fresh + mend);
  if (!named.empty())
    into_->warnings.push_back(file + ": the profiles " + named +
                              " may use models that this file deploys at the new providers " + fresh + mend);
}

bool brought_keys::is_roots(const storage::profile& profile) const {
  for (const auto& process : there_.processes)
    for (const auto& user : there_.users)
      if (process.id == profile.process_id && user.id == process.user_id)
        return storage::role_of(user) == core::role::root;
  return false;
}

} // namespace logos::transfer
