// SPDX-License-Identifier: MIT
#include "actors/administration/openapi.hpp"
#include "actors/administration/route_table.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>

namespace logos::administration {
namespace {

TEST(find_route, takes_parameters_out_of_the_path) {
  const auto one = find_route("GET", "/admin/v1/processes/17");
  ASSERT_NE(one.to, nullptr);
  EXPECT_EQ(one.path, std::vector<std::string>{"17"});
  const auto model = find_route("GET", "/v1/models/org/name%3Alatest");
  ASSERT_NE(model.to, nullptr);
  EXPECT_EQ(model.path, std::vector<std::string>{"org/name:latest"});
  EXPECT_NE(find_route("POST", "/admin/v1/processes/1/rotate").to, nullptr);
}

TEST(find_route, does_not_mind_a_slash_at_the_end_or_a_head) {
  EXPECT_NE(find_route("GET", "/v1/models/").to, nullptr);
  EXPECT_NE(find_route("HEAD", "/health").to, nullptr);
}

TEST(find_route, names_what_is_allowed) {
  const auto found = find_route("PUT", "/admin/v1/users/1");
  EXPECT_EQ(found.to, nullptr);
  EXPECT_EQ(found.allow, "GET, HEAD, PATCH, DELETE");
}

TEST(find_route, finds_nothing_where_nothing_is) {
  for (const auto* path : {"/admin/v1/user", "/admin/v1", "/admin/v1/users/1/2", "/admin/v1/users/%00", "/v1/models//",
                           "", "admin", "/admin/v1/requests/%zz"})
    EXPECT_EQ(find_route("GET", path).to, nullptr) << path;
}

TEST(all_routes, only_what_the_contract_says_is_open) {
  std::set<std::string_view> open;
  for (const auto& r : all_routes())
    if (r.who == access::open) open.insert(r.pattern);
  EXPECT_EQ(open, (std::set<std::string_view>{"/health", "/ready", "/docs", "/openapi.json", "/forward_host",
                                              "/logosdb/setup"}));
}

TEST(all_routes, every_route_declares_who_may_use_it_and_can_be_served) {
  for (const auto& r : all_routes()) {
    EXPECT_NE(r.who, access::nobody) << r.method << " " << r.pattern;
    if (r.by == service::store) {
      EXPECT_NE(r.run, nullptr) << r.pattern;
    }
  }
}

TEST(all_routes, whoever_administers_nothing_changes_nothing_but_users_and_processes) {
  std::set<std::string> changing;
  for (const auto& r : all_routes())
    if (r.pattern.starts_with("/admin/") && r.method != "GET" && r.who < access::admin && r.by != service::trial)
      changing.insert(std::string{r.method} + " " + std::string{r.pattern});
  EXPECT_EQ(changing, (std::set<std::string>{"DELETE /admin/v1/keys/{id}", "DELETE /admin/v1/processes/{id}",
                                             "PATCH /admin/v1/keys/{id}", "PATCH /admin/v1/processes/{id}",
                                             "PATCH /admin/v1/users/{id}", "POST /admin/v1/keys",
                                             "POST /admin/v1/keys/{id}/rotate", "POST /admin/v1/processes",
                                             "POST /admin/v1/processes/{id}/rotate"}));
}

TEST(all_routes, a_key_is_a_process) {
  std::size_t keys = 0;
  for (const auto& r : all_routes()) {
    if (!r.pattern.starts_with("/admin/v1/keys")) continue;
    ++keys;
    const auto same = find_route(r.method, "/admin/v1/processes" + std::string{r.pattern.substr(14)});
    ASSERT_NE(same.to, nullptr) << r.pattern;
    EXPECT_EQ(same.to->run, r.run);
    EXPECT_EQ(same.to->who, r.who);
  }
  EXPECT_EQ(keys, 6U);
}

TEST(openapi_json, describes_every_route_once_and_nothing_else) {
  const auto text = openapi_json("1.2.3");
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(text).get(root), simdjson::SUCCESS) << text;
  std::size_t operations = 0;
  std::set<std::string> ids;
  for (const auto [path, methods] : root["paths"].get_object())
    for (const auto [method, operation] : methods.get_object()) {
      ++operations;
      std::string_view id;
      ASSERT_EQ(operation["operationId"].get(id), simdjson::SUCCESS);
      EXPECT_TRUE(ids.emplace(id).second) << id;
    }
  EXPECT_EQ(operations, all_routes().size());
  for (const auto& r : all_routes())
    for (const auto name : {r.request, r.response}) {
      if (name.empty()) continue;
      EXPECT_EQ(root["components"]["schemas"][name].error(), simdjson::SUCCESS) << name;
    }
}

/// Calls `visit` with each object of a document.
template <class Visit>
void each_object(simdjson::dom::element value, const Visit& visit) {
  if (value.is_array())
    for (const auto item : value.get_array())
      each_object(item, visit);
  if (!value.is_object()) return;
  visit(value);
  for (const auto member : value.get_object())
    each_object(member.value, visit);
}

TEST(openapi_json, says_of_every_list_what_is_in_it) {
  const auto text = openapi_json("1");
  simdjson::dom::parser parser;
  each_object(parser.parse(text)["components"]["schemas"], [](simdjson::dom::element object) {
    std::string_view type;
    bool list = object["type"].get(type) == simdjson::SUCCESS && type == "array";
    if (object["type"].is_array())
      for (const auto each : object["type"].get_array())
        list = list || each.get_string().value() == "array";
    if (list) {
      EXPECT_EQ(object["items"].error(), simdjson::SUCCESS) << simdjson::minify(object);
    }
  });
}

TEST(openapi_json, requires_nothing_of_a_change) {
  const auto text = openapi_json("1");
  simdjson::dom::parser parser;
  const auto root = parser.parse(text);
  std::size_t changes = 0;
  for (const auto& r : all_routes()) {
    if (r.method != "PATCH" || !r.pattern.starts_with("/admin/")) continue;
    const auto schema = root["components"]["schemas"][r.request];
    EXPECT_EQ(schema["required"].error(), simdjson::NO_SUCH_FIELD) << r.request;
    EXPECT_EQ(schema["properties"].error(), simdjson::SUCCESS) << r.request;
    ++changes;
  }
  EXPECT_GE(changes, 14U);
}

TEST(openapi_json, describes_what_a_client_may_tell_the_gateway) {
  const auto text = openapi_json("1");
  simdjson::dom::parser parser;
  const auto paths = parser.parse(text)["paths"];
  for (const auto* path : {"/v1/{path}", "/openai/{path}", "/openai/deployments/{name}/{path}"})
    for (const auto* method : {"get", "post", "put", "patch", "delete"})
      EXPECT_EQ(paths[path][method]["parameters"].error(), simdjson::SUCCESS) << method << " " << path;
  for (const auto* path : {"/v1/chat/completions", "/v1/embeddings", "/openai/deployments/{name}/{path}"}) {
    std::set<std::string_view> headers;
    for (const auto p : paths[path]["post"]["parameters"].get_array())
      if (p["in"].get_string().value() == "header") headers.insert(p["name"].get_string().value());
    EXPECT_EQ(headers,
              (std::set<std::string_view>{"policy", "provider", "use_profile", "x-logos-dataset", "x-logos-metadata",
                                          "x-logos-mode", "x-logos-priority", "x-logos-timeout"}))
        << path;
  }
}

TEST(openapi_json, tells_of_the_headers_of_answers) {
  const auto text = openapi_json("1");
  simdjson::dom::parser parser;
  const auto paths = parser.parse(text)["paths"];
  const auto chat = paths["/v1/chat/completions"]["post"]["responses"];
  for (const auto* name : {"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
                           "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"})
    EXPECT_EQ(chat["200"]["headers"][name].error(), simdjson::SUCCESS) << name;
  EXPECT_EQ(chat["4XX"]["headers"]["retry-after"].error(), simdjson::SUCCESS);
  EXPECT_EQ(paths["/admin/v1/models/{id}"]["get"]["responses"]["200"]["headers"]["ETag"].error(), simdjson::SUCCESS);
  const auto rotated = paths["/admin/v1/processes/{id}/rotate"]["post"]["responses"]["200"];
  EXPECT_EQ(rotated["headers"]["x-logos-in-force"].error(), simdjson::SUCCESS);
}

TEST(openapi_json, has_the_fields_of_the_entities) {
  const auto text = openapi_json("1");
  simdjson::dom::parser parser;
  const auto schemas = parser.parse(text)["components"]["schemas"];
  const auto provider = schemas["Provider"]["properties"];
  EXPECT_EQ(provider["base_url"].error(), simdjson::SUCCESS);
  bool write_only = false;
  ASSERT_EQ(provider["api_key"]["writeOnly"].get(write_only), simdjson::SUCCESS);
  EXPECT_TRUE(write_only);
}

} // namespace
} // namespace logos::administration
