// SPDX-License-Identifier: MIT
#include "actors/administration/field_logic.hpp"
#include "actors/administration/scope_fields.hpp"
#include "actors/catalog/process_limits.hpp"
#include "config/base_url.hpp"

#include <cmath>

namespace logos::administration {
namespace {

using storage::deployment;
using storage::model;
using storage::permission;
using storage::policy;
using storage::process;
using storage::profile;
using storage::service;
using storage::user;

void write_permitted(std::string& out, const permission& e, names& by) {
  write_value(out, e.model_id == 0 ? std::string{"*"} : by.model_name(e.model_id));
}

/// Null says that it is about every model, and changes nothing where it is: only `"model": "*"` makes it so.
core::failure read_permitted_id(json_value from, permission& to, names& /*by*/) {
  if (from.is_null() && to.id != 0 && to.model_id == 0) return {};
  const auto wanted = read_needed_id(from, to.model_id);
  return wanted.empty() ? core::failure{} : core::failure{core::ec::bad_field, std::string{wanted}};
}

core::failure read_permitted(json_value from, permission& to, names& by) {
  std::string_view text;
  if (from.get(text) != simdjson::SUCCESS || text != "*") return read_model_by_name(from, to, by);
  to.model_id = 0;
  return {};
}

core::failure read_policy_priority(json_value from, policy& to, names& /*by*/) {
  core::priority value = 0;
  std::int64_t none = -1;
  if (from.get(none) == simdjson::SUCCESS && none == 0) return to.priority = 0, core::failure{};
  const auto wanted = read_value(from, value);
  if (!wanted.empty()) return {core::ec::bad_field, std::string{wanted}};
  to.priority = value;
  return {};
}

/// Names the member of the cascade that is wrong.
core::failure read_cascade(json_value from, policy& to, names& /*by*/) {
  if (from.is_null()) return to.cascade = {}, core::failure{};
  simdjson::dom::object members;
  if (from.get(members) != simdjson::SUCCESS) return {core::ec::bad_field, "an object with checks, or null"};
  core::cascade read;
  const auto wrong = [](std::string_view name, std::string wanted) {
    const auto full = "cascade." + std::string{name};
    return core::failure{core::ec::bad_field, "'" + full + "' must be " + std::move(wanted) + ".", full};
  };
  for (const auto [name, value] : members) {
    std::vector<std::string> words;
    double number = 0;
    if (name == "checks") {
      auto bad = wrong(name, "a list of " + std::string{core::check_words()});
      if (!read_value(value, words).empty()) return bad;
      for (const auto& word : words) {
        const auto c = core::parse_answer_check(word);
        if (!c) return bad;
        read.checks.add(*c);
      }
    } else if (name == "min_confidence") {
      if (value.get(number) != simdjson::SUCCESS || number < 0 || number > 1)
        return wrong(name, "a number from 0 to 1");
      read.min_confidence_permille = std::lround(number * 1000);
    } else if (name == "most_steps") {
      if (value.get(read.most_steps) != simdjson::SUCCESS || read.most_steps < core::cascade::fewest_steps ||
          read.most_steps > core::cascade::longest)
        return wrong(name, "a whole number from " + std::to_string(core::cascade::fewest_steps) + " to " +
                               std::to_string(core::cascade::longest));
    } else {
      constexpr std::array<std::string_view, 3> known{"checks", "min_confidence", "most_steps"};
      return unknown_field(name, known);
    }
  }
  if (read.checks.empty()) return wrong("checks", "a list with at least one of " + std::string{core::check_words()});
  to.cascade = read;
  return {};
}

constexpr std::string_view cascade_schema =
    R"({"type":["object","null"],"required":["checks"],"additionalProperties":false,"properties":{"checks":{"type":)"
    R"("array","minItems":1,"items":{"type":"string","enum":["refusal","schema","confidence","tools","empty",)"
    R"("truncated"]}},"min_confidence":{"type":"number","minimum":0,"maximum":1,"default":0.5},"most_steps":{"type":)"
    R"("integer","minimum":2,"maximum":5,"default":2}},"description":"Of requests that name no model: the cheapest )"
    R"(model that may serve answers first, and the one that would have been chosen when that answer fails a check."})";

