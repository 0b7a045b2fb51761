// SPDX-License-Identifier: MIT
#include "actors/administration/resource_logic.hpp"
#include "actors/catalog/provider_extras.hpp"
#include "actors/catalog/usual_parallel.hpp"
#include "config/base_url.hpp"
#include "config/catalogue.hpp"
#include "config/settle.hpp"
#include "core/name_text.hpp"

#include <array>
#include <set>
#include <utility>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

/// A model as it stands under a provider in logos.yaml.
struct offered_model {
  storage::model model;
  storage::deployment deployment;
};

constexpr std::array<std::string_view, 3> deployment_members{"upstream", "endpoint", "provider"};
constexpr std::array<std::string_view, 3> offered_members{"upstream", "endpoint", "residence"};

/// The defaults that follow from the type and the address, as for logos.yaml.
void settle_provider(storage::provider& p, const body_object& body) {
  auto address = config::normalise_base_url(p.type, p.base_url);
  if (!address) return; // was checked when it was read
  if (!body.has("type")) p.type = config::guess_provider_type(*address);
  // Where its server says what it takes, that counts as long as nobody says more.
  if (!body.has("parallel"))
    p.parallel_capacity = catalog::usual_parallel(p.type) != 0 ? 0 : config::default_parallel(p.type);
  if (!body.has("privacy") && !core::is_private_host(address->host))
    p.privacy = core::privacy_level::cloud_not_in_eu_by_us_provider;
  auto extras = catalog::read_extras(p.settings);
  if (p.type == core::provider_type::azure && extras.api_version.empty()) {
    extras.api_version = "2024-10-21";
    p.settings = catalog::write_extras(extras);
  }
}

failure read_text(simdjson::dom::object from, std::string_view name, std::string& out) {
  json_value value;
  if (from[name].get(value) != simdjson::SUCCESS) return {};
  const auto wanted = read_value(value, out);
  return wanted.empty() ? failure{} : mismatch(name, wanted, value);
}

failure read_endpoint(simdjson::dom::object from, std::string& out) {
  if (auto bad = read_text(from, "endpoint", out); bad.code != ec::none) return bad;
  const auto wrong = config::endpoint_problem(out);
  return wrong.empty() ? failure{} : failure{ec::bad_field, "'endpoint': " + wrong + ".", "endpoint"};
}

/// The members of a model under a provider that belong to its deployment.
failure read_place(simdjson::dom::object from, storage::deployment& out) {
  json_value value;
  if (from["residence"].get(value) == simdjson::SUCCESS)
    if (const auto wanted = read_value(value, out.residence); !wanted.empty())
      return mismatch("residence", wanted, value);
  if (auto bad = read_text(from, "upstream", out.upstream_name); bad.code != ec::none) return bad;
  return read_endpoint(from, out.endpoint);
}

failure read_offered(json_value from, offered_model& out, names& by) {
  if (from.is_string()) {
    const auto wanted = read_model_name(from, out.model.name);
    return wanted.empty() ? failure{} : mismatch("models", wanted, from);
  }
  simdjson::dom::object object;
  if (from.get(object) != simdjson::SUCCESS)
    return mismatch("models", "a list of names and of objects with a 'name'", from);
  for (const auto [name, value] : object)
    if (const auto instead = config::instead_of("providers[].models[]." + std::string{name}); !instead.empty())
      return {ec::bad_field, "There is no '" + std::string{name} + "' any more: " + std::string{instead} + ".",
              std::string{name}};
  if (auto bad = read_fields(object, out.model, by, true, offered_members); bad.code != ec::none) return bad;
  out.deployment.parallel = std::exchange(out.model.parallel, 0); // at this provider, as in logos.yaml
  return read_place(object, out.deployment);
}

failure read_models(const body_object& body, std::vector<offered_model>& out, names& by) {
  json_value value;
  if (body.object()["models"].get(value) != simdjson::SUCCESS) return {};
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return mismatch("models", "a list", value);
  std::set<std::string> names;
  for (const auto item : list) {
    auto& offered = out.emplace_back();
    if (auto bad = read_offered(item, offered, by); bad.code != ec::none) return bad;
    if (!names.insert(core::folded_name(offered.model.name)).second)
      return {ec::bad_field, "'models' names " + core::json_string(offered.model.name) + " twice.", "models"};
  }
  return {};
}

