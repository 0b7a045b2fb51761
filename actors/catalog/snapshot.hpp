// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/account_book.hpp"
#include "actors/accounting/pricing.hpp"
#include "core/capability.hpp"
#include "core/cascade.hpp"
#include "core/residence.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "core/vocabulary.hpp"
#include "net/call.hpp"
#include "net/dialect.hpp"
#include "net/usage_facts.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace logos::catalog {

class key_scope;

/// Who keeps a model for less would have it thrown out before it is renewed.
inline constexpr std::chrono::seconds shortest_keep_alive{60};

/// A server that runs models. `target` is where its sockets go.
struct provider {
  std::int64_t id = 0;
  std::string name;
  core::provider_type type = core::provider_type::custom;
  std::string base_url;
  std::string api_key;
  std::string auth_header; // empty: the dialect's default
  std::string auth_format;
  std::string api_version; // Azure
  std::string admin_url;   // Ollama's native API, empty: base_url
  core::privacy_level privacy = core::privacy_level::local;
  std::uint32_t parallel = 0;                                      // in flight per model, 0 = `usual_parallel`
  std::uint32_t max_in_flight = 0;                                 // over all models, 0 = no limit
  std::vector<std::pair<std::int64_t, std::uint32_t>> parallel_of; // deployments with a limit in place of `parallel`
  std::uint64_t total_vram_mb = 0;
  std::chrono::seconds keep_alive{300}; // of what it loads by order; at least `shortest_keep_alive`
  std::uint32_t max_loaded_models = 0;  // in memory at a time, 0 = no limit of its own
  /// What it may load, of providers that load on demand: its enabled deployments, also those that this node cannot
  /// reach.
  struct tenant {
    std::int64_t deployment_id = 0;
    std::string model; // as the provider calls it
    core::residence residence = core::residence::automatic;
  };
  std::vector<tenant> tenants;
  std::vector<std::string> reachable_from; // empty: every node
  core::origin origin = core::origin::api;
  bool enabled = true;
  std::shared_ptr<const net::upstream_target> target;
};

struct model {
  std::int64_t id = 0;
  std::string name;
  std::vector<std::string> aliases;
  std::string tags;
  std::string description;
  core::privacy_level privacy = core::privacy_level::local; // what it admits wherever it runs
  std::int32_t weight_accuracy = 0;
  std::int32_t weight_quality = 0;
  std::int32_t weight_latency = 0;
  std::int32_t weight_cost = 0;      // higher = cheaper
  std::int64_t reserve_tokens = 0;   // what an answer without a limit of its own is held for
  std::int64_t context_tokens = 0;   // prompt and answer together; 0: not known
  core::capability_set capabilities; // empty: not known
};

/// A model at a provider. Pointers into the same snapshot.
struct deployment {
  std::int64_t id = 0;
  const catalog::model* model = nullptr;
  const catalog::provider* provider = nullptr;
  std::string upstream_name; // what the provider calls the model
  std::string endpoint;      // overrides the path or the whole URL, may be empty
  std::string api_key;       // overrides the provider's, may be empty
  core::residence residence = core::residence::automatic;
  net::deployment_route route;                        // where and how, worked out once from all of the above
  std::shared_ptr<const net::upstream_target> target; // of `route`: not the provider's when `endpoint` is a URL
  /// It is as private as the less private of its model and its provider.
  core::privacy_level privacy() const { return std::max(model->privacy, provider->privacy); }
};

struct profile {
  std::int64_t id = 0;
  std::string name;
  bool every_model = false;
  std::vector<std::int64_t> models;      // permitted model ids, sorted
  std::vector<std::int64_t> providers{}; // ids of the only ones that serve it, sorted; empty: every provider
  bool permits(std::int64_t model_id) const;
  /// Whether a provider may serve it.
  bool allows(std::int64_t provider_id) const {
    return providers.empty() || std::binary_search(providers.begin(), providers.end(), provider_id);
  }
};

/// A process: whoever holds one key.
struct principal {
  std::int64_t process_id = 0;
  std::int64_t user_id = 0;    // 0: nobody's
  std::int64_t service_id = 0; // 0: no service's
  std::string name;
  core::role role = core::role::user; // its user's; whoever is nobody's has the rights of a user over itself
  bool root = false;                  // `role` is root: may use every model and every route
  core::log_level log = core::log_level::billing;
  core::priority priority = core::priority_mid;
  std::uint32_t weight = 1;               // of its share
  core::wall_time expires{};              // 0: never
  std::shared_ptr<const key_scope> scope; // null, as for most: nothing but its permissions narrows its use
  std::vector<profile> profiles;          // by id; the first is the default
  /// The profile of that id; 0 means the default. Nothing if it is not this process's.
  const profile* find_profile(std::int64_t id) const;
};

