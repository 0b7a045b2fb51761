// SPDX-License-Identifier: MIT
#include "actors/administration/logosdb.hpp"

#include "actors/administration/values.hpp"
#include "core/database_words.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <deque>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

enum class kind : std::uint8_t { text, blank, whole, whole_or_null, text_or_whole, amount, object, truth };

struct argument {
  std::string_view name;
  kind type = kind::text;
  bool required = true;
};

/// One of upstream's routes. `own_form`: it answers one object with its status at upstream, too.
struct entry {
  std::string_view name;
  access who;
  outcome (*run)(const arguments&);
  std::string_view summary;
  std::vector<argument> takes{};
  bool own_form = false;
  service by = service::store;
  std::string_view method = "POST";
};

constexpr auto optional = false;

/// What only reads and may take long.
constexpr std::array<std::string_view, 5> reports{"export", "generalstats", "request_event_stats", "latest_requests",
                                                  "get_ollama_vram_stats"};

const std::vector<entry>& entries() {
  using namespace logosdb;
  using enum kind;
  static const std::vector<argument> policy{{"entity_id", whole},         {"name"},
                                            {"description", blank},       {"threshold_privacy"},
                                            {"threshold_latency", whole}, {"threshold_accuracy", whole},
                                            {"threshold_cost", whole},    {"threshold_quality", whole},
                                            {"priority", whole},          {"topic", blank}};
  static const auto known_policy = [] {
    auto fields = policy;
    fields.insert(fields.begin(), {"id", whole});
    return fields;
  }();
  static const std::vector<argument> place{{"base_url"}, {"provider_name"}, {"provider_type"}};
  static const std::vector<argument> link{{"profile_id", whole}, {"model_id", whole}};
  static const std::vector<argument> id{{"id", whole}};
  static const std::vector<entry> all{
      {"setup", access::open, setup, "Always refused: the first start has made root's key", place},
      {"add_service_proxy", access::root, add_service_proxy, "Make a provider and a service with a key", place},
      {"set_log",
       access::key,
       set_log,
       "Set the log level of a process of one's own or, as an administrator, of any",
       {{"process_id", whole}, {"set_log"}}},
      {"add_provider",
       access::root,
       add_provider,
       "Make a provider",
       {{"provider_name"},
        {"base_url"},
        {"api_key", blank},
        {"auth_name", blank},
        {"auth_format", blank},
        {"provider_type"}}},
      {"update_provider_sdi_config",
       access::root,
       update_provider_sdi_config,
       "Change a provider's capacity",
       {{"provider_id", whole},
        {"ollama_admin_url", blank, optional},
        {"total_vram_mb", whole_or_null, optional},
        {"parallel_capacity", whole_or_null, optional},
        {"keep_alive_seconds", whole_or_null, optional},
        {"max_loaded_models", whole_or_null, optional}}},
      {"add_profile", access::root, add_profile, "Make a profile", {{"profile_name"}, {"process_id", whole}}},
      {"connect_process_provider",
       access::root,
       connect_process_provider,
       "Permit a profile every model that is deployed at a provider now, and the provider if it has a list",
       {{"profile_id", whole}, {"provider_id", whole}}},
      {"connect_process_model", access::root, connect_profile_model, "Permit a profile a model", link},
      {"connect_profile_model", access::root, connect_profile_model, "Permit a profile a model", link},
      {"connect_service_process",
       access::root,
       connect_service_process,
       "Give a service a process with a key",
       {{"service_id", whole}, {"process_name"}}},
      {"connect_model_provider",
       access::root,
       connect_model_provider,
       "Deploy a model at a provider",
       {{"model_id", whole}, {"provider_id", whole}, {"api_key", blank, optional}, {"endpoint", blank, optional}}},
      {"connect_model_api",
       access::root,
       connect_model_api,
       "Give a deployment a key and an endpoint of its own",
       {{"model_id", whole}, {"provider_id", whole}, {"api_key", blank}, {"endpoint", blank, optional}}},
      {"add_model", access::root, add_model, "Make a model", {{"name"}}},
      {"add_full_model",
       access::root,
       add_full_model,
       "Make a model and place it among the others",
       {{"name"},
        {"weight_privacy"},
        {"worse_accuracy", whole_or_null},
        {"worse_quality", whole_or_null},
        {"worse_latency", whole_or_null},
        {"worse_cost", whole_or_null},
        {"tags", blank},
        {"parallel", whole},
        {"description", blank}}},
      {"update_model",
       access::root,
       update_model,
       "Add to a weight of a model, or set its privacy",
       {{"id", whole}, {"category"}, {"value", text_or_whole}}},
      {"delete_model", access::root, delete_model, "Remove a model", id},
      {"get_model", access::key, get_model, "Show a model that the key may use", id},
      {"add_policy", access::root, add_policy, "Make a policy", policy},
      {"update_policy", access::root, update_policy, "Replace a policy", known_policy},
      {"delete_policy", access::root, delete_policy, "Remove a policy", id},
      {"get_policy", access::key, get_policy, "Show a policy of the key's process or, as an administrator, any", id},
      {"add_service", access::root, add_service, "Make a service and a process with a key for it", {{"name"}}},
      {"get_process_id", access::key, get_process_id, "The id of the key's process"},
      {"get_role", access::key, get_role, "What the key is: root or entity"},
      {"get_providers", access::key, get_providers, "The providers that the key's profiles reach"},
      {"get_general_provider_stats", access::key, get_general_provider_stats,
       "How many providers the key's profiles reach"},
      {"get_models", access::key, get_models, "The models that the key's profiles may use"},
      {"get_policies", access::key, get_policies, "The policies of the key's process"},
      {"get_general_model_stats", access::key, get_general_model_stats, "How many models the key's profiles may use"},
      {"export", access::root, export_all, "Every entity, without secrets; the same as /admin/v1/export"},
      {"import",
       access::root,
       import_all,
       "Take in an upstream export or one of our own",
       {{"json_data", object}, {"dry_run", truth, optional}}},
      {"add_billing",
       access::root,
       add_billing,
       "Make a price of a thousand tokens",
       {{"type_name"}, {"type_cost", amount}, {"valid_from"}}},
      {"generalstats", access::key, generalstats, "How many models, processes and requests there are, of one's own"},
      {"request_event_stats",
       access::key,
       request_event_stats,
       "One's own requests over time, for charts",
       {{"start_date", blank, optional}, {"end_date", blank, optional}, {"target_buckets", whole_or_null, optional}},
       true},
      {"latest_requests", access::key, latest_requests, "The ten newest requests of one's own", {}, true},
      {"get_ollama_vram_stats", access::key, get_ollama_vram_stats, "Video memory in use over a day", {{"day"}}, true},
      {"scheduler_state",
       access::key,
       nullptr,
       "What waits and runs at each provider",
       {},
       true,
       service::scheduler_state,
       "GET"},
  };
  return all;
}

