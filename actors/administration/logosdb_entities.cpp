// SPDX-License-Identifier: MIT
#include "actors/administration/field_logic.hpp"
#include "actors/administration/logosdb.hpp"
#include "actors/administration/rights.hpp"
#include "actors/transfer/providers.hpp"
#include "actors/transfer/reading.hpp"
#include "actors/transfer/rows.hpp"
#include "config/base_url.hpp"

#include <algorithm>

namespace logos::administration::logosdb {
namespace {

using core::ec;
using core::failure;

std::string member(std::string_view name, std::int64_t id) {
  return ",\"" + std::string{name} + "\":" + std::to_string(id);
}

std::string member(std::string_view name, const std::string& text) {
  return ",\"" + std::string{name} + "\":" + core::json_string(text);
}

/// Reads an entity's fields as /admin/v1 does, with its checks.
template <class Entity>
failure read_as_admin(const arguments& a, const std::string& json, Entity& to, bool complete) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json).get(object) != simdjson::SUCCESS) return {ec::internal, "a body could not be put together"};
  names by{a.store};
  return read_fields(object, to, by, complete);
}

storage::result<storage::provider> make_provider(const arguments& a) {
  storage::provider p;
  std::string json = R"({"name":)" + a.json("provider_name");
  transfer::given known;
  known.type = transfer::read_upstream_type(a.text("provider_type"), p);
  json += R"(,"base_url":)" + a.json("base_url");
  if (const auto key = a.text("api_key"); !key.empty()) json += R"(,"api_key":)" + core::json_string(key);
  if (const auto name = a.text("auth_name"); !name.empty())
    json += R"(,"auth":{"header":)" + core::json_string(name) + R"(,"format":)" +
            core::json_string(a.text("auth_format").empty() ? "{}" : a.text("auth_format")) + "}";
  if (auto bad = read_as_admin(a, json + "}", p, true); bad.code != ec::none) return bad;
  if (auto bad = transfer::complete(p, known); bad.code != ec::none) return bad;
  if (auto bad = check_change<storage::provider>(a.store, nullptr, &p, a.from); bad.code != ec::none) return bad;
  return a.store.create(p);
}

struct new_process {
  storage::process process;
  std::string key;
};

/// As `create_process` does: a key hands out no more than it has.
storage::result<new_process> make_process(const arguments& a, const std::string& name, std::int64_t service_id,
                                          std::string_view called = "name") {
  new_process out;
  const auto begun = begin_process(a.store, a.from);
  if (!begun) return begun.error();
  out.process = *begun;
  out.key = core::new_logos_key(name);
  out.process.name = name;
  out.process.hash = a.from.secret->hash(out.key);
  out.process.key_prefix = core::shown_prefix(out.key);
  out.process.service_id = service_id;
  if (auto bad = check_as_admin(a, &*begun, out.process, called); bad.code != ec::none) return bad;
  auto made = a.store.create(out.process);
  if (!made) return made.error();
  out.process = *made;
  storage::profile first;
  first.name = name;
  first.process_id = made->id;
  if (auto kept = a.store.create(first); !kept) return kept.error();
  return out;
}

/// The one profile that `make_process` gave a process, if it permits nothing yet and nothing is about it.
const storage::profile* blank_profile(const storage::catalog_data& in, std::int64_t process) {
  const auto owner =
      std::find_if(in.processes.begin(), in.processes.end(), [&](const auto& p) { return p.id == process; });
  const auto is_its = [&](const storage::profile& p) { return p.process_id == process; };
  if (owner == in.processes.end() || std::count_if(in.profiles.begin(), in.profiles.end(), is_its) != 1) return nullptr;
  const auto& first = *std::find_if(in.profiles.begin(), in.profiles.end(), is_its);
  const auto names = [&](const auto& e) { return e.profile_id == first.id; };
  const auto governs = [&](const auto& e) { return e.scope == core::scope::profile && e.scope_id == first.id; };
  const bool used = first.name != owner->name || !first.allowed_providers.empty() ||
                    std::any_of(in.permissions.begin(), in.permissions.end(), names) ||
                    std::any_of(in.policies.begin(), in.policies.end(), names) ||
                    std::any_of(in.limits.begin(), in.limits.end(), governs) ||
                    std::any_of(in.budgets.begin(), in.budgets.end(), governs);
  return used ? nullptr : &first;
}