core::failure read_endpoint(json_value from, deployment& to, names& /*by*/) {
  std::string text;
  if (const auto wanted = read_value(from, text); !wanted.empty()) return {core::ec::bad_field, std::string{wanted}};
  if (const auto wrong = config::endpoint_problem(text); !wrong.empty())
    return {core::ec::bad_field, "'endpoint': " + wrong + ".", "endpoint"};
  to.endpoint = text;
  return {};
}

constexpr std::array user_fields{
    field<user>{"username", use::required,
                R"({"type":"string","minLength":1,"maxLength":256,"description":"`root` has the role root. )"
                R"(Unique, also when the case of letters is not minded."})",
                write_member<user, &user::username>, read_member<user, &user::username, read_name>},
    plain<user, &user::prename>("prename", text_schema),
    plain<user, &user::name>("name", text_schema),
    field<user>{"role", use::optional,
                R"({"type":"string","enum":["user","admin","root"],"description":"What the user's keys administer: )"
                R"(their own things, all but what is root's, everything. Only root makes somebody root."})",
                [](std::string& out, const user& e, names&) { write_value(out, storage::role_of(e)); },
                read_member<user, &user::role, read_typed<core::role>>},
};

constexpr std::array service_fields{
    named<service, &service::name>("name"),
};

core::failure read_settings(json_value from, process& to, names& /*by*/) {
  if (const auto wanted = read_object(from, to.settings); !wanted.empty())
    return {core::ec::bad_field, std::string{wanted}};
  if (const auto unknown = catalog::unknown_limit(to.settings); !unknown.empty()) {
    const auto param = "settings." + unknown;
    return {core::ec::bad_field,
            "'" + param +
                "' limits nothing: there are 'rate_limit_rpm' and 'rate_limit_tpm'. Name one of them; other "
                "limits are made at /admin/v1/limits.",
            param};
  }
  const auto wrong = catalog::wrong_limit(to.settings);
  if (wrong.empty()) return {};
  const auto param = "settings." + std::string{wrong};
  return {core::ec::bad_field,
          "'" + param + "' must be a whole number from 0 (no request at all) to 9000000000000000, or null (no limit).",
          param};
}

core::failure read_weight(json_value from, process& to, names& /*by*/) {
  std::int64_t weight = 0;
  if (from.get(weight) != simdjson::SUCCESS || weight < 1 || weight > 1000)
    return {core::ec::bad_field, "a whole number from 1 to 1000"};
  to.weight = weight;
  return {};
}

constexpr std::array process_fields{
    named<process, &process::name>("name"),
    plain<process, &process::key_prefix>("key_prefix", text_schema, use::read_only),
    plain<process, &process::log>("log", R"({"type":"string","enum":["BILLING","FULL"]})"),
    plain<process, &process::priority>("priority", priority_schema),
    field<process>{"weight", use::optional,
                   R"({"type":"integer","minimum":1,"maximum":1000,"default":1,"description":"While keys of the same )"
                   R"(priority wait, one with weight 3 is given three times the tokens of one with weight 1."})",
                   write_member<process, &process::weight>, read_weight},
    plain<process, &process::expires_at>("expires_at", time_schema),
    plain<process, &process::previous_until>(
        "previous_key_until",
        R"({"type":["string","null"],"format":"date-time","description":"The key before the last rotation works until then."})",
        use::read_only),
    field<process>{"last_used_at", use::passing,
                   R"({"type":["string","null"],"format":"date-time","description":"When its last request came in, )"
                   R"(as the books have it; of one whose row is removed, the day."})",
                   [](std::string& out, const process& e, names& by) { write_value(out, by.last_use(e.id)); }},
    referring<process, &process::user_id>("user_id"),
    referring<process, &process::service_id>("service_id"),
    field<process>{"settings", use::optional, object_schema,
                   [](std::string& out, const process& e, names&) { write_object(out, e.settings); }, read_settings},
    field<process>{"allowed_models", use::optional,
                   R"({"type":"array","maxItems":1000,"items":{"type":["string","integer"]},)"
                   R"("description":"Names or ids; of what its profiles permit, only these. Empty: all."})",
                   write_allowed_models, read_allowed_models, nullptr, true},
    field<process>{"allowed_endpoints", use::optional,
                   R"({"type":"array","maxItems":1000,"items":{"type":"string","examples":["/v1/embeddings*"]},)"
                   R"("description":"Paths where the key works; a * at the end stands for any rest. Empty: all."})",
                   write_member<process, &process::allowed_endpoints>, read_allowed_endpoints},
    field<process>{"allowed_addresses", use::optional,
                   R"({"type":"array","maxItems":1000,"items":{"type":"string","examples":["10.0.0.0/8"]},)"
                   R"("description":"Addresses or networks of clients with which the key works. Empty: all."})",
                   write_member<process, &process::allowed_addresses>, read_allowed_addresses},
};