/// `add_full_model` → `LogosdbAddFullModel`.
std::string schema_name(const entry& e) {
  std::string out = "Logosdb";
  bool capital = true;
  for (const char c : e.name) {
    if (c != '_') out += capital ? static_cast<char>(c - 'a' + 'A') : c;
    capital = c == '_';
  }
  return out;
}

std::string_view schema_of_kind(kind type) {
  switch (type) {
  case kind::text: return R"({"type":"string","minLength":1})";
  case kind::blank: return R"({"type":["string","null"]})";
  case kind::whole: return R"({"type":"integer"})";
  case kind::whole_or_null: return R"({"type":["integer","null"]})";
  case kind::text_or_whole: return R"({"type":["string","integer"]})";
  case kind::amount: return R"({"type":["number","string"]})";
  case kind::object: return R"({"type":["object","array"],"items":{}})";
  case kind::truth: return R"({"type":["boolean","null"]})";
  }
  return "{}";
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

expectation misfit(kind type, json_value v) {
  std::int64_t number = 0;
  std::string text;
  switch (type) {
  case kind::text: return read_value(v, text).empty() && !is_blank(text) ? "" : "a string that is not blank";
  case kind::blank: return v.is_null() ? expectation{} : read_value(v, text);
  case kind::whole: return read_value(v, number);
  case kind::whole_or_null: return v.is_null() ? expectation{} : read_value(v, number);
  case kind::text_or_whole: return v.is_string() ? expectation{} : read_value(v, number);
  case kind::amount: return v.is_string() || v.is_number() ? "" : "an amount, a number or a decimal text";
  case kind::object: return v.is_object() || v.is_array() ? "" : "an object";
  case kind::truth: return v.is_bool() || v.is_null() ? "" : "true or false";
  }
  return {};
}

/// Upstream's scripts may send more than is read, but where a dry run is offered a slip must not make it a real one.
failure check_names(const entry& e, const body_object& body) {
  std::vector<std::string_view> known{"logos_key"};
  for (const auto& a : e.takes)
    known.push_back(a.name);
  if (std::find(known.begin(), known.end(), "dry_run") == known.end()) return {};
  for (const auto member : body.object())
    if (std::find(known.begin(), known.end(), member.key) == known.end()) return unknown_field(member.key, known);
  return {};
}

failure check(const entry& e, const body_object& body) {
  if (auto bad = check_names(e, body); bad.code != ec::none) return bad;
  for (const auto& a : e.takes) {
    if (!body.has(a.name)) {
      if (!a.required) continue;
      return {ec::bad_field, "'" + std::string{a.name} + "' is required.", std::string{a.name}};
    }
    const auto value = body.object()[a.name].value();
    if (const auto wanted = misfit(a.type, value); !wanted.empty()) return mismatch(a.name, wanted, value);
  }
  return {};
}

bool wants_pair(const net::request_view& request) {
  return request.find("accept").find("application/vnd.logos.legacy+json") != std::string_view::npos;
}

/// `[object, status]` with status 200, as upstream's framework wrote it.
outcome as_pair(outcome o) {
  o.answer.body = "[" + o.answer.body + "," + std::to_string(o.answer.status) + "]";
  o.answer.status = 200;
  return o;
}

const entry* find_entry(std::string_view path) {
  while (path.ends_with('/'))
    path.remove_suffix(1);
  const auto name = path.substr(path.rfind('/') + 1);
  const auto at = std::find_if(entries().begin(), entries().end(), [&](const entry& e) { return e.name == name; });
  return at == entries().end() ? nullptr : &*at;
}

/// Runs whichever entry the path names.
outcome run_logosdb(storage::store& in, const call& c) {
  const auto& request = c.request();
  const auto* e = find_entry(request.path);
  if (e == nullptr || e->run == nullptr)
    return refuse_logosdb(request, {ec::route_not_found, "There is no such path."});
  body_object body;
  // What takes nothing may come with nothing: its key may stand in a header.
  const bool bare =
      request.body.empty() && std::none_of(e->takes.begin(), e->takes.end(), [](auto& a) { return a.required; });
  if (auto bad = bare ? body.parse_empty() : body.parse(request); bad.code != ec::none)
    return refuse_logosdb(request, bad);
  if (auto bad = check(*e, body); bad.code != ec::none) return refuse_logosdb(request, bad);
  auto done = e->run({in, c, body});
  if (done.refusal.code != ec::none) return refuse_logosdb(request, done.refusal);
  return wants_pair(request) && !e->own_form ? as_pair(std::move(done)) : done;
}

std::string_view kept(std::string text) {
  static std::deque<std::string> all;
  return all.emplace_back(std::move(text));
}

} // namespace

