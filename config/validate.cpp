// SPDX-License-Identifier: MIT
#include "config/validate.hpp"

#include "config/base_url.hpp"
#include "config/header_text.hpp"
#include "core/money.hpp"
#include "core/name_text.hpp"
#include "core/network.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace logos::config {
namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string at(std::string_view list, std::size_t index) {
  return std::string(list) + '[' + std::to_string(index) + ']';
}

/// What `alerts.allow` may name.
bool is_place(const std::string& text) {
  if (core::parse_network(text)) return true;
  const auto url = core::parse_url("https://" + text);
  return url && url->str() == "https://" + url->host && text.find_first_of("/:?[") == std::string::npos;
}

/// One pass over the settings; each function looks at one part.
class inspection {
public:
  explicit inspection(const settings& s) : s_(s) {}

  std::vector<problem> run() {
    general();
    retention();
    for (std::size_t i = 0; i < s_.providers.size(); ++i)
      provider(s_.providers[i], at("providers", i));
    model_names();
    policies();
    classification();
    prices();
    alerts();
    cluster();
    return std::move(problems_);
  }

private:
  void error(std::string key, std::string message) { add(core::severity::error, std::move(key), std::move(message)); }
  void warn(std::string key, std::string message) { add(core::severity::warning, std::move(key), std::move(message)); }
  void add(core::severity level, std::string key, std::string message) {
    problem p;
    p.level = level;
    p.key = std::move(key);
    p.message = std::move(message);
    problems_.push_back(std::move(p));
  }

  /// A name that ends up in headers, paths and metrics.
  void name(const std::string& text, const std::string& key, std::size_t longest = 128) {
    if (text.empty())
      error(key, "must not be empty");
    else if (text.size() > longest)
      error(key, "longer than " + std::to_string(longest) + " bytes");
    else if (!core::is_name(text))
      error(key, "must be UTF-8 without control characters, nor start or end with a space");
  }

  struct taken {
    std::string name;
    std::string owner; // what is called so
  };
  using names = std::map<std::string, taken>; // folded

  /// Complains about a name that differs from an earlier one of something else at most in the case of letters.
  void only_name(names& seen, const std::string& text, const std::string& owner, const std::string& key,
                 const std::string& what) {
    const auto [at, added] = seen.emplace(core::folded_name(text), taken{text, owner});
    const auto& first = at->second;
    if (added || (first.owner == owner && first.name != text)) return;
    error(key, first.name == text ? "'" + text + "' names two " + what
                                  : "'" + text + "' and '" + first.name + "' name two " + what +
                                        ": names must differ in more than the case of letters");
  }

  void retention() {
    using std::chrono::hours;
    const auto& keep = s_.retention;
    for (const auto& [key, age] : {std::pair{"retention.billing", keep.billing}, std::pair{"retention.full", keep.full},
                                   std::pair{"retention.snapshots", keep.snapshots}})
      if (age.count() != 0 && age < hours{1}) error(key, "must be at least 1h, or 0 to keep all");
    if (keep.billing.count() != 0 && keep.billing < s_.limits.total + hours{1})
      error("retention.billing",
            "must be an hour more than limits.total at least: a node that comes back asks for rows");
  }

  void general() {
    if (s_.data_dir.empty()) error("data_dir", "must not be empty");
    const auto& secret = s_.secret_key.reveal();
    if (!secret.empty() && secret.size() < 16) error("secret_key", "shorter than 16 characters");
    if (!secret.empty() && secret == s_.secret_key_previous.reveal())
      error("secret_key_previous", "is the same as secret_key");
    const auto& root = s_.root_key.reveal();
    if (!root.empty() && root.size() < 8) error("root_key", "shorter than 8 characters");
    if (!is_printable_ascii(root) || root.find(' ') != std::string::npos)
      error("root_key", "must be ASCII without spaces: it travels in a header");
    if (!is_currency(s_.currency)) error("currency", "'" + s_.currency + "' is not a currency such as EUR");
    for (const auto& [currency, rate] : s_.rates_nano) {
      if (!is_currency(currency)) error("rates." + currency, "'" + currency + "' is not a currency such as USD");
      if (rate <= 0) error("rates." + currency, "must be more than 0");
      if (currency == s_.currency) error("rates." + currency, "is the installation's own currency");
    }
    for (std::size_t i = 0; i < s_.cors.size(); ++i) {
      const auto& origin = s_.cors[i];
      const auto parsed = core::parse_url(origin);
      const bool plain = parsed && parsed->path.empty() && parsed->query.empty() && !origin.ends_with('/');
      if (origin != "*" && !plain)
        error(at("cors", i), "'" + origin + "' is not an origin such as https://app.example.org");
    }
    for (std::size_t i = 0; i < s_.trusted_proxies.size(); ++i) {
      const auto network = core::parse_network(s_.trusted_proxies[i]);
      if (!network)
        error(at("trusted_proxies", i), network.error().message);
      else if (core::unmapped(network->base) != network->base)
        error(at("trusted_proxies", i), "write it as IPv4, such as 10.0.0.0/8");
      else if (network->bits == 0)
        warn(at("trusted_proxies", i), "trusts everybody: then every client says itself which address it has");
    }
  }