constexpr std::array profile_fields{
    named<profile, &profile::name>("name"),
    referring<profile, &profile::process_id>("process_id", use::required),
    field<profile>{
        "allowed_providers", use::optional,
        R"({"type":"array","maxItems":1000,"items":{"type":["integer","string"]},)"
        R"("description":"Ids or names; only these serve its requests. Shown as ids. Empty: every provider."})",
        write_allowed_providers, read_allowed_providers, nullptr, true},
};

constexpr std::array permission_fields{
    referring<permission, &permission::profile_id>("profile_id", use::required),
    field<permission>{"model", use::optional,
                      R"({"type":"string","description":"Name of a model, or * for every model."})", write_permitted,
                      read_permitted, nullptr, true},
    field<permission>{"model_id", use::optional, id_schema,
                      [](std::string& out, const permission& e, names&) { write_id(out, e.model_id); },
                      read_permitted_id, nullptr, true},
};

constexpr std::array model_fields{
    field<model>{"name", use::required, name_schema, write_member<model, &model::name>,
                 read_member<model, &model::name, read_model_name>},
    field<model>{"aliases", use::optional, list_schema, write_member<model, &model::aliases>,
                 read_member<model, &model::aliases, read_model_names>},
    plain<model, &model::tags>("tags", text_schema),
    plain<model, &model::description>("description", text_schema),
    plain<model, &model::weight_accuracy>("accuracy", integer_schema),
    plain<model, &model::weight_quality>("quality", integer_schema),
    plain<model, &model::weight_latency>("latency", integer_schema),
    plain<model, &model::weight_cost>("cost", R"({"type":"integer","description":"Higher is cheaper."})"),
    plain<model, &model::weight_privacy>(
        "privacy",
        R"({"type":"string","enum":["LOCAL","CLOUD_IN_EU_BY_EU_PROVIDER","CLOUD_IN_EU_BY_US_PROVIDER",)"
        R"("CLOUD_NOT_IN_EU_BY_US_PROVIDER"],"description":"Where it is less private than a provider, it counts there )"
        R"(instead of the provider's. LOCAL, as it is by default: the provider's counts."})"),
    field<model>{
        "parallel", use::optional,
        R"({"type":"integer","minimum":0,"description":"Requests in flight at each provider whose deployment says no )"
        R"('parallel' of its own; 0: what the provider says."})",
        write_member<model, &model::parallel>, read_member<model, &model::parallel, read_limit>},
    counted<model, &model::reserve_tokens>(
        "reserve_tokens",
        R"({"type":"integer","minimum":0,"description":"Tokens held for an answer when a request names no limit; 0: )"
        R"(4096, or context_tokens if that is known and less."})"),
    counted<model, &model::context_tokens>("context_tokens"),
    plain<model, &model::capabilities>(
        "capabilities",
        R"({"type":"array","items":{"type":"string","enum":["chat","tools","vision","json_schema","audio",)"
        R"("embeddings","moderation","rerank","image_generation","speech","transcription"]},"description":"What it can )"
        R"(do. Requests that need anything else do not go there; empty: not known, so any request may."})"),
    object<model, &model::settings>("settings"),
    plain<model, &model::enabled>("enabled", flag_schema),
};

