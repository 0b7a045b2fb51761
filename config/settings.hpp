// SPDX-License-Identifier: MIT
#pragma once
#include "config/secret_text.hpp"
#include "core/capability.hpp"
#include "core/cascade.hpp"
#include "core/residence.hpp"
#include "core/time.hpp"
#include "core/url.hpp"
#include "core/vocabulary.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What `logos.yaml`, the environment and the command line say, as plain values with every default filled in. Made by
/// `load` (config/load.hpp); copied freely, never changed afterwards. The keys of the file are the names of the
/// members.
namespace logos::config {

using core::endpoint;
using std::chrono::milliseconds;

/// A certificate chain and its private key, PEM files.
struct tls_settings {
  std::string certificate;
  std::string key;
  bool operator==(const tls_settings&) const = default;
};

/// Where rows are kept. SQLite's file is `DATA_DIR/logos.db`.
struct storage_settings {
  enum class kind : std::uint8_t { sqlite, postgresql };
  kind engine = kind::sqlite;
  secret_text url{}; // postgresql://…, empty with SQLite
  bool operator==(const storage_settings&) const = default;
};

/// How a provider's key travels: `header: format`, where `{}` is the key. Nothing is sent without a key.
/// Default: `Authorization: Bearer {}`; azure `api-key: {}`; anthropic `x-api-key: {}`.
struct auth_settings {
  std::string header;
  std::string format;
  bool operator==(const auth_settings&) const = default;
};

/// A model as one provider serves it: one deployment.
struct model_settings {
  std::string name;                 // what clients ask for
  std::string upstream;             // what the provider calls it; default: `name`
  std::vector<std::string> aliases; // further names that clients may use
  std::string tags;                 // words separated by spaces
  std::string description;
  std::int32_t accuracy = 0; // weights for the classifier; higher is better, for cost: cheaper
  std::int32_t quality = 0;
  std::int32_t latency = 0;
  std::int32_t cost = 0;
  std::uint32_t parallel = 0; // in flight for this model; 0: the provider's `parallel`
  core::residence residence = core::residence::automatic;
  std::uint32_t reserve_tokens = 0;  // held when a request names no limit; 0: 4096, or context_tokens if that is less
  std::uint32_t context_tokens = 0;  // how many it reads and writes at a time; 0: not known
  core::capability_set capabilities; // empty: not known
  std::string endpoint; // in place of the request\'s path: a path below base_url or a whole address; "" = none
  bool operator==(const model_settings&) const = default;
};

/// What verifies a provider's certificate; the system's authorities when `ca` is empty.
struct provider_tls_settings {
  std::string ca; // PEM file
  bool operator==(const provider_tls_settings&) const = default;
};

struct provider_settings {
  std::string name;
  /// Default: guessed from `base_url` (port 11434 is ollama, the cloud vendors by host name), else custom.
  core::provider_type type = core::provider_type::custom;
  std::string base_url; // as written
  core::url address;    // `base_url` normalised, see config/base_url.hpp
  secret_text api_key;
  auth_settings auth;
  /// Default: LOCAL for loopback, private addresses and names without a dot, else the least strict level.
  core::privacy_level privacy = core::privacy_level::cloud_not_in_eu_by_us_provider;
  /// Requests in flight per model. Default by type: openwebui 4, openai, azure and anthropic 64 (a service with rate
  /// limits of its own gains from more); 0 at ollama, vllm and custom: what the server says, else 4, 64 and 16.
  std::uint32_t parallel = 0;
  std::uint32_t max_in_flight = 0;         // over all models; 0: no limit of its own
  std::uint64_t total_vram_mb = 0;         // 0: not known
  std::uint32_t max_loaded_models = 0;     // 0: no limit of its own
  std::vector<std::string> reachable_from; // names of nodes; empty: every node
  std::vector<model_settings> models;
  std::string api_version; // azure; default 2024-10-21
  provider_tls_settings tls;
  std::optional<core::url> ollama_admin_url; // Ollama's native API where it is not at `base_url`
  std::optional<bool> passthrough;           // whether clients' own keys may go there; default by type
  bool enabled = true;
  bool operator==(const provider_settings&) const = default;
};

struct cascade_settings {
  core::check_set checks{};
  std::int64_t min_confidence_nano = 500'000'000; // of 1
  std::uint32_t most_steps = core::cascade::fewest_steps;
  bool operator==(const cascade_settings&) const = default;
};

struct policy_settings {
  std::string name;
  std::string description;
  core::privacy_level threshold_privacy = core::privacy_level::local;
  std::int32_t threshold_latency = 0;
  std::int32_t threshold_accuracy = 0;
  std::int32_t threshold_cost = 0;
  std::int32_t threshold_quality = 0;
  core::priority priority = 0; // 1 to 10; 0: the policy does not say
  std::string topic;
  core::policy_use applies = core::policy_use::named;
  std::optional<cascade_settings> cascade;
  bool operator==(const policy_settings&) const = default;
};

struct price_settings {
  std::string model;    // empty: every model
  std::string provider; // empty: every provider
  std::string token_type;
  core::wall_time valid_from{};
  std::int64_t price_per_k_token_nano = 0; // nano-units (10⁻⁹) of `currency` for 1000 tokens
  std::string currency;                    // default: `settings::currency`
  bool operator==(const price_settings&) const = default;
};

struct limits_settings {
  std::uint64_t request_body_bytes = 32ull << 20;
  std::uint64_t header_bytes = 32ull << 10;
  milliseconds header_time{30'000};
  milliseconds body_time{60'000};  // longest silence while a client sends its body
  milliseconds keep_alive{75'000}; // an idle client connection
  std::uint32_t max_connections = 16'384;
  std::uint32_t queue_per_model = 1000;
  std::uint32_t queue_per_key = 1000;
  std::uint32_t wrong_keys = 20; // of one address at once, and one each second; 0: no bound
  milliseconds queue_wait{300'000};
  milliseconds heartbeat{0}; // between comments to a client that waits for a stream; 0: none
  milliseconds connect{10'000};
  milliseconds first_token{120'000};
  milliseconds idle{60'000}; // longest silence of a provider between two pieces of an answer
  milliseconds total{1'800'000};
  milliseconds drain{25'000};
  milliseconds upstream_idle{30'000}; // a pooled provider connection
  bool operator==(const limits_settings&) const = default;
};

struct jobs_settings {
  std::uint32_t parallel = 4;             // of a node, at a time
  milliseconds keep{7 * 86'400'000LL};    // results
  milliseconds expires_after{86'400'000}; // until a job must have begun
  bool batches = true;                    // OpenAI's batches are run here
  bool operator==(const jobs_settings&) const = default;
};

/// What is learned of models from results. The same on every node of a cluster.
struct learning_settings {
  bool enabled = true;
  bool implicit = true;    // errors, clients that leave and questions that are asked again tell something, too
  bool per_tenant = false; // else all teach and use the same estimates
  milliseconds half_life{30 * 86'400'000LL};
  std::uint32_t explore_percent = 0;    // of requests
  std::uint32_t most_loss_percent = 10; // of expected quality, of a request that explores
  std::uint32_t seed = 1;
  std::uint32_t giver_limit = 150;               // results that all an owner's keys say about a model counts as
  std::uint32_t most_estimates = 128;            // models times tenants
  milliseconds remember{86'400'000};             // requests, for feedback
  std::uint64_t memory_bytes = 32 * 1024 * 1024; // for these
  milliseconds keep{90 * 86'400'000LL};          // rows of feedback that were learned
  bool operator==(const learning_settings&) const = default;
};

struct cluster_tls_settings {
  std::string certificate;
  std::string key;
  std::string ca;
  bool operator==(const cluster_tls_settings&) const = default;
};

struct cluster_settings {
  std::string name;
  std::string node;
  endpoint listen;
  std::optional<endpoint> advertise; // what other nodes connect to; default: `listen`
  std::optional<cluster_tls_settings> tls;
  bool operator==(const cluster_settings&) const = default;
};

/// How much each part of a model's score counts where the gateway chooses.
struct balance_settings {
  double policy = 3.4;
  double tags = 1.9;
  double semantic = 1.0;
  double features = 0.5;
  double time = 0.3;
  double price = 0.1;
  double errors = 1.0;
  double context = 2.0;
  double learned = 3.0;
  bool operator==(const balance_settings&) const = default;
};

/// A prompt that a model, or every model that is tagged with a topic, is good or bad at.
struct example_settings {
  std::string model;
  std::string topic;
  std::string text;
  double worth = 1; // from -1, bad at it, to 1
  bool operator==(const example_settings&) const = default;
};

/// A provider's embedding model, which compares prompts with what is said of models in the built-in encoder's place.
struct embeddings_settings {
  std::string model;
  std::string process; // who asks it: name or id
  milliseconds timeout{50};
  std::uint32_t cache = 10'000; // prompts
  bool operator==(const embeddings_settings&) const = default;
};

/// How models are chosen for requests that name none.
struct classification_settings {
  balance_settings balance;
  std::vector<example_settings> examples;
  std::optional<embeddings_settings> embeddings;
  bool operator==(const classification_settings&) const = default;
};

struct metrics_settings {
  bool public_ = false; // `metrics.public`: /metrics needs no key
  bool operator==(const metrics_settings&) const = default;
};

/// Alerts of budgets that have no `alert_url` of their own, and where any may be sent.
struct alerts_settings {
  std::string url; // empty: nobody is told
  secret_text secret;
  std::vector<std::string> allow; // hosts, addresses and networks
  bool operator==(const alerts_settings&) const = default;
};

struct log_settings {
  core::severity level = core::severity::info;
  bool operator==(const log_settings&) const = default;
};

/// How long what requests leave is kept; 0: for ever. Sums over them (`/admin/v1/usage`, budgets) and the audit log
/// stay.
struct retention_settings {
  milliseconds billing{0};   // rows of requests
  milliseconds full{0};      // what only log level FULL keeps of a row; the row remains
  milliseconds snapshots{0}; // what MONITORs saw of Ollama servers
  bool operator==(const retention_settings&) const = default;
};

struct settings {
  endpoint listen{"0.0.0.0", 8080};
  std::string data_dir = "./data";
  storage_settings storage;
  std::optional<tls_settings> tls;
  secret_text secret_key;          // empty: DATA_DIR/secret.key
  secret_text secret_key_previous; // the one that `secret_key` replaces, while nodes may have either
  secret_text root_key;            // empty: DATA_DIR/root.key
  bool passthrough = false;
  std::vector<std::string> cors{"*"};
  std::vector<std::string> trusted_proxies; // addresses and networks
  std::vector<provider_settings> providers;
  std::vector<policy_settings> policies;
  classification_settings classification;
  std::vector<price_settings> prices;
  std::string currency = "EUR"; // the installation's
  bool currency_said = false;   // it stands there, or rates do; else what is made first over the API decides
  /// Foreign currency → nano-units of `currency` for one unit of it.
  std::map<std::string, std::int64_t> rates_nano;
  bool usage_cost = false; // `cost` and `cost_currency` in the usage of answers
  limits_settings limits;
  jobs_settings jobs;
  learning_settings learning;
  retention_settings retention;
  std::optional<cluster_settings> cluster;
  metrics_settings metrics;
  alerts_settings alerts;
  log_settings log;
  std::uint32_t io_threads = 0; // 0: one per core
  std::uint64_t config_revision = 0;
  bool demo = false;
  bool operator==(const settings&) const = default;
};

} // namespace logos::config