  void provider(const provider_settings& p, const std::string& key) {
    name(p.name, key + ".name");
    if (!is_printable_ascii(p.name) || p.name.find('/') != std::string::npos)
      error(key + ".name", "must be ASCII without '/'");
    provider_names_.insert(p.name);
    only_name(folded_providers_, p.name, p.name, key + ".name", "providers");
    if (p.address.host.empty()) error(key + ".base_url", "is missing");
    if (const auto wrong = auth_header_problem(p.auth.header); !wrong.empty())
      error(key + ".auth.header", "'" + p.auth.header + "' " + std::string(wrong));
    if (const auto wrong = auth_format_problem(p.auth.format); !wrong.empty())
      error(key + ".auth.format", std::string(wrong));
    if (!is_printable_ascii(p.api_key.reveal())) error(key + ".api_key", "must be ASCII: it travels in a header");
    if (p.ollama_admin_url)
      if (const auto wrong = address_problem(p.ollama_admin_url->str()); !wrong.empty())
        error(key + ".ollama_admin_url", wrong);
    if (p.max_in_flight != 0 && p.max_in_flight < p.parallel)
      warn(key + ".parallel", "is more than max_in_flight, which then counts");
    if (!p.address.tls() && !p.api_key.empty() && !p.address.host.empty() && !core::is_private_host(p.address.host))
      warn(key + ".base_url", "sends the key unencrypted; use https");
    if (!p.address.tls() && !p.tls.ca.empty()) error(key + ".tls.ca", "has no meaning with an http address");
    passthrough(p, key);
    for (const auto& node : p.reachable_from)
      if (node.empty()) error(key + ".reachable_from", "holds an empty name");
    if (!p.reachable_from.empty() && !s_.cluster) warn(key + ".reachable_from", "has no meaning without a cluster");
    names seen;
    for (std::size_t i = 0; i < p.models.size(); ++i)
      model(p.models[i], key + '.' + at("models", i), seen);
  }

  /// Whoever makes up a key must not be served by what asks for none.
  void passthrough(const provider_settings& p, const std::string& key) {
    if (!p.api_key.empty() || !p.enabled || p.passthrough == false) return;
    const bool asks_for_none = p.type == core::provider_type::ollama || p.type == core::provider_type::vllm;
    if (asks_for_none && p.passthrough == true)
      error(key + ".passthrough", "a server of this type asks for no key unless it was given one: set api_key");
    const bool by_type = p.type != core::provider_type::custom && !asks_for_none;
    if (s_.passthrough && by_type && !p.passthrough && core::is_private_host(p.address.host))
      warn(key + ".passthrough", "is true by type: if this server asks for no key, it serves anybody who makes one up; "
                                 "say true or false");
  }

  void model(const model_settings& m, const std::string& key, names& seen) {
    const auto usable = [&](const std::string& text, const std::string& where) {
      name(text, where, 256);
      if (text.starts_with("logos-v")) error(where, "names starting with 'logos-v' ask the classifier to choose");
      if (text == "*") error(where, "'*' stands for every model");
      only_name(seen, text, m.name, where, "models of this provider");
    };
    usable(m.name, key + ".name");
    for (std::size_t i = 0; i < m.aliases.size(); ++i)
      usable(m.aliases[i], key + '.' + at("aliases", i));
    if (has_control(m.upstream)) error(key + ".upstream", "must not hold control characters");
    if (const auto wrong = endpoint_problem(m.endpoint); !wrong.empty()) error(key + ".endpoint", wrong);
  }