storage::result<std::int64_t> make_service(const arguments& a, const std::string& name) {
  storage::service service;
  service.name = name;
  if (auto bad = check_as_admin<storage::service>(a, nullptr, service); bad.code != ec::none) return bad;
  auto made = a.store.create(service);
  if (!made) return made.error();
  return made->id;
}

/// Permits what is not permitted yet; returns how many are new.
storage::result<std::size_t> permit(const arguments& a, std::int64_t profile, const std::vector<std::int64_t>& models) {
  const auto there = a.store.load_catalog();
  if (!there) return there.error();
  std::size_t made = 0;
  for (const auto model : models) {
    const bool known = std::any_of(there->permissions.begin(), there->permissions.end(),
                                   [&](const auto& p) { return p.profile_id == profile && p.model_id == model; });
    if (known) continue;
    storage::permission allowed;
    allowed.profile_id = profile;
    allowed.model_id = model;
    if (auto bad = check_as_admin<storage::permission>(a, nullptr, allowed); bad.code != ec::none) return bad;
    if (auto granted = a.store.create(allowed); !granted) return granted.error();
    ++made;
  }
  return made;
}

storage::result<std::optional<storage::deployment>> find_deployment(const arguments& a) {
  const auto there = a.store.load_catalog();
  if (!there) return there.error();
  for (const auto& d : there->deployments)
    if (d.model_id == a.number("model_id") && d.provider_id == a.number("provider_id")) return std::optional{d};
  return std::optional<storage::deployment>{};
}

/// The key and the endpoint that the body names.
failure equip(const arguments& a, storage::deployment& d) {
  const auto at = a.store.find<storage::provider>(d.provider_id);
  if (!at) return at.error();
  if (a.has("api_key")) {
    std::string key;
    if (const auto wanted = read_header_text(a.value("api_key"), key); !wanted.empty())
      return {ec::bad_field, "'api_key' must be " + std::string{wanted} + ".", "api_key"};
    d.api_key = key;
  }
  if (const auto endpoint = a.text("endpoint"); !endpoint.empty()) {
    d.endpoint.clear();
    transfer::read_upstream_endpoint(endpoint, *at, d);
    if (const auto wrong = config::endpoint_problem(d.endpoint); !wrong.empty())
      return {ec::bad_field, "'endpoint': " + wrong + ".", "endpoint"};
  }
  return {};
}

/// Whether a model that the caller may use is deployed at the provider; for administrators every provider is in reach.
bool reached(const arguments& a, const storage::catalog_data& in, std::int64_t provider_id) {
  return administers(a.from) || std::any_of(in.deployments.begin(), in.deployments.end(), [&](const auto& d) {
           return d.provider_id == provider_id && reaches(a.from, d.model_id, provider_id);
         });
}

/// What several entities are made of is made whole or not at all.
outcome whole(const arguments& a, const std::function<storage::result<std::string>()>& work) {
  std::string answer;
  const auto done = a.store.together([&]() -> storage::result<void> {
    auto made = work();
    if (!made) return made.error();
    answer = std::move(*made);
    return {};
  });
  return done ? changed(std::move(answer)) : refused_with(done.error());
}

} // namespace

outcome setup(const arguments& /*a*/) {
  return refused_with({ec::conflict, "This gateway is set up already: its first start has made root's key and shown it "
                                     "once. It stands in DATA_DIR/root.key."});
}

outcome add_service_proxy(const arguments& a) {
  return whole(a, [&]() -> storage::result<std::string> {
    const auto provider = make_provider(a);
    if (!provider) return provider.error();
    const auto there = a.store.load_catalog();
    if (!there) return there.error();
    std::int64_t service = 0;
    for (const auto& s : there->services)
      if (s.name == "service") service = s.id;
    if (service == 0) {
      const auto made = make_service(a, "service");
      if (!made) return made.error();
      service = *made;
    }
    const auto made = make_process(a, "service", service);
    if (!made) return made.error();
    return R"({"service-key":)" + core::json_string(made->key) + member("provider-id", provider->id) + "}";
  });
}

outcome set_log(const arguments& a) {
  const auto id = a.number("process_id");
  const auto level = core::parse_log_level(a.text("set_log"));
  if (!level) return refused_with({ec::bad_field, "'set_log' must be BILLING or FULL.", "set_log"});
  auto p = a.store.find<storage::process>(id);
  if (!p) return refused_with(p.error());
  if (!sight{a.from}.sees(*p)) return refused_with(not_there("process", id));
  const auto was = *p;
  p->log = *level;
  if (auto bad = check_change(a.store, &was, &*p, a.from); bad.code != ec::none) return refused_with(bad);
  if (auto kept = a.store.update(*p, p->version); !kept) return refused_with(kept.error());
  return changed(result_text("Updated log level to " + std::string{to_string(*level)}), true);
}