bool is_logosdb(const net::request_view& request) { return request.path.starts_with("/logosdb/"); }

outcome refuse_logosdb(const net::request_view& request, const failure& f) {
  if (core::has_database_words(f.message)) spdlog::warn("administration: {}", f.message); // the answer says less
  auto out = to_outcome(core::http_status(f.code), core::openai_error(f));
  if (f.retry_after_s != 0) out.answer.headers = "retry-after: " + std::to_string(f.retry_after_s) + "\r\n";
  const auto* e = find_entry(request.path);
  if (!wants_pair(request) || (e != nullptr && e->own_form)) return out;
  out.answer.body = R"({"error":)" + core::json_string(core::message_for_all(f)) + "}";
  return as_pair(std::move(out));
}

void add_logosdb(std::vector<route>& to) {
  for (const auto& e : entries()) {
    route r{e.method, kept("/logosdb/" + std::string{e.name}), e.who, e.by, run_logosdb, e.summary, "logosdb"};
    if (e.method == "POST") r.request = kept(schema_name(e));
    r.response = "LogosdbAnswer";
    r.report = std::find(reports.begin(), reports.end(), e.name) != reports.end();
    to.push_back(r);
  }
}

std::string logosdb_schemas() {
  std::string out =
      R"(,"LogosdbAnswer":{"type":["object","array"],"items":{},"description":"One object, with those of the members )"
      R"(that belong to the path. An array for whoever accepts application/vnd.logos.legacy+json: the object and the )"
      R"(status.","properties":{"result":{"type":["string","object","array","integer"],"items":{},"description":"What )"
      R"(was done, or a list's rows."},"error":{"type":["string","object"]})";
  // Upstream's spelling, with hyphens or not.
  for (const std::string_view id : {"provider-id", "profile-id", "process-id", "service-id", "billing-id",
                                    "deployment-id", "model_id", "api_key_id", "totalModels", "totalProviders"})
    out.append(",\"").append(id).append(R"(":{"type":"integer"})");
  for (const std::string_view key : {"logos-key", "api-key", "service-key"})
    out.append(",\"").append(key).append(R"(":{"type":"string","description":"A new key; shown this once."})");
  out += R"(,"role":{"type":"string"},"stats":{"type":"object"},"requests":{"type":["array","integer"],"items":{}},)"
         R"("models":{"type":"integer"},"users":{"type":"integer"}}})";
  for (const auto& e : entries()) {
    if (e.method != "POST") continue;
    std::string properties = R"("logos_key":{"type":"string","description":"The key, where no header carries it."})";
    std::string required;
    for (const auto& a : e.takes) {
      properties.append(",\"").append(a.name).append("\":").append(schema_of_kind(a.type));
      if (a.required) required.append(required.empty() ? "\"" : ",\"").append(a.name).append("\"");
    }
    out.append(",\"").append(schema_name(e)).append(R"(":{"type":"object","properties":{)").append(properties) += "}";
    if (!required.empty()) out.append(R"(,"required":[)").append(required) += "]";
    out += "}";
  }
  return out;
}

