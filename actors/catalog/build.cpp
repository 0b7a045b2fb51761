// SPDX-License-Identifier: MIT
#include "actors/catalog/build.hpp"

#include "actors/accounting/exchange.hpp"
#include "actors/catalog/key_scope.hpp"
#include "actors/catalog/passages.hpp"
#include "actors/catalog/policy_row.hpp"
#include "actors/catalog/process_limits.hpp"
#include "actors/catalog/provider_extras.hpp"
#include "net/dialect.hpp"
#include "storage/alerts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace logos::catalog {
namespace {

/// Providers at one address share their target, and so their connections.
class targets {
public:
  std::shared_ptr<const net::upstream_target> at(const net::endpoint_address& address, const provider_extras& extras) {
    net::upstream_target wanted{.host = address.host, .tls = address.tls, .verify = extras.verify};
    wanted.ca_file = extras.ca_file;
    std::from_chars(address.port.data(), address.port.data() + address.port.size(), wanted.port);
    for (const auto& known : known_)
      if (*known == wanted) return known;
    return known_.emplace_back(std::make_shared<const net::upstream_target>(std::move(wanted)));
  }

private:
  std::vector<std::shared_ptr<const net::upstream_target>> known_;
};

constexpr std::chrono::seconds longest_keep_alive = std::chrono::hours{24 * 365}; // Ollama's type holds more

/// What does not fit counts as the most that does: a large limit must not become a small one.
std::uint32_t count(std::int64_t value) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, std::numeric_limits<std::uint32_t>::max()));
}

/// The same for what may be below 0.
provider to_provider(const storage::provider& row, const provider_extras& extras) {
  provider out;
  out.id = row.id;
  out.name = row.name;
  out.type = row.type;
  out.base_url = row.base_url;
  out.api_key = row.api_key;
  out.auth_header = row.auth_name;
  out.auth_format = row.auth_format;
  out.api_version = extras.api_version;
  out.admin_url = row.ollama_admin_url;
  out.privacy = row.privacy;
  out.parallel = count(row.parallel_capacity);
  out.max_in_flight = count(row.max_in_flight);
  out.total_vram_mb = static_cast<std::uint64_t>(std::max<std::int64_t>(row.total_vram_mb, 0));
  if (row.keep_alive_seconds > 0)
    out.keep_alive = std::clamp(std::chrono::seconds{row.keep_alive_seconds}, shortest_keep_alive, longest_keep_alive);
  out.max_loaded_models = count(row.max_loaded_models);
  out.reachable_from = row.reachable_from;
  out.origin = row.origin;
  out.enabled = row.enabled;
  return out;
}

model to_model(const storage::model& row) {
  model out;
  out.id = row.id;
  out.name = row.name;
  out.aliases = row.aliases;
  out.tags = row.tags;
  out.privacy = row.weight_privacy;
  out.description = row.description;
  out.weight_accuracy = narrow_weight(row.weight_accuracy);
  out.weight_quality = narrow_weight(row.weight_quality);
  out.weight_latency = narrow_weight(row.weight_latency);
  out.weight_cost = narrow_weight(row.weight_cost);
  out.context_tokens = std::max<std::int64_t>(row.context_tokens, 0);
  out.reserve_tokens = row.reserve_tokens;
  if (out.reserve_tokens <= 0) { // it does not say
    out.reserve_tokens = core::default_answer_tokens;
    if (out.context_tokens != 0) out.reserve_tokens = std::min(out.reserve_tokens, out.context_tokens);
  }
  out.capabilities = core::completed(row.capabilities);
  return out;
}

bool reachable(const provider& p, std::string_view node) {
  return p.reachable_from.empty() ||
         std::find(p.reachable_from.begin(), p.reachable_from.end(), node) != p.reachable_from.end();
}

/// Where the Messages API, and who follows it, tells how often a provider has run each of its tools.
constexpr std::string_view calls_of_tools = "server_tool_use";

/// The names behind `usage.`; none where nothing is counted.
std::vector<std::string> counted_path(std::string_view from) {
  constexpr std::string_view prefix = "usage.";
  std::vector<std::string> path;
  if (!from.starts_with(prefix)) return path;
  from.remove_prefix(prefix.size());
  for (std::size_t end = 0; end != from.npos; from.remove_prefix(std::min(end + 1, from.size()))) {
    end = from.find('.');
    path.emplace_back(from.substr(0, end));
    if (end == from.npos) break;
  }
  return path;
}

