// SPDX-License-Identifier: MIT
#include "actors/administration/openapi.hpp"

#include "actors/administration/book_schemas.hpp"
#include "actors/administration/feedback.hpp"
#include "actors/administration/fields.hpp"
#include "actors/administration/fixed_schemas.hpp"
#include "actors/administration/logosdb.hpp"
#include "actors/administration/route_table.hpp"
#include "actors/administration/transfers.hpp"

#include <map>

namespace logos::administration {
namespace {

// Members of requests and answers that are no fields of the entity: they belong to its making.
constexpr std::string_view process_members =
    R"("key":{"type":"string","readOnly":true,"description":"In the answer that made or rotated it, and never again."},)"
    R"("in_force":{"type":"boolean","readOnly":true,"description":"False in the answer that rotated it where not every )"
    R"(node has confirmed that: there the old key may still open."},)"
    R"("profile_id":{"type":"integer","readOnly":true,"description":"Its first profile; in the answer that made it."})";
constexpr std::string_view budget_members =
    R"("in_force":{"type":"boolean","readOnly":true,"description":"False in the answer that has a new alert_secret where )"
    R"(not every node has confirmed the change."})";
constexpr std::string_view provider_members =
    R"("models":{"type":"array","description":"Only when it is made: models to deploy at it. The answer has their ids.",)"
    R"("items":{"anyOf":[{"type":"string"},{"$ref":"#/components/schemas/OfferedModel"}]}})";
constexpr std::string_view offered_members =
    R"("upstream":{"type":"string","writeOnly":true,"description":"What the provider calls it."},)"
    R"("endpoint":{"type":"string","writeOnly":true},"deployment_id":{"type":"integer","readOnly":true})";
constexpr std::string_view placed_members =
    R"(,"residence":{"type":"string","enum":["automatic","pinned","drained"],"writeOnly":true})";
constexpr std::string_view model_members =
    R"("provider":{"type":"string","writeOnly":true,"description":"Only when it is made: deploy it there."},)";

std::string entity_schemas() {
  std::string out;
  const auto add = [&](const noun& n, const std::string& schema) {
    out.append(",\"").append(n.schema).append("\":").append(schema);
  };
  const auto add_change = [&](const noun& n, const std::string& schema) {
    out.append(",\"").append(n.schema).append("Change\":").append(schema);
  };
  add(noun_of<storage::user>(), schema_of<storage::user>());
  add(noun_of<storage::service>(), schema_of<storage::service>());
  add(noun_of<storage::process>(), schema_of<storage::process>(process_members));
  add(noun_of<storage::profile>(), schema_of<storage::profile>());
  add(noun_of<storage::permission>(), schema_of<storage::permission>());
  add(noun_of<storage::provider>(), schema_of<storage::provider>(provider_members));
  add(noun_of<storage::model>(), schema_of<storage::model>(std::string{model_members}.append(offered_members)));
  add({{}, {}, "OfferedModel"}, schema_of<storage::model>(std::string{offered_members}.append(placed_members)));
  add(noun_of<storage::deployment>(), schema_of<storage::deployment>());
  add(noun_of<storage::policy>(), schema_of<storage::policy>());
  add(noun_of<storage::token_type>(), schema_of<storage::token_type>());
  add(noun_of<storage::rate>(), schema_of<storage::rate>());
  add(noun_of<storage::price>(), schema_of<storage::price>());
  add(noun_of<storage::limit>(), schema_of<storage::limit>());
  add(noun_of<storage::budget>(), schema_of<storage::budget>(budget_members));
  add(noun_of<storage::credit>(), schema_of<storage::credit>());
  add(noun_of<storage::example>(), schema_of<storage::example>());
  add_change(noun_of<storage::user>(), schema_of_change<storage::user>());
  add_change(noun_of<storage::service>(), schema_of_change<storage::service>());
  add_change(noun_of<storage::process>(), schema_of_change<storage::process>());
  add_change(noun_of<storage::profile>(), schema_of_change<storage::profile>());
  add_change(noun_of<storage::permission>(), schema_of_change<storage::permission>());
  add_change(noun_of<storage::provider>(), schema_of_change<storage::provider>());
  add_change(noun_of<storage::model>(), schema_of_change<storage::model>());
  add_change(noun_of<storage::deployment>(), schema_of_change<storage::deployment>());
  add_change(noun_of<storage::policy>(), schema_of_change<storage::policy>());
  add_change(noun_of<storage::token_type>(), schema_of_change<storage::token_type>());
  add_change(noun_of<storage::rate>(), schema_of_change<storage::rate>());
  add_change(noun_of<storage::price>(), schema_of_change<storage::price>());
  add_change(noun_of<storage::limit>(), schema_of_change<storage::limit>());
  add_change(noun_of<storage::budget>(), schema_of_change<storage::budget>());
  add_change(noun_of<storage::example>(), schema_of_change<storage::example>());
  return out;
}