  /// A model is written alike at every provider, and an alias leads to one model, whichever provider it is written at.
  void model_names() {
    std::map<std::string, std::pair<std::string_view, std::size_t>> written; // by their folded names, and where first
    for (std::size_t i = 0; i < s_.providers.size(); ++i)
      for (std::size_t k = 0; k < s_.providers[i].models.size(); ++k) {
        const auto& name = s_.providers[i].models[k].name;
        const auto& [first, at_provider] = written.try_emplace(core::folded_name(name), name, i).first->second;
        if (first != name && at_provider != i)
          error(at("providers", i) + '.' + at("models", k) + ".name",
                "'" + name + "' is written '" + std::string(first) +
                    "' elsewhere: names must differ in more than the case of letters");
      }
    std::map<std::string, std::string_view> targets;
    for (std::size_t i = 0; i < s_.providers.size(); ++i) {
      const auto& models = s_.providers[i].models;
      for (std::size_t k = 0; k < models.size(); ++k)
        for (const auto& alias : models[k].aliases) {
          const auto key = at("providers", i) + '.' + at("models", k) + ".aliases";
          const auto folded = core::folded_name(alias);
          const auto [target, added] = targets.emplace(folded, models[k].name);
          const auto named = written.find(folded);
          if (named != written.end() && named->second.first != models[k].name)
            error(key, "'" + alias + "' is also the name of a model");
          else if (!added && target->second != models[k].name)
            error(key, "'" + alias + "' already leads to '" + std::string(target->second) + "'");
        }
    }
  }

  void policies() {
    names seen;
    for (std::size_t i = 0; i < s_.policies.size(); ++i) {
      const auto key = at("policies", i) + ".name";
      name(s_.policies[i].name, key);
      only_name(seen, s_.policies[i].name, s_.policies[i].name, key, "policies");
      if (s_.policies[i].cascade) cascade(*s_.policies[i].cascade, at("policies", i) + ".cascade");
    }
  }