/// When credits count: when they were made; what reverses one, when that one does. So it is gone from its period, and
/// nothing is gone from another.
class credit_times {
public:
  explicit credit_times(const std::vector<storage::credit>& all) {
    for (const auto& row : all)
      rows_.emplace(row.id, &row);
  }
  core::wall_time of(const storage::credit& row) const {
    const auto* first = &row;
    for (auto left = rows_.size(); left > 0 && first->reverses != 0; --left) { // a circle would end, too
      const auto at = rows_.find(first->reverses);
      if (at == rows_.end()) break;
      first = at->second;
    }
    return first->made_at;
  }

private:
  std::unordered_map<std::int64_t, const storage::credit*> rows_;
};

class builder {
public:
  builder(const storage::catalog_data& rows, std::string_view node) : rows_{rows}, node_{node} {}

  built build() {
    out_->version = static_cast<std::uint64_t>(rows_.version);
    add_providers();
    for (const auto& row : rows_.models)
      if (row.enabled) out_->models.push_back(to_model(row));
    add_deployments();
    add_principals();
    for (const auto& row : rows_.policies)
      if (row.enabled) out_->policies.push_back(to_policy(row));
    for (const auto& row : rows_.examples)
      out_->examples.push_back(
          {row.id, row.version, row.model_id, row.topic, row.text, static_cast<float>(row.worth_permille) / 1000.0F});
    add_money();
    out_->index();
    return {std::move(out_), std::move(complaints_)};
  }

private:
  void add_providers() {
    for (const auto& row : rows_.providers) {
      const auto extras = read_extras(row.settings);
      auto& p = out_->providers.emplace_back(to_provider(row, extras));
      extras_.emplace(row.id, extras);
      if (const auto url = net::parse_base_url(row.base_url))
        p.target = targets_.at(url->address, extras);
      else
        complaints_.push_back("provider \"" + row.name + "\" cannot be used: " + url.error().message);
      // Also what this node cannot reach: it may own the provider's SCHEDULER all the same.
      for (const auto& d : rows_.deployments)
        if (d.provider_id == row.id)
          if (const auto own = parallel_of(d); own > 0) p.parallel_of.emplace_back(d.id, count(own));
      if (row.type == core::provider_type::ollama) add_tenants(p);
    }
  }

  /// What a deployment says, else what its model says of all that say nothing; 0: neither does.
  std::int64_t parallel_of(const storage::deployment& d) const {
    if (d.parallel > 0) return d.parallel;
    const auto m =
        std::find_if(rows_.models.begin(), rows_.models.end(), [&](const auto& row) { return row.id == d.model_id; });
    return m == rows_.models.end() ? 0 : m->parallel;
  }

  void add_tenants(provider& p) {
    for (const auto& d : rows_.deployments) {
      if (d.provider_id != p.id || !d.enabled) continue;
      const auto m = std::find_if(rows_.models.begin(), rows_.models.end(),
                                  [&](const auto& row) { return row.id == d.model_id && row.enabled; });
      if (m != rows_.models.end())
        p.tenants.push_back({d.id, d.upstream_name.empty() ? m->name : d.upstream_name, d.residence});
    }
  }

  // After all providers and models: deployments point at them.
  void add_deployments() {
    std::unordered_map<std::int64_t, const provider*> providers;
    for (const auto& p : out_->providers)
      if (p.enabled && p.target && reachable(p, node_)) providers.emplace(p.id, &p);
    std::unordered_map<std::int64_t, const model*> models;
    for (const auto& m : out_->models)
      models.emplace(m.id, &m);
    for (const auto& row : rows_.deployments) {
      const auto p = providers.find(row.provider_id);
      const auto m = models.find(row.model_id);
      if (row.enabled && p != providers.end() && m != models.end()) add_deployment(row, *p->second, *m->second);
    }
    for (const auto& p : out_->providers)
      if (providers.contains(p.id) && takes_client_keys(p.type, !p.api_key.empty(), extras_.at(p.id).passthrough))
        out_->deployments.push_back(passage_to(p));
  }