/// Makes the model unless there is one of that name, and the deployment. Appends what it made to `members`.
failure deploy(storage::store& in, names& by, offered_model& offered, std::int64_t provider_id, std::string& members) {
  if (const auto known = by.model_id(offered.model.name)) {
    offered.deployment.model_id = *known;
  } else {
    if (known.error().code == ec::storage_away) return known.error();
    const auto made = in.create(offered.model);
    if (!made) return made.error();
    offered.deployment.model_id = made->id;
  }
  offered.deployment.provider_id = provider_id;
  const auto deployed = in.create(offered.deployment);
  if (!deployed) return deployed.error();
  members.append(members.empty() ? "" : ",").append(R"({"id":)").append(std::to_string(offered.deployment.model_id));
  members.append(R"(,"name":)").append(core::json_string(offered.model.name));
  members.append(R"(,"deployment_id":)").append(std::to_string(deployed->id)).append("}");
  return {};
}

} // namespace

outcome create_provider(storage::store& in, const call& c) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  names by{in};
  storage::provider wanted;
  constexpr std::array<std::string_view, 1> others{"models"};
  if (auto bad = read_fields(body.object(), wanted, by, true, others); bad.code != ec::none) return to_problem(bad);
  std::vector<offered_model> offered;
  if (auto bad = read_models(body, offered, by); bad.code != ec::none) return to_problem(bad);
  settle_provider(wanted, body);
  std::string members;
  const auto done = in.together([&]() -> storage::result<void> {
    const auto made = in.create(wanted);
    if (!made) return made.error();
    wanted = *made;
    for (auto& model : offered)
      if (auto bad = deploy(in, by, model, wanted.id, members); bad.code != ec::none) return bad;
    return {};
  });
  if (!done) return to_problem(done.error());
  return to_created(wanted, by, body.has("models") ? "\"models\":[" + members + "]" : std::string{});
}

outcome create_model(storage::store& in, const call& c) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  names by{in};
  storage::model wanted;
  if (auto bad = read_fields(body.object(), wanted, by, true, deployment_members); bad.code != ec::none)
    return to_problem(bad);
  storage::deployment at;
  std::string provider;
  if (auto bad = read_text(body.object(), "provider", provider); bad.code != ec::none) return to_problem(bad);
  if (auto bad = read_text(body.object(), "upstream", at.upstream_name); bad.code != ec::none) return to_problem(bad);
  if (auto bad = read_endpoint(body.object(), at.endpoint); bad.code != ec::none) return to_problem(bad);
  if (provider.empty() && (body.has("upstream") || body.has("endpoint")))
    return to_problem(
        {ec::bad_field, "'upstream' and 'endpoint' belong to a provider: name it as 'provider'.", "provider"});
  if (!provider.empty()) {
    const auto id = by.provider_id(provider);
    if (!id) return to_problem(id.error());
    at.provider_id = *id;
  }
  const auto done = in.together([&]() -> storage::result<void> {
    const auto made = in.create(wanted);
    if (!made) return made.error();
    wanted = *made;
    if (at.provider_id == 0) return {};
    at.model_id = wanted.id;
    const auto deployed = in.create(at);
    if (!deployed) return deployed.error();
    at = *deployed;
    return {};
  });
  if (!done) return to_problem(done.error());
  return to_created(wanted, by, at.id == 0 ? std::string{} : "\"deployment_id\":" + std::to_string(at.id));
}

outcome create_deployment(storage::store& in, const call& c) {
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_problem(bad);
  if (!body.has("model") && !body.has("model_id"))
    return to_problem({ec::bad_field, "'model' (a name) or 'model_id' is required.", "model"});
  if (!body.has("provider") && !body.has("provider_id"))
    return to_problem({ec::bad_field, "'provider' (a name) or 'provider_id' is required.", "provider"});
  return create_entity<storage::deployment>(in, c);
}

} // namespace logos::administration