outcome add_provider(const arguments& a) {
  const auto made = make_provider(a);
  if (!made) return refused_with(made.error());
  return changed(result_text("Created the provider.", member("provider-id", made->id)));
}

outcome update_provider_sdi_config(const arguments& a) {
  auto p = a.store.find<storage::provider>(a.number("provider_id"));
  if (!p) return refused_with(p.error());
  std::string json;
  const auto set = [&](std::string_view from, std::string_view to) {
    if (a.has(from)) json.append(json.empty() ? "{\"" : ",\"").append(to).append("\":").append(a.json(from));
  };
  set("ollama_admin_url", "ollama_admin_url");
  set("total_vram_mb", "total_vram_mb");
  set("parallel_capacity", "parallel");
  set("keep_alive_seconds", "keep_alive_seconds");
  set("max_loaded_models", "max_loaded_models");
  const auto was = *p;
  if (auto bad = read_as_admin(a, (json.empty() ? "{" : json) + "}", *p, false); bad.code != ec::none)
    return refused_with(bad);
  if (auto bad = check_change(a.store, &was, &*p, a.from); bad.code != ec::none) return refused_with(bad);
  if (auto kept = a.store.update(*p, p->version); !kept) return refused_with(kept.error());
  return changed(result_text("Updated the provider.", member("provider-id", p->id)), true);
}

/// Upstream's processes begin without a profile, ours with one of their name. As long as nothing was done with it, the
/// first that is added takes its place: a request that names none goes by the first.
outcome add_profile(const arguments& a) {
  const auto there = a.store.load_catalog();
  if (!there) return refused_with(there.error());
  storage::profile p;
  const auto* blank = blank_profile(*there, a.number("process_id"));
  if (blank != nullptr) p = *blank;
  p.name = a.text("profile_name");
  p.process_id = a.number("process_id");
  if (auto bad = check_as_admin(a, blank, p, "profile_name"); bad.code != ec::none) return refused_with(bad);
  const auto made = p.id == 0 ? a.store.create(p) : a.store.update(p, p.version);
  if (!made) return refused_with(made.error());
  return changed(result_text("Created the profile.", member("profile-id", made->id)));
}

outcome connect_process_provider(const arguments& a) {
  auto profile = a.store.find<storage::profile>(a.number("profile_id"));
  if (!profile) return refused_with(profile.error());
  const auto provider = a.store.find<storage::provider>(a.number("provider_id"));
  if (!provider) return refused_with(provider.error());
  return whole(a, [&]() -> storage::result<std::string> {
    const auto there = a.store.load_catalog();
    if (!there) return there.error();
    std::vector<std::int64_t> models;
    for (const auto& d : there->deployments)
      if (d.provider_id == provider->id) models.push_back(d.model_id);
    const auto made = permit(a, profile->id, models);
    if (!made) return made.error();
    auto& listed = profile->allowed_providers;
    if (!listed.empty() && std::find(listed.begin(), listed.end(), provider->id) == listed.end()) {
      const auto was = *profile;
      listed.push_back(provider->id);
      if (auto bad = check_change(a.store, &was, &*profile, a.from); bad.code != ec::none) return bad;
      if (auto kept = a.store.update(*profile, profile->version); !kept) return kept.error();
    }
    return result_text("Permitted " + std::to_string(*made) + " model(s); " + std::to_string(models.size() - *made) +
                       " were permitted already.");
  });
}

outcome connect_profile_model(const arguments& a) {
  const auto profile = a.store.find<storage::profile>(a.number("profile_id"));
  if (!profile) return refused_with(profile.error());
  const auto model = a.store.find<storage::model>(a.number("model_id"));
  if (!model) return refused_with(model.error());
  const auto made = permit(a, profile->id, {model->id});
  if (!made) return refused_with(made.error());
  return changed(result_text(*made == 0 ? "The model was permitted already." : "Permitted the model."));
}