  void classification() {
    constexpr std::size_t most_examples = 1000, most_bytes = 32 * 1024; // more would make each decision slow
    std::set<std::string> models;                                       // names and aliases, folded
    for (const auto& p : s_.providers)
      for (const auto& m : p.models) {
        models.insert(core::folded_name(m.name));
        for (const auto& alias : m.aliases)
          models.insert(core::folded_name(alias));
      }
    const auto& examples = s_.classification.examples;
    if (examples.size() > most_examples)
      error("classification.examples", "holds " + std::to_string(examples.size()) + " examples; at most " +
                                           std::to_string(most_examples) + " are compared with a prompt");
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const auto& e = examples[i];
      const auto key = at("classification.examples", i);
      if (e.model.empty() == e.topic.empty()) error(key, "must have either 'model' or 'topic'");
      if (e.text.find_first_not_of(" \t\r\n") == std::string::npos) error(key + ".text", "must not be empty");
      if (e.text.size() > most_bytes) error(key + ".text", "longer than " + std::to_string(most_bytes) + " bytes");
      if (e.worth == 0) error(key + ".worth", "must not be 0: the example would say nothing");
      if (e.topic.find_first_of(" \t\r\n") != std::string::npos)
        error(key + ".topic", "must be one tag, without spaces");
      if (!e.model.empty() && !models.contains(core::folded_name(e.model)))
        warn(key + ".model", "'" + e.model + "' is not a model of this file");
    }
    const auto& asked = s_.classification.embeddings;
    if (!asked) return;
    name(asked->model, "classification.embeddings.model");
    name(asked->process, "classification.embeddings.process");
    if (!asked->model.empty() && !models.contains(core::folded_name(asked->model)))
      warn("classification.embeddings.model", "'" + asked->model + "' is not a model of this file");
  }

  void cascade(const cascade_settings& c, const std::string& key) {
    if (c.checks.empty())
      error(key + ".checks", "a cascade needs a check; those are " + std::string{core::check_words()});
    constexpr std::int64_t one = 1'000'000'000, permille = one / 1000;
    if (c.min_confidence_nano < 0 || c.min_confidence_nano > one || c.min_confidence_nano % permille != 0)
      error(key + ".min_confidence", "a number from 0 to 1 with at most three decimals is expected, such as 0.6");
  }

  /// Types of the operator's own stand in the database: whether one is there is asked when the price is made.
  void token_type(std::string_view name, const std::string& key) {
    if (core::parse_token_type(name)) return;
    std::vector<std::string_view> built_in;
    std::string all;
    for (std::size_t i = 0; i < core::token_types; ++i) {
      built_in.push_back(core::to_string(static_cast<core::token_type>(i)));
      all.append(i == 0 ? "" : ", ").append(built_in.back());
    }
    const auto nearest = nearest_of(name, built_in);
    if (edit_distance(name, nearest) <= 2)
      return error(key, "'" + std::string{name} + "' is no token type; did you mean '" + std::string{nearest} + "'?");
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    if (name.empty() || name == "total_tokens" || !std::all_of(name.begin(), name.end(), fits))
      error(key, "'" + std::string{name} + "' has no price; these have: " + all +
                     ", and token types of your own, made at /admin/v1/token-types");
  }

  void prices() {
    std::set<std::tuple<std::string_view, std::string_view, std::string_view, core::wall_time>> seen;
    for (std::size_t i = 0; i < s_.prices.size(); ++i) {
      const auto& p = s_.prices[i];
      const auto key = at("prices", i);
      token_type(p.token_type, key + ".token_type");
      if (!is_currency(p.currency))
        error(key + ".currency", "'" + p.currency + "' is not a currency such as EUR");
      else if (p.currency != s_.currency && !s_.rates_nano.contains(p.currency))
        error(key + ".currency",
              "is not " + s_.currency + ": what one " + p.currency + " is worth must stand in rates." + p.currency);
      if (!p.provider.empty() && !provider_names_.contains(p.provider))
        warn(key + ".provider", "'" + p.provider + "' is not a provider of this file");
      if (!seen.emplace(p.model, p.provider, p.token_type, p.valid_from).second)
        error(key, "is a second price for the same model, token type and date");
    }
  }

  void alerts() {
    const auto& a = s_.alerts;
    for (std::size_t i = 0; i < a.allow.size(); ++i)
      if (!is_place(a.allow[i]))
        error(at("alerts.allow", i),
              "'" + a.allow[i] + "' is neither a host, an address nor a network such as 10.0.0.0/8");
    const auto& secret = a.secret.reveal();
    if (!secret.empty() && secret.size() < 16) error("alerts.secret", "shorter than 16 characters");
    if (a.url.empty()) return;
    const auto url = core::parse_url(a.url);
    if (!url)
      error("alerts.url", url.error().message);
    else if (!url->tls() && a.allow.empty())
      error("alerts.url", "is not encrypted: use https, or name the host in alerts.allow");
    if (secret.empty()) error("alerts.secret", "is missing: receivers know by it that an alert is from this gateway");
  }

  void cluster() {
    if (!s_.cluster) return;
    const auto& c = *s_.cluster;
    if (s_.storage.engine != storage_settings::kind::postgresql)
      error("cluster", "needs PostgreSQL (storage: postgresql://…): with SQLite a node stands alone");
    name(c.name, "cluster.name");
    name(c.node, "cluster.node");
    const auto everywhere = [](const endpoint& e) { return e.host == "0.0.0.0" || e.host == "::"; };
    if (everywhere(c.advertise.value_or(c.listen)))
      error(c.advertise ? "cluster.advertise" : "cluster.listen",
            "other nodes cannot connect to " + c.advertise.value_or(c.listen).host +
                "; name this node's own address in cluster.advertise");
    if (c.listen.port != 0 && c.listen.port == s_.listen.port && c.listen.host == s_.listen.host)
      error("cluster.listen", "is the address that clients connect to; choose another port");
    if (!c.tls && !c.listen.host.empty() && !core::is_loopback_host(c.listen.host))
      warn("cluster.tls", "is not set: traffic between the nodes is neither encrypted nor authenticated");
  }

  const settings& s_;
  std::vector<problem> problems_;
  std::set<std::string_view> provider_names_;
  names folded_providers_;
};

} // namespace

std::vector<problem> validate(const settings& s) { return inspection(s).run(); }

} // namespace logos::config