/// `/a/{b...}` as OpenAPI has it, and the names in braces.
std::string plain_pattern(std::string_view pattern, std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      out += pattern[i];
      continue;
    }
    const auto end = pattern.find('}', i);
    auto name = pattern.substr(i + 1, end - i - 1);
    if (name.ends_with("...")) name.remove_suffix(3);
    names.emplace_back(name);
    out.append("{").append(name).append("}");
    i = end;
  }
  return out;
}

std::string operation_id(const route& r) {
  std::string out;
  for (const char c : r.method)
    out += static_cast<char>(c - 'A' + 'a');
  for (const char c : r.pattern)
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      out += c;
    else if (out.back() != '_' && c != '}' && c != '.')
      out += '_';
  return out;
}

std::string reference(std::string_view schema) {
  return R"({"$ref":"#/components/schemas/)" + std::string{schema} + "\"}";
}

std::string content(std::string_view type, const std::string& schema) {
  return R"("content":{")" + std::string{type} + R"(":{"schema":)" + schema + "}}";
}

/// The headers by which a client tells the gateway what it wants.
constexpr std::pair<std::string_view, std::string_view> inference_headers[] = {
    {"use_profile", R"({"type":"integer","description":"Id of one of the key's profiles; default: its first."})"},
    {"policy",
     R"({"type":"string","description":"Id or name of a policy that must admit the provider, beside those that always hold."})"},
    {"provider",
     R"({"type":"string","description":"Serve from this provider only: its name, or a type that one has. With a )"
     R"(provider's own key: whose it is; default: openai."})"},
    {"x-logos-priority", R"({"type":"string","description":"low, mid, high or 1 to 10; default: the )"
                         R"(process's; if that is mid, the policy's."})"},
    {"x-logos-mode", R"({"type":"string","enum":["interactive","batch"]})"},
    {"x-logos-timeout", R"({"type":"number","minimum":0,"maximum":604800,)"
                        R"("description":"Seconds to wait in queues; 0: now or not at all."})"},
    {"x-logos-dataset", R"({"type":"string","maxLength":200,"description":"A name, recorded."})"},
    {"x-logos-metadata", R"({"type":"string","maxLength":4096,"description":"A JSON object, recorded."})"},
};

std::string parameters(const route& r, const std::vector<std::string>& names) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view in, bool required, std::string_view schema) {
    out.append(out.empty() ? "" : ",").append(R"({"name":")").append(name).append(R"(","in":")").append(in);
    out.append(R"(","required":)").append(required ? "true" : "false").append(R"(,"schema":)").append(schema);
    out += '}';
  };
  for (const auto& name : names)
    add(name, "path", true, name == "id" ? R"({"type":"integer"})" : R"({"type":"string"})");
  for (const auto& p : r.query)
    add(p.name, "query", false, p.schema);
  if (r.by == service::relayed)
    for (const auto& [name, schema] : inference_headers)
      add(name, "header", false, schema);
  if (r.versioned && r.method == "GET")
    add("If-None-Match", "header", false, R"({"type":"string","description":"ETags that the client has: 304."})");
  if (r.versioned && r.method != "GET")
    add("If-Match", "header", false,
        R"({"type":"string","description":"* or ETags, parted by commas; a weak one never matches."})");
  return out;
}

