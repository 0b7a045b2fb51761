// SPDX-License-Identifier: MIT
#pragma once
#include "core/capability.hpp"
#include "core/cascade.hpp"
#include "core/money.hpp"
#include "core/residence.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "core/vocabulary.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The things an operator makes: plain structs, as the database keeps them. An id of 0 means none.
namespace logos::storage {

/// What every entity has. The store fills all of it; callers only read it (`origin` is set by `sync_config`).
struct entity {
  std::int64_t id = 0;
  std::int64_t version = 0; // its ETag: grows with every change
  core::origin origin = core::origin::api;
  core::wall_time created_at{};
  core::wall_time updated_at{};
};

struct user : entity {
  std::string username; // unique
  std::string prename;
  std::string name;
  core::role role = core::role::user; // ask `role_of`
};

/// Whoever is called root is root.
inline core::role role_of(const user& u) { return u.username == "root" ? core::role::root : u.role; }

struct service : entity {
  std::string name; // unique
};

/// One Logos key. (`process` is upstream's word for whoever holds a key.)
struct process : entity {
  std::string name;
  core::key_hash hash{};  // column logos_key, as hex; unique
  std::string key_prefix; // the first characters of the key, for display
  std::int64_t user_id = 0;
  std::int64_t service_id = 0;
  core::log_level log = core::log_level::billing;
  core::priority priority = core::priority_mid; // where the request names none
  std::int64_t weight = 1;                      // of its share of what keys wait for, 1 to 1000
  std::optional<core::wall_time> expires_at;
  std::string settings; // a JSON object, or empty
  /// The key before the last rotation, and until when it still works (or did). Column previous_key, as hex.
  std::optional<core::key_hash> previous_hash;
  std::optional<core::wall_time> previous_until;
  // Its scope; an empty list: everything that its permissions and its role allow.
  std::vector<std::int64_t> allowed_models;   // ids
  std::vector<std::string> allowed_endpoints; // paths; a `*` at the end stands for any rest
  std::vector<std::string> allowed_addresses; // networks in CIDR notation
};

struct profile : entity {
  std::string name; // unique within its process
  std::int64_t process_id = 0;
  /// Ids of the only providers that serve it; empty: every provider. One that is gone keeps its place: left out, it
  /// could make the list empty.
  std::vector<std::int64_t> allowed_providers{};
};

/// What a profile may use: one model, or with `model_id` 0 every model, later ones too.
struct permission : entity {
  std::int64_t profile_id = 0;
  std::int64_t model_id = 0;
};

struct provider : entity {
  std::string name; // unique
  core::provider_type type = core::provider_type::custom;
  std::string base_url;
  std::string api_key; // in clear here, sealed in the database; never show it
  std::string auth_name;
  std::string auth_format;
  core::privacy_level privacy = core::privacy_level::local;
  std::string ollama_admin_url;
  std::int64_t parallel_capacity = 1;      // in flight per model; 0: nobody says (catalog::usual_parallel)
  std::int64_t max_in_flight = 0;          // over all models; 0: no limit of its own
  std::int64_t total_vram_mb = 0;          // 0: not known
  std::int64_t keep_alive_seconds = 300;   // of what was loaded by order, at an Ollama; 0: the same
  std::int64_t max_loaded_models = 0;      // 0: no limit of its own
  std::vector<std::string> reachable_from; // node names; empty: every node
  std::string settings;                    // a JSON object, or empty
  bool enabled = true;
};

struct model : entity {
  std::string name; // unique
  std::vector<std::string> aliases;
  core::privacy_level weight_privacy = core::privacy_level::local;
  std::int64_t weight_latency = 0;
  std::int64_t weight_accuracy = 0;
  std::int64_t weight_cost = 0;
  std::int64_t weight_quality = 0;
  std::string tags;
  std::int64_t parallel = 0; // in flight at each provider whose deployment names none; 0: the provider's
  std::string description;
  std::int64_t reserve_tokens = 0;   // 0: 4096, or context_tokens where that is known and less
  std::int64_t context_tokens = 0;   // how many it reads and writes at a time; 0: not known
  core::capability_set capabilities; // empty: not known
  std::string settings;              // a JSON object, or empty
  bool enabled = true;
};

/// A model as one provider serves it; at most one per pair. Table model_provider.
struct deployment : entity {
  std::int64_t model_id = 0;
  std::int64_t provider_id = 0;
  std::string upstream_name; // empty: the model's name
  std::string endpoint;      // overrides the provider's base URL; empty: not
  std::string api_key;       // overrides the provider's key; in clear here, sealed in the database
  std::int64_t parallel = 0; // 0: the provider's
  core::residence residence = core::residence::automatic; // of providers that load models on demand
  std::string settings;                                   // a JSON object, or empty
  bool enabled = true;
};

struct policy : entity {
  std::string name;            // unique within its process
  std::int64_t process_id = 0; // column entity_id; 0: for everyone
  std::int64_t profile_id = 0; // for this one alone, whatever `process_id` says; 0: for every profile
  std::string description;
  core::privacy_level threshold_privacy = core::privacy_level::local;
  std::int64_t threshold_latency = 0;
  std::int64_t threshold_accuracy = 0;
  std::int64_t threshold_cost = 0;
  std::int64_t threshold_quality = 0;
  std::int64_t priority = 0;
  std::string topic;
  core::policy_use use = core::policy_use::named; // column applies
  core::cascade cascade{};                        // columns cascade_…
  bool enabled = true;
};

/// What tokens are counted as. The built-in ones have ids below `first_own_token_type`; an operator's own count a field
/// of the provider's usage.
struct token_type : entity {
  std::string name; // unique
  std::string description;
  std::string counted_from; // `usage.a.b`; empty: built-in
  std::string part_of;      // the built-in type that it is a part of; empty: none, it counts beside them
};
inline constexpr std::int64_t first_own_token_type = 100;

/// What one unit of another currency is worth in the installation's own, from a moment on.
struct rate : entity {
  std::string currency;
  core::wall_time valid_from{};
  core::nano worth = 0; // column nano_rate
};

/// What a thousand tokens of a type cost from a moment on: of a model, a provider, both, or (0) any.
struct price : entity {
  std::int64_t model_id = 0;
  std::int64_t provider_id = 0;
  std::string token_type{"prompt_tokens"}; // its name
  core::wall_time valid_from{};
  core::nano per_k_tokens = 0; // column nano_per_k_tokens
  std::string currency;        // the installation's, or one that there is a rate for
};

/// How much somebody may use at a time; at most one of a kind for each.
struct limit : entity {
  core::scope scope = core::scope::process;
  std::int64_t scope_id = 0;
  core::limit_kind kind = core::limit_kind::requests_per_minute;
  std::int64_t value = 0;
};

/// How much somebody may spend in a period; at most one of a period for each.
struct budget : entity {
  core::scope scope = core::scope::process;
  std::int64_t scope_id = 0;
  core::budget_period period = core::budget_period::total;
  core::nano amount = 0; // column amount_nano
  std::string currency;
  bool hard = true;               // refuse what could exceed it; else only say so
  std::string alert_at_percent{}; // a JSON list of percentages of `amount`; empty: see alert_percentages
  std::string alert_url{};        // empty: the installation's
  std::string alert_secret{};     // signs what goes to `alert_url`; in clear here, sealed in the database
};

/// An entry on a budget: so much more, or below 0 less, may be spent in the period in which it was made. Never changed;
/// removed only with its budget.
struct credit : entity {
  std::int64_t budget_id = 0;
  core::nano amount = 0; // column amount_nano; not 0, in the budget's currency
  std::string reason;
  std::int64_t reverses = 0; // the credit of the same budget that it takes back; 0: none
  std::string made_by;       // as the audit log calls whoever made it
  core::wall_time made_at{}; // decides its period, unless it reverses one: that one's does; an import keeps it
};

/// A prompt that a model, or every model that has a topic among its tags, is good (1000) or bad (-1000) at.
struct example : entity {
  std::int64_t model_id = 0; // 0: of the topic
  std::string topic;         // empty: of the model
  std::string text;
  std::int64_t worth_permille = 1000;
};
/// More than that would take longer than a decision may.
inline constexpr std::int64_t most_examples = 1000;

/// Every live entity, each list in the order of its ids, read in one transaction. References to what is gone are left
/// out; what is not `enabled` is still there.
struct catalog_data {
  std::int64_t version = 0;  // grows with every change of any entity, in the whole cluster
  std::int64_t counting = 0; // grows when the costs of requests on the books were changed: see recount_budgets
  std::string currency;      // of costs and budgets; empty: nobody has said so yet
  std::vector<user> users;
  std::vector<service> services;
  std::vector<process> processes;
  std::vector<profile> profiles;
  std::vector<permission> permissions;
  std::vector<provider> providers;
  std::vector<model> models;
  std::vector<deployment> deployments;
  std::vector<policy> policies;
  std::vector<token_type> token_types;
  std::vector<rate> rates;
  std::vector<price> prices;
  std::vector<limit> limits;
  std::vector<budget> budgets;
  std::vector<credit> credits;
  std::vector<example> examples;
  /// Keys of removed processes that do not begin as Logos keys do: nothing else tells what they were.
  std::vector<core::key_hash> former_keys;
};

/// What one node's configuration file declares. Names stand for ids, which the store fills in.
struct config_declarations {
  struct declared_deployment {
    std::string model;
    std::string provider;
    deployment facts;
  };
  struct declared_price {
    std::string model;    // empty: every model
    std::string provider; // empty: every provider
    price facts;
  };
  std::string node;
  std::string file; // named in the refusal when the API tries to change what it declares
  std::int64_t revision = 0;
  std::vector<provider> providers;
  std::vector<model> models;
  std::vector<declared_deployment> deployments;
  std::vector<policy> policies;
  std::string currency;    // the installation's; empty: it is left as it is
  std::vector<rate> rates; // valid from 1970 on
  std::vector<declared_price> prices;
  /// The nodes that live now, this one included or not: what only a dead node's file names is disabled.
  std::vector<std::string> live_nodes;
};

struct config_outcome {
  int created = 0;
  int changed = 0;
  int disabled = 0;
  /// A sentence each: what the file says and the database did not follow, and why.
  std::vector<std::string> warnings;
};

} // namespace logos::storage