  void add_deployment(const storage::deployment& row, const provider& p, const model& m) {
    deployment d;
    d.id = row.id;
    d.model = &m;
    d.provider = &p;
    d.upstream_name = row.upstream_name.empty() ? m.name : row.upstream_name;
    d.endpoint = row.endpoint;
    d.api_key = row.api_key;
    d.residence = row.residence;
    auto route =
        net::route_of({p.type, p.base_url, d.upstream_name, d.endpoint, d.api_key.empty() ? p.api_key : d.api_key,
                       p.auth_header, p.auth_format, p.api_version});
    if (!route) {
      complaints_.push_back("model \"" + m.name + "\" at provider \"" + p.name +
                            "\" cannot be used: " + route.error().message);
      return;
    }
    d.route = std::move(*route);
    d.target = targets_.at(d.route.address, extras_.at(p.id));
    out_->deployments.push_back(std::move(d));
  }

  void add_principals() {
    std::unordered_map<std::int64_t, core::role> roles;
    for (const auto& row : rows_.users)
      roles.emplace(row.id, storage::role_of(row));
    const auto profiles = profiles_by_process();
    for (const auto& row : rows_.processes) {
      principal who;
      who.process_id = row.id;
      who.user_id = row.user_id;
      who.service_id = row.service_id;
      who.name = row.name;
      if (const auto of = roles.find(row.user_id); of != roles.end()) who.role = of->second;
      who.root = who.role == core::role::root;
      who.log = row.log;
      who.priority = row.priority;
      who.weight = static_cast<std::uint32_t>(std::clamp<std::int64_t>(row.weight, 1, 1000));
      who.expires = row.expires_at.value_or(core::wall_time{});
      if (const auto at = profiles.find(row.id); at != profiles.end()) who.profiles = at->second;
      who.scope = scope_of(row);
      if (row.hash != core::key_hash{}) out_->keys.emplace(row.hash, out_->principals.size());
      if (row.previous_hash && row.previous_until)
        out_->ending_keys.emplace(*row.previous_hash,
                                  snapshot::ending_key{out_->principals.size(), *row.previous_until});
      out_->principals.push_back(std::move(who));
    }
    for (const auto& hash : rows_.former_keys) // the end has come, whenever it is
      out_->ending_keys.emplace(hash, snapshot::ending_key{0, core::wall_time{}});
    // One that was taken in again is a key like any other.
    std::erase_if(out_->ending_keys, [&](const auto& former) { return out_->keys.contains(former.first); });
  }

  std::shared_ptr<const key_scope> scope_of(const storage::process& row) {
    if (row.allowed_models.empty() && row.allowed_endpoints.empty() && row.allowed_addresses.empty()) return nullptr;
    std::vector<std::string> wrong;
    auto scope =
        std::make_shared<const key_scope>(row.allowed_models, row.allowed_endpoints, row.allowed_addresses, &wrong);
    for (const auto& words : wrong)
      complaints_.push_back("allowed_addresses of process " + std::to_string(row.id) + ": " + words);
    return scope;
  }

  void add_money() {
    add_prices();
    for (const auto& row : rows_.limits)
      out_->rules.limits.push_back({row.id, row.scope, row.scope_id, row.kind, row.value});
    add_budgets();
    for (const auto& row : rows_.processes)
      for (const auto& rule : limits_of_settings(row.id, row.settings))
        out_->rules.limits.push_back(rule);
    name_rules();
  }

  void add_budgets() {
    std::unordered_map<std::int64_t, accounting::credit_sums> credits;
    for (const auto& row : rows_.budgets)
      credits.emplace(row.id, row.period);
    const credit_times times{rows_.credits};
    for (const auto& row : rows_.credits)
      if (const auto of = credits.find(row.budget_id); of != credits.end()) of->second.add(times.of(row), row.amount);
    for (const auto& row : rows_.budgets) {
      auto& rule = out_->rules.budgets.emplace_back(
          accounting::budget_rule{row.id, row.scope, row.scope_id, row.period, row.amount, row.hard,
                                  storage::alert_percentages(row), row.updated_at, rows_.counting});
      rule.credits = credits.at(row.id).list();
    }
  }

