// SPDX-License-Identifier: MIT
#include "net/json_look.hpp"
#include "net/model_names.hpp"
#include "tests/net/padded.hpp"

#include <gtest/gtest.h>

namespace logos::net {
namespace {

using core::ec;
using test::padded;

/// The names in their order, parted by blanks; the failure's parameter behind `!`.
std::string named(std::string_view body) {
  const padded p{body};
  const auto found = find_model_names(p.view());
  if (!found) return "!" + found.error().param;
  std::string out;
  for (const auto& each : *found)
    out += (out.empty() ? "" : " ") + each.member + "=" + each.name;
  return out;
}

bool looked_for(std::string_view body) {
  json_looker looker;
  json_look found;
  const padded p{body};
  EXPECT_FALSE(looker.look(p.view(), found)) << body;
  return found.names_models;
}

TEST(model_names, are_found_wherever_known_gateways_read_them) {
  EXPECT_EQ(named(R"({"model":"a","models":["b","c"]})"), "models=b models=c");
  EXPECT_EQ(named(R"({"fallbacks":["b",{"model":"c"}]})"), "fallbacks=b fallbacks=c");
  EXPECT_EQ(named(R"({"fallback_models":"b"})"), "fallback_models=b");
  EXPECT_EQ(named(R"({"providerOptions":{"gateway":{"models":["b"],"order":["x"]},"openai":{"user":"y"}}})"),
            "models=b");
  EXPECT_EQ(named(R"({"orq":{"fallbacks":[{"model":"b"}],"retry":{"count":1}}})"), "fallbacks=b");
  EXPECT_EQ(named(R"({"plugins":[{"id":"web"},{"id":"fusion","model":"b","analysis_models":["c"]}]})"),
            "model=b analysis_models=c");
}

TEST(model_names, are_found_in_tools_that_the_provider_runs) {
  EXPECT_EQ(named(R"({"tools":[{"type":"image_generation","model":"b"},{"type":"web_search"}]})"), "model=b");
  EXPECT_EQ(named(R"({"tools":{"type":"advisor","MODEL":"b","mode\u006cs":["c"]}})"), "MODEL=b models=c");
  EXPECT_EQ(named(R"({"tools":[{"type":"image_generation","model":{"name":"b"}}]})"), "!model");
  // What a function of the client's takes is no model of the provider's.
  EXPECT_EQ(named(R"({"tools":[{"type":"function","function":{"name":"f","parameters":{"model":"x"}}}]})"), "");
}

TEST(model_names, are_found_at_any_depth_of_a_tool_that_the_provider_runs) {
  EXPECT_EQ(named(R"({"tools":[{"type":"openrouter:advisor","parameters":{"model":"b"}}]})"), "model=b");
  EXPECT_EQ(named(R"({"tools":[{"type":"x:fusion","parameters":{"model":"b","analysis_models":["c","d"]}}]})"),
            "model=b analysis_models=c analysis_models=d");
  EXPECT_EQ(named(R"({"tools":[{"type":"x:agent","parameters":{"tools":[{"type":"y","parameters":{"Model":"b"}}]}}]})"),
            "Model=b");
  EXPECT_EQ(named(R"({"tools":[{"name":"x","settings":[{"deep":[{"models":["b"]}]}]}]})"), "models=b") << "of no type";
  EXPECT_EQ(named(R"({"tools":[{"type":"function","type":"x","parameters":{"model":"b"}}]})"), "model=b")
      << "whichever of two a reader takes";
  EXPECT_EQ(named(R"({"tools":[{"type":"x","parameters":{"model":{"name":"b"}}}]})"), "!model");
}

TEST(model_names, are_none_of_what_a_tool_takes) {
  EXPECT_EQ(named(R"({"tools":[{"type":"function","name":"f","parameters":{"default":{"model":"b"}}}]})"), "");
  EXPECT_EQ(named(R"({"tools":[{"name":"f","input_schema":{"properties":{"model":{"const":"b"}},"model":"b"}}]})"), "");
  EXPECT_EQ(named(R"({"tools":[{"name":"f","parameters":{"properties":{"model":{"type":"string"}}}}]})"), "");
  EXPECT_EQ(named(R"({"tools":[{"type":"custom","format":{"model":"b"}}]})"), "");
}

TEST(model_names, may_stand_in_fields_of_a_form) {
  for (const auto* field : {"models", "Models", "models[]", "models[0]", "models%5B0%5D", "mode%6cs",
                            "fallbacks[0][model]", "fallback_models", "plugins.0.model", "\\models"})
    EXPECT_TRUE(field_may_name_models(field)) << field;
  for (const auto* field : {"model", "file", "prompt", "modelsx", "timestamp_granularities[]", "image[]", "", "["})
    EXPECT_FALSE(field_may_name_models(field)) << field;
}

TEST(model_names, are_found_however_their_member_is_written) {
  EXPECT_EQ(named(R"({"Models":["b"]})"), "Models=b");
  EXPECT_EQ(named(R"({"mode\u006cs":["b"]})"), "models=b");
  EXPECT_EQ(named(R"({"model\u017f":["b"]})"), "model\xc5\xbf=b");
  EXPECT_EQ(named(R"({"models":["b"],"MODELS":["c"],"models":["d"]})"), "models=b MODELS=c models=d");
  EXPECT_EQ(named(R"({"PROVIDEROPTIONS":{"Gateway":{"MODELS":["b"]}}})"), "MODELS=b");
  EXPECT_EQ(named(R"({"fallbacks":[{"MODEL":"b"}]})"), "fallbacks=b");
}

TEST(model_names, that_come_with_changes_to_the_request_are_refused) {
  EXPECT_EQ(named(R"({"fallbacks":[{"model":"b","messages":[]}]})"), "!fallbacks");
  EXPECT_EQ(named(R"({"fallbacks":[{"a":["b"]}]})"), "!fallbacks");
  EXPECT_EQ(named(R"({"fallbacks":[{"model":"b","model":"c"}]})"), "!fallbacks");
  EXPECT_EQ(named(R"({"fallbacks":[{}]})"), "!fallbacks");
  EXPECT_EQ(named(R"({"models":{"a":1}})"), "!models");
  EXPECT_EQ(named(R"({"models":[1]})"), "!models");
  EXPECT_EQ(named(R"({"models":[["b"]]})"), "!models");
}

TEST(model_names, are_none_elsewhere) {
  EXPECT_EQ(named(R"({"models":null,"fallbacks":[]})"), "");
  EXPECT_EQ(named(R"({"route":"fallback","provider":{"order":["b"],"allow_fallbacks":true}})"), "");
  EXPECT_EQ(named(R"({"messages":[{"models":["b"]}],"metadata":{"models":["b"]}})"), "");
  EXPECT_EQ(named(R"({"providerOptions":null,"plugins":"x","orq":1})"), "");
}

TEST(model_names, are_looked_for_only_where_they_may_be) {
  EXPECT_FALSE(looked_for(R"({"model":"a","messages":[{"models":["b"]}],"metadata":{"models":1},"modela":1})"));
  EXPECT_FALSE(looked_for(R"({"tools":[{"type":"function","function":{"name":"model","parameters":{"model":1}}}]})"));
  for (const auto* body :
       {R"({"models":[]})", R"({"MODELS":[]})", R"({"model\u017f":[]})", R"({"x":1,"fallbacks":1})",
        R"({"context_window_fallbacks":1})", R"({"content_policy_fallbac\u212as":1})", R"({"providerOptions":{}})",
        R"({"tools":[{"type":"x","parameters":{"a":[{"mode\u006c":"b"}]}}]})", R"({"orq":{}})", R"({"plugins":[]})",
        R"({"tools":[{"type":"image_generation","mode\u006c":"b"}]})"})
    EXPECT_TRUE(looked_for(body)) << body;
}

} // namespace
} // namespace logos::net