/// One as it was made, or several that hold together. As it is here, it admits everything.
struct policy {
  std::int64_t id = 0;
  std::int64_t process_id = 0; // 0: everyone's
  std::int64_t profile_id = 0; // 0: every profile's
  core::policy_use use = core::policy_use::named;
  std::string name;
  core::privacy_level threshold_privacy = core::privacy_level::cloud_not_in_eu_by_us_provider;
  std::int32_t threshold_latency = 0;
  std::int32_t threshold_accuracy = 0;
  std::int32_t threshold_cost = -1024;
  std::int32_t threshold_quality = 0;
  std::int32_t priority = 0; // in the queue; 0: it does not say
  std::string topic;
  core::cascade cascade{};
};

/// A prompt that a model, or those with a topic among their tags, are good or bad at.
struct example {
  std::int64_t id = 0;
  std::int64_t version = 0;
  std::int64_t model_id = 0; // 0: of the topic
  std::string topic;
  std::string text;
  float worth = 1;
};

/// Everything that deciding about a request reads. Immutable: a change makes a new one, swapped as a whole.
class snapshot {
public:
  std::uint64_t version = 0;
  std::vector<provider> providers;
  std::vector<model> models;
  std::vector<deployment> deployments; // enabled providers only
  std::vector<principal> principals;
  std::vector<policy> policies;
  std::vector<example> examples;
  accounting::price_book prices;
  std::string currency;                              // of costs and budgets; empty: as the settings say
  std::shared_ptr<const net::own_counters> counters; // what the operator's own token types count; null: none
  accounting::rules rules;                           // limits and budgets, those of settings included
  std::unordered_map<core::key_hash, std::size_t, core::key_hash_hasher> keys; // hash → index in principals
  /// Keys that were rotated and still work until then.
  struct ending_key {
    std::size_t holder = 0; // index in principals
    core::wall_time until{};
  };
  std::unordered_map<core::key_hash, ending_key, core::key_hash_hasher> ending_keys;

  snapshot() = default;
  snapshot(const snapshot&) = delete; // deployments point inside
  snapshot& operator=(const snapshot&) = delete;

  /// Builds what is looked up below; call once when the vectors are final.
  void index();

  /// Whoever holds this key, if it has not expired; a key that was rotated opens for as long as its grace lasts.
  const principal* find_key(const core::key_hash& hash, core::wall_time now) const;
  /// By name, then by alias; case-sensitive first, then not.
  const model* find_model(std::string_view name) const;
  /// The model's deployments, best first as configured (by id).
  std::span<const deployment* const> deployments_of(std::int64_t model_id) const;
  const deployment* find_deployment(std::int64_t id) const;
  const provider* find_provider(std::int64_t id) const;
  const provider* find_provider(std::string_view name) const;
  /// Whether a limit or a budget is about any of them; `limited`: whether a limit is; `budgeted`: whether a budget is;
  /// `hard_budget`: a hard one.
  bool governs(const accounting::parties& who) const;
  bool limited(const accounting::parties& who) const;
  bool budgeted(const accounting::parties& who) const;
  bool hard_budget(const accounting::parties& who) const;
  /// Whose limit is 0, so that no request of theirs is let in; nothing when none is.
  std::optional<core::scope> closed(const accounting::parties& who) const;
  /// Whether the budgets about them, and whether they are closed, are what they are in another catalog.
  bool rules_as(const snapshot& other, const accounting::parties& who) const;
  /// Root's profile permits everything; a key's scope narrows root's too.
  static bool permits(const principal& who, const profile* with, std::int64_t model_id);
  /// The same for a model at a provider: the profile's list of providers narrows root's, too. A policy is not asked;
  /// see `classification::may_serve`.
  static bool permits(const principal& who, const profile* with, const deployment& d);
  /// Whether the model is permitted, and not served by none but providers that the profile's list leaves out. What
  /// nobody serves is still within reach.
  bool reaches(const principal& who, const profile* with, std::int64_t model_id) const;

private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
  };
  std::unordered_map<std::string, const model*, text_hash, std::equal_to<>> by_name_;
  std::unordered_map<std::string, const model*, text_hash, std::equal_to<>> by_lower_name_;
  std::unordered_map<std::int64_t, std::vector<const deployment*>> by_model_;
  std::unordered_map<std::int64_t, const deployment*> by_deployment_;
  std::unordered_map<std::int64_t, const provider*> by_provider_;
  using ids_by_scope = std::array<std::unordered_set<std::int64_t>, std::tuple_size_v<accounting::parties>>;
  static bool has_any(const ids_by_scope& of, const accounting::parties& who);
  ids_by_scope ruled_;       // by any limit or budget
  ids_by_scope limited_;     // by any limit
  ids_by_scope budgeted_;    // by any budget
  ids_by_scope hard_budget_; // by a hard budget
  ids_by_scope closed_;      // by a limit of 0
};

using snapshot_ptr = std::shared_ptr<const snapshot>;

} // namespace logos::catalog