  /// Rules say whom they are about: refusals tell it.
  void name_rules() {
    std::array<std::unordered_multimap<std::int64_t, std::string*>, std::tuple_size_v<accounting::parties>> nameless;
    const auto collect = [&](auto& rules) {
      for (auto& rule : rules)
        nameless[static_cast<std::size_t>(rule.scope)].emplace(rule.scope_id, &rule.of);
    };
    collect(out_->rules.limits);
    collect(out_->rules.budgets);
    const auto name = [&](core::scope scope, const auto& rows, auto member) {
      const auto& of = nameless[static_cast<std::size_t>(scope)];
      if (of.empty()) return;
      for (const auto& row : rows)
        for (auto [at, end] = of.equal_range(row.id); at != end; ++at)
          *at->second = row.*member;
    };
    name(core::scope::process, rows_.processes, &storage::process::name);
    name(core::scope::profile, rows_.profiles, &storage::profile::name);
    name(core::scope::user, rows_.users, &storage::user::username);
    name(core::scope::service, rows_.services, &storage::service::name);
    name(core::scope::model, rows_.models, &storage::model::name);
  }

  void add_prices() {
    out_->currency = rows_.currency;
    std::vector<accounting::own_type> types;
    std::unordered_map<std::string_view, std::int64_t> ids;
    net::own_counters counters;
    for (const auto& row : rows_.token_types) {
      auto path = counted_path(row.counted_from);
      if (row.id < storage::first_own_token_type || path.empty()) continue;
      ids.emplace(row.name, row.id);
      types.push_back({row.id, core::parse_token_type(row.part_of), path.front() == calls_of_tools});
      counters.push_back({row.id, std::move(path)});
    }
    if (!counters.empty()) out_->counters = std::make_shared<const net::own_counters>(std::move(counters));
    std::vector<accounting::quoted_price> prices;
    for (const auto& row : rows_.prices) {
      accounting::price p{row.id, row.model_id, row.provider_id, {}, row.valid_from, row.per_k_tokens};
      p.version = row.version;
      if (const auto built_in = core::parse_token_type(row.token_type)) {
        p.type = *built_in;
      } else if (const auto own = ids.find(row.token_type); own != ids.end()) {
        p.own_type = own->second;
      } else {
        complaints_.push_back("price " + std::to_string(row.id) + " is about " + row.token_type +
                              ", which nothing is counted as");
        continue;
      }
      prices.push_back({p, row.currency});
    }
    std::vector<accounting::rate> rates;
    for (const auto& row : rows_.rates)
      rates.push_back({row.id, row.currency, row.valid_from, row.worth, row.version});
    std::vector<std::int64_t> without_rate;
    out_->prices =
        accounting::price_book{accounting::convert(prices, rates, rows_.currency, without_rate), std::move(types)};
    for (const auto id : without_rate)
      complaints_.push_back("there is no rate for the currency of price " + std::to_string(id));
  }

  std::unordered_map<std::int64_t, std::vector<profile>> profiles_by_process() const {
    std::unordered_map<std::int64_t, std::vector<std::int64_t>> permitted;
    std::unordered_set<std::int64_t> every_model;
    for (const auto& row : rows_.permissions)
      if (row.model_id == 0)
        every_model.insert(row.profile_id);
      else
        permitted[row.profile_id].push_back(row.model_id);
    std::unordered_map<std::int64_t, std::vector<profile>> out;
    for (const auto& row : rows_.profiles) {
      profile p{row.id, row.name, every_model.contains(row.id), {}, row.allowed_providers};
      if (const auto at = permitted.find(row.id); at != permitted.end()) p.models = at->second;
      std::sort(p.models.begin(), p.models.end());
      std::sort(p.providers.begin(), p.providers.end());
      out[row.process_id].push_back(std::move(p));
    }
    for (auto& [process, list] : out)
      std::sort(list.begin(), list.end(), [](const profile& a, const profile& b) { return a.id < b.id; });
    return out;
  }

  const storage::catalog_data& rows_;
  std::string_view node_;
  std::shared_ptr<snapshot> out_ = std::make_shared<snapshot>();
  std::vector<std::string> complaints_;
  std::unordered_map<std::int64_t, provider_extras> extras_;
  targets targets_;
};

} // namespace

built build_snapshot(const storage::catalog_data& rows, std::string_view node) { return builder{rows, node}.build(); }

} // namespace logos::catalog