/// What the tags of route_table.cpp stand for.
constexpr std::pair<std::string_view, std::string_view> tag_descriptions[] = {
    {"alerts", "What was told about budgets that are nearly or wholly spent."},
    {"batches", "OpenAI's files and batches: many requests in one file, answered in another."},
    {"budgets", "What a key, profile, user or service may spend in a period."},
    {"credits", "Entries on budgets, which are never changed: what was credited, or taken back, and why."},
    {"deployments", "Which provider serves a model, under which name and key."},
    {"examples", "Prompts that a model, or those with a topic among their tags, are good or bad at."},
    {"events", "The audit log: every administrative change."},
    {"feedback", "How good answers were, and what is learned from it."},
    {"inference", "OpenAI's own paths, relayed to a provider."},
    {"jobs", "Requests that are left for later."},
    {"limits", "What a key, profile, user, service or model may do in a minute or at once."},
    {"logosdb", "The paths of upstream Logos, for its scripts."},
    {"models", "What clients may name."},
    {"nodes", "The nodes of the cluster and their actors."},
    {"permissions", "Which models a profile may use."},
    {"policies", "Which models and providers may serve a request, by privacy and cost."},
    {"prices", "What a thousand tokens cost, from when on."},
    {"processes", "Keys: an application with its log level and priority."},
    {"profiles", "Sets of permissions of a process."},
    {"providers", "Servers that run models."},
    {"requests", "The books: what was asked, served and billed."},
    {"service", "How the gateway itself is."},
    {"services", "What several processes belong to."},
    {"rates", "What other currencies are worth, from when on."},
    {"token-types", "What tokens are counted as; your own count a field of the provider's usage."},
    {"tokens", "Texts as tokens, and back."},
    {"transfer", "Import and export of what the gateway knows."},
    {"usage", "Sums over requests, and their prices."},
    {"users", "People, who own processes."},
};

std::string_view description_of(std::string_view tag) {
  for (const auto& [name, text] : tag_descriptions)
    if (name == tag) return text;
  return tag;
}

using header_list = std::vector<std::pair<std::string_view, std::string_view>>;

std::string headers_member(const header_list& all) {
  std::string out;
  for (const auto& [name, schema] : all)
    out.append(out.empty() ? "\"" : ",\"").append(name).append(R"(":{"schema":)").append(schema).append("}");
  return out.empty() ? out : R"(,"headers":{)" + out + "}";
}

/// What answers that went well carry beside their body.
header_list answer_headers(const route& r) {
  header_list out;
  if (r.by == service::relayed) {
    constexpr std::string_view count = R"({"type":"integer","description":"Of the tightest limit on the key, its )"
                                       R"(profile or its user; left out where there is none."})";
    constexpr std::string_view time = R"({"type":"string","description":"Until it is all there again, such as 6m0s."})";
    out = {{"x-ratelimit-limit-requests", count},   {"x-ratelimit-remaining-requests", count},
           {"x-ratelimit-reset-requests", time},    {"x-ratelimit-limit-tokens", count},
           {"x-ratelimit-remaining-tokens", count}, {"x-ratelimit-reset-tokens", time}};
  }
  if (r.versioned)
    out.emplace_back("ETag", R"({"type":"string","description":"The version, for If-Match and If-None-Match."})");
  if (r.by == service::store && (r.method == "POST" || r.method == "PATCH") &&
      (r.tag == "logosdb" || r.pattern.starts_with("/admin/")))
    out.emplace_back("x-logos-in-force", R"({"type":"string","enum":["no"],"description":"Only with a change that is )"
                                         R"(stored, and that not every node has confirmed yet."})");
  return out;
}

