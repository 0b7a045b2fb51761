// SPDX-License-Identifier: MIT
#include "config/tables.hpp"

#include "config/field.hpp"

/// Every setting there is, one line each. A new one needs its member in settings.hpp and its line here.
namespace logos::config {
namespace {

constexpr std::int64_t second_ms = 1000, day_ms = 86'400 * second_ms;
constexpr std::int64_t kib = 1024, gib = kib * kib * kib;
constexpr std::int64_t many = 1'000'000'000;

} // namespace

template <>
struct table<tls_settings> {
  using s = tls_settings;
  static constexpr std::array rows{
      row<&s::certificate>("certificate", "PEM file with the certificate and its chain.").need(),
      row<&s::key>("key", "PEM file with the private key.").need(),
  };
};

template <>
struct table<auth_settings> {
  using s = auth_settings;
  static constexpr std::array rows{
      row<&s::header>("header", "Header that carries the provider's key.").defaulting("by type"),
      row<&s::format>("format", "Its value; {} stands for the key.").defaulting("by type"),
  };
};

template <>
struct table<model_settings> {
  using s = model_settings;
  static constexpr std::array rows{
      row<&s::name>("name", "Name that clients ask for.").need(),
      row<&s::upstream>("upstream", "Name that the provider knows; Azure: the deployment.").defaulting("the name"),
      row<&s::aliases>("aliases", "Further names that clients may use."),
      row<&s::tags>("tags", "Words that the classifier matches, separated by spaces.").as_words(),
      row<&s::description>("description", "What the model is good at, for the classifier and the console."),
      row<&s::accuracy>("accuracy", "Classifier weight, higher is better.").between(-many, many),
      row<&s::quality>("quality", "Classifier weight, higher is better.").between(-many, many),
      row<&s::latency>("latency", "Classifier weight, higher is faster.").between(-many, many),
      row<&s::cost>("cost", "Classifier weight, higher is cheaper.").between(-many, many),
      row<&s::parallel>("parallel", "Requests in flight for this model.")
          .between(1, 65'536)
          .defaulting("the provider's"),
      row<&s::residence>("residence",
                         "automatic, pinned (loaded, never thrown out) or drained (thrown out); for providers "
                         "that load models on demand."),
      row<&s::reserve_tokens>("reserve_tokens", "Tokens held against a budget when a request names no limit.")
          .between(0, many)
          .defaulting("4096, or context_tokens if that is less"),
      row<&s::context_tokens>("context_tokens", "Tokens of prompt and answer together; 0: not known.").between(0, many),
      row<&s::capabilities>("capabilities",
                            "What it can do: chat, tools, vision, json_schema, audio, embeddings, moderation, rerank, "
                            "image_generation, speech, transcription.")
          .defaulting("not known"),
      row<&s::endpoint>(
          "endpoint",
          "Path below base_url, or whole address, in place of the request's path; it is asked for nothing else."),
  };
};

template <>
struct table<provider_tls_settings> {
  using s = provider_tls_settings;
  static constexpr std::array rows{
      row<&s::ca>("ca", "PEM file with the authorities that this provider's certificate is checked against.")
          .defaulting("the system's"),
  };
};

template <>
struct table<provider_settings> {
  using s = provider_settings;
  static constexpr std::array rows{
      row<&s::name>("name", "Name of the provider, unique.").need(),
      row<&s::type>("type", "openai, azure, ollama, vllm, openwebui, anthropic or custom.").defaulting("by base_url"),
      row<&s::base_url>("base_url", "Address; a /v1 at its end is dropped, {model} in its path is replaced.").need(),
      row<&s::api_key>("api_key", "The provider's key: env:NAME, file:PATH or the text itself."),
      row<&s::auth>("auth", "How the key travels."),
      row<&s::privacy>("privacy", "LOCAL, CLOUD_IN_EU_BY_EU_PROVIDER, CLOUD_IN_EU_BY_US_PROVIDER or "
                                  "CLOUD_NOT_IN_EU_BY_US_PROVIDER.")
          .defaulting("LOCAL on private addresses, else the last"),
      row<&s::parallel>("parallel", "Requests in flight per model.")
          .between(1, 65'536)
          .defaulting("by type and server"),
      row<&s::max_in_flight>("max_in_flight", "Requests in flight over all its models; 0: no limit of its own.")
          .between(0, 1'000'000),
      row<&s::total_vram_mb>("total_vram_mb", "Video memory in MiB; 0: not known.").between(0, many),
      row<&s::max_loaded_models>(
          "max_loaded_models", "Models that an Ollama keeps in memory at a time (its OLLAMA_MAX_LOADED_MODELS); 0: as "
                               "many as fit.")
          .between(0, many),
      row<&s::reachable_from>("reachable_from", "Nodes that can reach it.").defaulting("every node"),
      row<&s::models>("models", "Models that it serves: names, or maps of what follows."),
      row<&s::api_version>("api_version", "Azure's api-version.").defaulting("2024-10-21"),
      row<&s::tls>("tls", "How its certificate is checked."),
      row<&s::ollama_admin_url>("ollama_admin_url", "Ollama's native API.").defaulting("base_url"),
      row<&s::passthrough>("passthrough", "Whether requests with a client's own key may go there.")
          .defaulting("by type"),
      row<&s::enabled>("enabled", "Whether it is used at all."),
  };
};

template <>
struct table<cascade_settings> {
  using s = cascade_settings;
  static constexpr std::array rows{
      row<&s::checks>("checks", "What another model is asked after: refusal, schema, confidence, tools, empty, "
                                "truncated.")
          .need(),
      row<&s::min_confidence_nano>("min_confidence", "Least mean probability of the answer's tokens, 0 to 1."),
      row<&s::most_steps>("most_steps", "Models that are asked at most.")
          .between(core::cascade::fewest_steps, core::cascade::longest),
  };
};

template <>
struct table<policy_settings> {
  using s = policy_settings;
  static constexpr std::array rows{
      row<&s::name>("name", "Name of the policy, unique.").need(),
      row<&s::description>("description", "What it is for."),
      row<&s::threshold_privacy>("threshold_privacy", "Least strict privacy level that it admits."),
      row<&s::threshold_latency>("threshold_latency", "Wanted latency weight.").between(-1024, 1024),
      row<&s::threshold_accuracy>("threshold_accuracy", "Wanted accuracy weight.").between(-1024, 1024),
      row<&s::threshold_cost>("threshold_cost", "Least cost weight; higher is cheaper.").between(-1024, 1024),
      row<&s::threshold_quality>("threshold_quality", "Wanted quality weight.").between(-1024, 1024),
      row<&s::priority>("priority", "Scheduling priority: low, mid, high or 1 to 10."),
      row<&s::topic>("topic", "Free text."),
      row<&s::applies>("applies", "named: to requests that name it; default: also to those that name none; always."),
      row<&s::cascade>("cascade", "The cheapest model answers first; another one when its answer fails a check."),
  };
};

template <>
struct table<balance_settings> {
  using s = balance_settings;
  static constexpr std::array rows{
      row<&s::policy>("policy", "How well its weights fit what the policy wants.").between(0, 1000),
      row<&s::tags>("tags", "How many of its tags the system prompt contains.").between(0, 1000),
      row<&s::semantic>("semantic", "How near the prompt is to its description, tags and examples.").between(0, 1000),
      row<&s::features>("features", "How well its tags fit what the prompt looks like, and its strength a hard one.")
          .between(0, 1000),
      row<&s::time>("time", "How long its first byte and its queue take, as measured.").between(0, 1000),
      row<&s::price>("price", "What the request would cost.").between(0, 1000),
      row<&s::errors>("errors", "How many of its calls have failed of late.").between(0, 1000),
      row<&s::context>("context", "How far the prompt fills its context.").between(0, 1000),
      row<&s::learned>("learned", "What results have taught of it with such prompts.").between(0, 1000),
  };
};

template <>
struct table<example_settings> {
  using s = example_settings;
  static constexpr std::array rows{
      row<&s::model>("model", "Model that the example is about."),
      row<&s::topic>("topic", "A tag instead: it is about every model that has it."),
      row<&s::text>("text", "A prompt.").need(),
      row<&s::worth>("worth", "From -1, what it is bad at, to 1, what it is good at.").between(-1, 1),
  };
};

template <>
struct table<embeddings_settings> {
  using s = embeddings_settings;
  static constexpr std::array rows{
      row<&s::model>("model", "The embedding model, as clients name it.").need(),
      row<&s::process>("process", "Process whose requests these are, by name or id; not at log level FULL.").need(),
      row<&s::timeout>("timeout", "Longest that a decision waits for it.").between(1, 2 * second_ms),
      row<&s::cache>("cache", "Prompts whose vectors are remembered.").between(1, 1'000'000),
  };
};

template <>
struct table<classification_settings> {
  using s = classification_settings;
  static constexpr std::array rows{
      row<&s::balance>("balance", "How much each part of a model's score counts."),
      row<&s::examples>("examples", "Prompts that models are good or bad at, at most 1000."),
      row<&s::embeddings>("embeddings", "A provider's model that compares prompts in the built-in encoder's place."),
  };
};

template <>
struct table<price_settings> {
  using s = price_settings;
  static constexpr std::array rows{
      row<&s::model>("model", "Model that it is for.").defaulting("every model"),
      row<&s::provider>("provider", "Provider that it is for.").defaulting("every provider"),
      row<&s::token_type>(
          "token_type",
          "prompt_tokens, completion_tokens or another count of `usage`, also one of your own that was made before.")
          .need(),
      row<&s::valid_from>("valid_from", "First day (or moment, UTC) that it holds for.").need(),
      row<&s::price_per_k_token_nano>("price_per_k_token", "Price of 1000 tokens.").need(),
      row<&s::currency>("currency", "Its currency.").defaulting("the installation's"),
  };
};

template <>
struct table<limits_settings> {
  using s = limits_settings;
  static constexpr std::array rows{
      row<&s::request_body_bytes>("request_body", "Largest request body.").bytes().between(1, 4 * gib),
      row<&s::header_bytes>("header_bytes", "Largest request head.").bytes().between(kib, gib / 1024),
      row<&s::header_time>("header_time", "Time for a client to send its request head.").between(1, day_ms),
      row<&s::body_time>("body_time", "Longest silence while a client sends its body.").between(1, day_ms),
      row<&s::keep_alive>("keep_alive", "Time that an idle client connection stays open.").between(1, day_ms),
      row<&s::max_connections>("max_connections", "Client connections at a time.").between(1, 1'000'000),
      row<&s::queue_per_model>("queue_per_model", "Requests that may wait for one model.").between(0, 1'000'000),
      row<&s::queue_per_key>("queue_per_key", "Requests of one key that may wait.").between(0, 1'000'000),
      row<&s::wrong_keys>("wrong_keys",
                          "Wrong API keys that may come from one client address at once; then one each second is "
                          "answered 401, others 429. 0: all 401.")
          .between(0, 1'000'000),
      row<&s::queue_wait>("queue_wait", "Longest wait in a queue.").between(1, 7 * day_ms),
      row<&s::heartbeat>("heartbeat", "Interval of comments to a client that waits for an event stream; 0: none.")
          .between(0, day_ms),
      row<&s::connect>("connect", "Time to connect to a provider.").between(1, day_ms),
      row<&s::first_token>("first_token", "Time from sending a request to the first byte of its answer.")
          .between(1, 7 * day_ms),
      row<&s::idle>("idle", "Longest silence of a provider within an answer.").between(1, 7 * day_ms),
      row<&s::total>("total", "Longest time of a request from its permit to its end.").between(1, 30 * day_ms),
      row<&s::drain>("drain", "Time that running requests get at shutdown.").between(0, day_ms),
      row<&s::upstream_idle>("upstream_idle", "Time that an idle provider connection is kept.").between(0, day_ms),
  };
};

template <>
struct table<jobs_settings> {
  using s = jobs_settings;
  static constexpr std::array rows{
      row<&s::parallel>("parallel", "Jobs that a node runs at a time; 0: it runs none.").between(0, 65'536),
      row<&s::keep>("keep", "Time that a job's result, and a batch with its files, is kept.").between(0, 3650 * day_ms),
      row<&s::expires_after>("expires_after", "Time within which a job must begin; otherwise it fails.")
          .between(1, 365 * day_ms),
      row<&s::batches>("batches", "Whether OpenAI's batches are run here; otherwise they are relayed."),
  };
};

template <>
struct table<learning_settings> {
  using s = learning_settings;
  static constexpr std::array rows{
      row<&s::enabled>("enabled", "Whether feedback is taken and teaches which model suits which prompt."),
      row<&s::implicit>("implicit",
                        "Whether errors, clients that leave and questions that are asked again count, too."),
      row<&s::per_tenant>("per_tenant", "Whether each user or service has estimates of its own."),
      row<&s::half_life>("half_life", "Time after which half of what was learned is left; 0: nothing is forgotten.")
          .between(0, 3650 * day_ms),
      row<&s::explore_percent>("explore_percent", "Requests in a hundred that may try another model to learn of it.")
          .between(0, 50),
      row<&s::most_loss_percent>("most_loss_percent",
                                 "Expected quality, in parts of a hundred, that such a request may lose.")
          .between(0, 100),
      row<&s::seed>("seed", "Which requests these are.").between(0, many),
      row<&s::giver_limit>("giver_limit",
                           "Results that all feedback of one user's ordinary keys about a model counts as.")
          .between(0, 1'000'000),
      row<&s::most_estimates>("most_estimates",
                              "Estimates that are kept, one for each model (and tenant), of about 26 KiB each.")
          .between(2, 4096),
      row<&s::remember>("remember", "Time after a request within which feedback about it is taken.")
          .between(second_ms, 30 * day_ms),
      row<&s::memory_bytes>("memory", "Memory for what is remembered of requests.").bytes().between(kib, 16 * gib),
      row<&s::keep>("keep", "Age at which feedback is removed that was learned; 0: never.").between(0, 36'500 * day_ms),
  };
};

template <>
struct table<cluster_tls_settings> {
  using s = cluster_tls_settings;
  static constexpr std::array rows{
      row<&s::certificate>("certificate", "PEM file with this node's certificate.").need(),
      row<&s::key>("key", "PEM file with its private key.").need(),
      row<&s::ca>("ca", "PEM file with the authority that signs every node's certificate.").need(),
  };
};

template <>
struct table<cluster_settings> {
  using s = cluster_settings;
  static constexpr std::array rows{
      row<&s::name>("name", "Name of the cluster, the same on all its nodes.").need(),
      row<&s::node>("node", "Name of this node, unique in the cluster.").need(),
      row<&s::listen>("listen", "Address for the other nodes, host:port.").need(),
      row<&s::advertise>("advertise", "Address that the other nodes connect to.").defaulting("listen"),
      row<&s::tls>("tls", "Certificates for the traffic between the nodes."),
  };
};

template <>
struct table<retention_settings> {
  using s = retention_settings;
  static constexpr std::array rows{
      row<&s::billing>("billing", "Age at which rows of requests are removed; sums and budgets keep them. 0: never.")
          .between(0, 36'500 * day_ms),
      row<&s::full>("full", "Age at which what only log level FULL keeps is removed from them. 0: never.")
          .between(0, 36'500 * day_ms),
      row<&s::snapshots>("snapshots", "Age at which snapshots of Ollama servers are removed. 0: never.")
          .between(0, 36'500 * day_ms),
  };
};

template <>
struct table<metrics_settings> {
  static constexpr std::array rows{
      row<&metrics_settings::public_>("public", "Whether /metrics answers without a key."),
  };
};

template <>
struct table<alerts_settings> {
  using s = alerts_settings;
  static constexpr std::array rows{
      row<&s::url>("url", "Where alerts go whose budget has no alert_url of its own; empty: nowhere."),
      row<&s::secret>("secret", "Signs what goes there; at least 16 characters. env:NAME, file:PATH or the text."),
      row<&s::allow>("allow", "Hosts, addresses and networks (10.0.0.0/8) that alerts may be sent to although they "
                              "are not of the public internet."),
  };
};

template <>
struct table<log_settings> {
  static constexpr std::array rows{
      row<&log_settings::level>("level", "Least level that is logged: debug, info, warning or error."),
  };
};

template <>
struct table<settings> {
  using s = settings;
  static constexpr std::array rows{
      row<&s::listen>("listen", "Address for clients, host:port; port 0 lets the system choose."),
      row<&s::data_dir>("data_dir", "Folder for the database, the journal and the keys."),
      row<&s::storage>("storage", "sqlite (DATA_DIR/logos.db) or postgresql://user:password@host:5432/database."),
      row<&s::tls>("tls", "HTTPS for clients; without it, plain HTTP."),
      row<&s::secret_key>("secret_key",
                          "Keys the hashes of keys and encrypts provider secrets; at least 16 characters.")
          .defaulting("made in DATA_DIR/secret.key"),
      row<&s::secret_key_previous>("secret_key_previous",
                                   "The secret key that `secret_key` replaces, see Operations; both are accepted."),
      row<&s::root_key>("root_key", "The key that may do everything; at least 8 characters.")
          .defaulting("made in DATA_DIR/root.key"),
      row<&s::passthrough>("passthrough", "Whether requests with a client's own provider key are relayed."),
      row<&s::cors>("cors", "Origins that browsers may call from; '*' for all."),
      row<&s::trusted_proxies>("trusted_proxies", "Addresses and networks of proxies whose X-Forwarded-For, or "
                                                  "Forwarded, tells a client's address."),
      row<&s::providers>("providers", "The providers."),
      row<&s::policies>("policies", "Policies that everybody may name."),
      row<&s::classification>("classification", "How models are chosen for requests that name none."),
      row<&s::prices>("prices", "What tokens cost."),
      row<&s::currency>("currency",
                        "The currency that budgets and costs are kept in; unless it is said, that of the first price "
                        "or budget made over the API."),
      row<&s::rates_nano>("rates", "For each other currency, what one unit of it is worth in `currency`."),
      row<&s::usage_cost>("usage_cost", "Whether answers tell `cost` and `cost_currency` in their `usage`."),
      row<&s::limits>("limits", "Sizes, queues and times."),
      row<&s::jobs>("jobs", "Requests that are left for later, and batches."),
      row<&s::learning>("learning", "What is learned of models from feedback."),
      row<&s::retention>("retention", "How long requests are kept."),
      row<&s::cluster>("cluster", "Makes this node one of several; needs PostgreSQL."),
      row<&s::metrics>("metrics", "Prometheus metrics."),
      row<&s::alerts>("alerts", "Whom to tell that budgets are spent."),
      row<&s::log>("log", "The process's own log."),
      row<&s::io_threads>("io_threads", "Threads for connections; 0: one per core.").between(0, 1024),
      row<&s::config_revision>("config_revision", "Where two nodes' files differ, the higher one counts."),
      row<&s::demo>("demo", "Whether a simulated fleet is started when no provider is configured."),
  };
};

void read(reader& in, const node& value, const field_facts&, model_settings& out) {
  if (value.type == node::kind::scalar)
    out.name = value.text;
  else
    read_section(in, value, out);
}

void read_tables(reader& in, const node& document, settings& out) {
  if (!document.null()) read_section(in, document, out);
}

const std::vector<setting_info>& catalogue() {
  static const auto all = [] {
    std::vector<setting_info> out;
    list_settings<settings>("", false, out);
    return out;
  }();
  return all;
}

} // namespace logos::config