constexpr std::array deployment_fields{
    field<deployment>{"model", use::optional, name_schema, write_model_name<deployment>, read_model_by_name<deployment>,
                      nullptr, true},
    referring<deployment, &deployment::model_id>("model_id"),
    field<deployment>{"provider", use::optional, name_schema, write_provider_name<deployment>,
                      read_provider_by_name<deployment>, nullptr, true},
    referring<deployment, &deployment::provider_id>("provider_id"),
    plain<deployment, &deployment::upstream_name>(
        "upstream", R"({"type":"string","description":"What the provider calls the model; empty: the model's name."})"),
    field<deployment>{
        "endpoint", use::optional,
        R"({"type":"string","description":"A path below the provider's address, or a whole address, in place of the request's path."})",
        write_member<deployment, &deployment::endpoint>, read_endpoint},
    secret<deployment, &deployment::api_key>("api_key"),
    field<deployment>{
        "has_api_key", use::read_only,
        R"({"type":"boolean","description":"Whether it has a key of its own in place of the provider's."})",
        [](std::string& out, const deployment& e, names&) { write_value(out, !e.api_key.empty()); }, nullptr},
    limited<deployment, &deployment::parallel>("parallel"),
    plain<deployment, &deployment::residence>(
        "residence",
        R"({"type":"string","enum":["automatic","pinned","drained"],"description":"Of a model at a provider that loads on demand: whatever serves best; loaded and never thrown out; thrown out, and not loaded again."})"),
    object<deployment, &deployment::settings>("settings"),
    plain<deployment, &deployment::enabled>("enabled", flag_schema),
};

template <auto Member>
constexpr field<policy> threshold(std::string_view name, std::string_view schema) {
  return {name, use::optional, schema, write_member<policy, Member>, read_member<policy, Member, read_threshold>};
}

constexpr std::string_view soft_schema =
    R"({"type":"integer","minimum":-1024,"maximum":1024,"description":"Models of a lower weight count for less when one )"
    R"(is chosen. 1024 and -1024 stand for the highest and the lowest weight that there is."})";

constexpr std::array policy_fields{
    named<policy, &policy::name>("name"),
    referring<policy, &policy::process_id>("process_id"),
    referring<policy, &policy::profile_id>("profile_id"),
    plain<policy, &policy::description>("description", text_schema),
    plain<policy, &policy::threshold_privacy>("threshold_privacy", privacy_schema),
    threshold<&policy::threshold_latency>("threshold_latency", soft_schema),
    threshold<&policy::threshold_accuracy>("threshold_accuracy", soft_schema),
    threshold<&policy::threshold_cost>(
        "threshold_cost",
        R"({"type":"integer","minimum":-1024,"maximum":1024,"description":"The least cost weight (higher is cheaper) )"
        R"(that a model may have. 1024: only the cheapest that the key may use; -1024: any."})"),
    threshold<&policy::threshold_quality>("threshold_quality", soft_schema),
    field<policy>{"priority", use::optional, R"({"type":["integer","string"],"minimum":0,"maximum":10})",
                  write_member<policy, &policy::priority>, read_policy_priority},
    plain<policy, &policy::topic>("topic", text_schema),
    plain<policy, &policy::use>(
        "applies",
        R"({"type":"string","enum":["named","default","always"],"description":"To requests that name it; also to those )"
        R"(that name none, unless one for the process, or nearer for the profile, does; to every request of whom it is )"
        R"(for, together with any other."})"),
    field<policy>{"cascade", use::optional, cascade_schema, write_member<policy, &policy::cascade>, read_cascade},
    plain<policy, &policy::enabled>("enabled", flag_schema),
};

} // namespace

LOGOS_TABLE(user, "user", "users", "User")
LOGOS_TABLE(service, "service", "services", "Service")
LOGOS_TABLE(process, "process", "processes", "Process")
LOGOS_TABLE(profile, "profile", "profiles", "Profile")
LOGOS_TABLE(permission, "permission", "permissions", "Permission")
LOGOS_TABLE(model, "model", "models", "Model")
LOGOS_TABLE(deployment, "deployment", "deployments", "Deployment")
LOGOS_TABLE(policy, "policy", "policies", "Policy")

} // namespace logos::administration