const header_list refusal_headers{
    {"retry-after", R"({"type":"integer","description":"Seconds; where waiting helps."})"}};

std::string responses(const route& r) {
  std::string out =
      "\"" + std::to_string(r.status) + R"(":{"description":"It went well.")" + headers_member(answer_headers(r));
  if (!r.response.empty()) {
    auto schema = reference(r.response);
    if (r.list)
      schema = R"({"type":"object","properties":{"data":{"type":"array","items":)" + schema +
               R"(},"next":{"type":["string","null"]}}})";
    out += "," + content("application/json", schema);
  }
  if (r.versioned && r.method == "GET") out += R"(},"304":{"description":"It is as the client has it.")";
  const bool admin = r.pattern.starts_with("/admin/");
  const auto error = admin ? content("application/problem+json", reference("Problem"))
                           : content("application/json", reference("OpenAIError"));
  out += R"(},"4XX":{"description":"The request cannot be served as it is; the error says why.")" +
         headers_member(refusal_headers) + "," + error;
  out += R"(},"default":{"description":"It did not.")" + headers_member(refusal_headers) + "," + error;
  return out + "}";
}

std::string operation(const route& r, const std::vector<std::string>& names) {
  std::string out = R"({"operationId":")" + operation_id(r) + R"(","summary":)" + core::json_string(r.summary) +
                    R"(,"description":)" + core::json_string(std::string{r.summary} + ".") + R"(,"tags":[")" +
                    std::string{r.tag} + "\"]";
  out.append(R"(,"x-logos-access":")").append(to_string(r.who)).append("\"");
  out += r.who == access::open ? R"(,"security":[])" : R"(,"security":[{"bearer":[]},{"logos_key":[]}])";
  if (const auto list = parameters(r, names); !list.empty()) out += R"(,"parameters":[)" + list + "]";
  if (!r.request.empty()) {
    const std::string_view type = r.request == "FileUpload" ? "multipart/form-data" : "application/json";
    out += std::string{R"(,"requestBody":{"required":)"} + (r.body_needed ? "true," : "false,") +
           content(type, reference(r.request)) + "}";
  }
  return out + R"(,"responses":{)" + responses(r) + "}}";
}

} // namespace

std::string openapi_json(std::string_view version) {
  std::map<std::string, std::string> paths;
  std::map<std::string_view, bool> tags;
  for (const auto& r : all_routes()) {
    std::vector<std::string> names;
    auto& path = paths[plain_pattern(r.pattern, names)];
    std::string method;
    for (const char c : r.method)
      method += static_cast<char>(c - 'A' + 'a');
    path.append(path.empty() ? "\"" : ",\"").append(method).append("\":").append(operation(r, names));
    tags[r.tag] = true;
  }
  std::string out =
      R"({"openapi":"3.1.0","info":{"title":"Logos","description":"An LLM gateway.","version":)" +
      core::json_string(version) +
      R"(,"contact":{"name":"Whoever runs this gateway"},"license":{"name":"MIT","identifier":"MIT"}},"servers":[{"url":"/"}],"tags":[)";
  for (const auto& [tag, unused] : tags) {
    out.append(out.back() == '[' ? "" : ",").append(R"({"name":")").append(tag).append(R"(","description":)");
    out.append(core::json_string(description_of(tag))).append("}");
  }
  out += R"(],"paths":{)";
  for (const auto& [path, operations] : paths)
    out.append(out.back() == '{' ? "\"" : ",\"").append(path).append("\":{").append(operations).append("}");
  out += R"(},"components":{"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"},)"
         R"("logos_key":{"type":"apiKey","in":"header","name":"logos-key"}},"schemas":{)";
  std::string schemas;
  for (const auto& [name, schema] : fixed_schemas())
    schemas.append(schemas.empty() ? "\"" : ",\"").append(name).append("\":").append(schema);
  return out + schemas + entity_schemas() + logosdb_schemas() + transfer_schemas() + feedback_schemas() +
         book_schemas() + "}}}";
}

} // namespace logos::administration