std::string arguments::text(std::string_view name) const {
  std::string_view text;
  if (body_.object()[name].get(text) != simdjson::SUCCESS) return {};
  return std::string{text};
}

std::int64_t arguments::number(std::string_view name) const {
  std::int64_t number = 0;
  if (body_.object()[name].get(number) != simdjson::SUCCESS) return 0;
  return number;
}

bool arguments::has(std::string_view name) const { return body_.has(name) && !body_.object()[name].value().is_null(); }

simdjson::dom::element arguments::value(std::string_view name) const { return body_.object()[name].value(); }

std::string arguments::json(std::string_view name) const {
  return has(name) ? std::string{simdjson::minify(value(name))} : std::string{"null"};
}

bool arguments::legacy() const { return wants_pair(from.request()); }

outcome said(std::string object) { return to_outcome(200, std::move(object)); }

outcome changed(std::string object, bool repeatable) {
  auto out = to_outcome(200, std::move(object));
  out.changed = true;
  out.repeatable = repeatable;
  return out;
}

std::string result_text(std::string_view words, std::string_view further) {
  return R"({"result":)" + core::json_string(words) + std::string{further} + "}";
}

outcome refused_with(const failure& f) {
  outcome out;
  out.refusal = f;
  return out;
}

void row_list::begin() {
  if (!rows_.empty()) rows_ += ',';
  rows_ += legacy_ ? "[" : "{";
  first_ = true;
}

void row_list::name(std::string_view column) {
  if (!first_) rows_ += ',';
  first_ = false;
  if (!legacy_) rows_.append("\"").append(column).append("\":");
}

outcome row_list::finish() const { return said(legacy_ ? "[" + rows_ + "]" : R"({"result":[)" + rows_ + "]}"); }

} // namespace logos::administration