outcome connect_service_process(const arguments& a) {
  return whole(a, [&]() -> storage::result<std::string> {
    const auto made = make_process(a, a.text("process_name"), a.number("service_id"), "process_name");
    if (!made) return made.error();
    return result_text("Created the process.", member("api-key", made->key) + member("process-id", made->process.id));
  });
}

outcome add_service(const arguments& a) {
  return whole(a, [&]() -> storage::result<std::string> {
    const auto service = make_service(a, a.text("name"));
    if (!service) return service.error();
    const auto made = make_process(a, a.text("name"), *service);
    if (!made) return made.error();
    return result_text("Created the service.", member("service-id", *service) + member("process-id", made->process.id) +
                                                   member("logos-key", made->key));
  });
}

outcome connect_model_provider(const arguments& a) {
  auto known = find_deployment(a);
  if (!known) return refused_with(known.error());
  const auto* was = known->has_value() ? &**known : nullptr;
  storage::deployment d = known->value_or(storage::deployment{});
  d.model_id = a.number("model_id");
  d.provider_id = a.number("provider_id");
  if (auto bad = equip(a, d); bad.code != ec::none) return refused_with(bad);
  if (auto bad = check_change(a.store, was, &d, a.from); bad.code != ec::none) return refused_with(bad);
  const auto kept = d.id == 0 ? a.store.create(d) : a.store.update(d, d.version);
  if (!kept) return refused_with(kept.error());
  return changed(result_text(d.id == 0 ? "Deployed the model." : "The model was deployed there already.",
                             member("deployment-id", kept->id)),
                 d.id != 0);
}

outcome connect_model_api(const arguments& a) {
  auto known = find_deployment(a);
  if (!known) return refused_with(known.error());
  if (!*known)
    return refused_with(
        {ec::bad_field, "This model is not deployed at this provider; connect_model_provider does that.", "model_id"});
  auto d = **known;
  if (auto bad = equip(a, d); bad.code != ec::none) return refused_with(bad);
  if (auto bad = check_change(a.store, &**known, &d, a.from); bad.code != ec::none) return refused_with(bad);
  if (auto kept = a.store.update(d, d.version); !kept) return refused_with(kept.error());
  return changed(result_text("Updated the deployment.", ",\"api_key_id\":" + std::to_string(d.id)), true);
}

outcome add_billing(const arguments& a) {
  storage::price p;
  p.token_type = a.text("type_name");
  if (const auto wanted = read_money(a.value("type_cost"), p.per_k_tokens); !wanted.empty())
    return refused_with(mismatch("type_cost", wanted, a.value("type_cost")));
  const auto when = transfer::read_time(a.text("valid_from").size() == 10 ? a.text("valid_from") + "T00:00:00Z"
                                                                          : a.text("valid_from"));
  if (!when)
    return refused_with({ec::bad_field, "'valid_from' must be a time such as 2026-01-31T00:00:00Z.", "valid_from"});
  p.valid_from = *when;
  const auto there = a.store.load_catalog();
  if (!there) return refused_with(there.error());
  p.currency = transfer::currency_of(*there, "EUR");
  if (auto bad = check_as_admin<storage::price>(a, nullptr, p); bad.code != ec::none) return refused_with(bad);
  const auto made = a.store.create(p);
  if (!made && made.error().param == "token_type")
    return refused_with({ec::bad_field, "'type_name'" + made.error().message.substr(12), "type_name"});
  if (!made) return refused_with(made.error());
  return changed(result_text("Created the price.", member("billing-id", made->id)));
}

outcome get_providers(const arguments& a) {
  const auto there = a.store.load_catalog();
  if (!there) return refused_with(there.error());
  row_list rows{a.legacy()};
  for (const auto& p : there->providers) {
    if (!reached(a, *there, p.id)) continue;
    rows.begin();
    rows.add("id", p.id);
    rows.add("name", p.name);
    // Where a provider stands is nobody's business but the operator's.
    rows.add("base_url", administers(a.from) ? p.base_url : std::string{});
    rows.add("auth_name", p.auth_name);
    rows.add("auth_format", p.auth_format);
    rows.end();
  }
  return rows.finish();
}

outcome get_general_provider_stats(const arguments& a) {
  const auto there = a.store.load_catalog();
  if (!there) return refused_with(there.error());
  const auto n = std::count_if(there->providers.begin(), there->providers.end(),
                               [&](const auto& p) { return reached(a, *there, p.id); });
  return said(R"({"totalProviders":)" + std::to_string(n) + "}");
}

} // namespace logos::administration::logosdb
