// SPDX-License-Identifier: MIT
#include "net/model_names.hpp"

#include "net/name_fold.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

namespace logos::net {
namespace {

using core::ec;
using core::failure;
using json = simdjson::dom::element;
using names = std::vector<model_name>;

// All folded.
constexpr std::array<std::string_view, 5> lists{"models", "fallbacks", "fallback_models", "context_window_fallbacks",
                                                "content_policy_fallbacks"};
constexpr std::array<std::string_view, 2> options{"provideroptions", "provider_options"}; // by gateway
constexpr std::string_view own_options = "orq";
constexpr std::string_view plugins = "plugins";
constexpr std::array<std::string_view, 3> plugin_models{"model", "models", "analysis_models"};
constexpr std::string_view tools = "tools";
constexpr std::array<std::string_view, 5> tool_models{"model", "models", "fallbacks", "fallback_models",
                                                      "analysis_models"};
// Of a JSON schema: what their members are called is the client's business.
constexpr std::array<std::string_view, 5> schema_parts{"properties", "patternproperties", "$defs", "definitions",
                                                       "dependentschemas"};
constexpr std::size_t longest = 24; // of the folded names

template <std::size_t N>
bool has(const std::array<std::string_view, N>& all, std::string_view name) {
  return std::find(all.begin(), all.end(), name) != all.end();
}

failure wrong(std::string_view member) {
  const std::string shown{member.substr(0, 100)};
  return {
      ec::bad_field,
      "'" + shown +
          "' must be a list of models' names, or of objects that have a 'model' and nothing else: the gateway has to "
          "know what may be asked for.",
      shown};
}

/// An object's only member, if that is its `model`.
bool read_object(simdjson::dom::object from, std::string& out) {
  std::size_t members = 0;
  std::string_view text;
  for (const auto [key, value] : from)
    if (++members > 1 || folded(key) != "model" || value.get(text) != simdjson::SUCCESS) return false;
  out = text;
  return members == 1;
}

failure read_list(std::string_view member, json value, names& out) {
  std::string_view text;
  if (value.is_null()) return {};
  if (value.get(text) == simdjson::SUCCESS) {
    out.push_back({std::string{text}, std::string{member}});
    return {};
  }
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return wrong(member);
  for (const auto each : list) {
    std::string name;
    simdjson::dom::object object;
    if (each.get(text) == simdjson::SUCCESS)
      name = text;
    else if (each.get(object) != simdjson::SUCCESS || !read_object(object, name))
      return wrong(member);
    out.push_back({std::move(name), std::string{member}});
  }
  return {};
}

/// The lists among an object's members; of anything else there are none.
template <std::size_t N>
failure read_members(json of, const std::array<std::string_view, N>& wanted, names& out) {
  simdjson::dom::object object;
  if (of.get(object) != simdjson::SUCCESS) return {};
  for (const auto [key, value] : object)
    if (has(wanted, folded(key)))
      if (auto bad = read_list(key, value, out); bad.code != ec::none) return bad;
  return {};
}

failure read_options(json of, names& out) {
  simdjson::dom::object object;
  if (of.get(object) != simdjson::SUCCESS) return {};
  for (const auto [gateway, value] : object)
    if (auto bad = read_members(value, lists, out); bad.code != ec::none) return bad;
  return {};
}

/// Of one object or of each in a list.
template <std::size_t N>
failure read_each(json of, const std::array<std::string_view, N>& wanted, names& out) {
  simdjson::dom::array list;
  if (of.get(list) != simdjson::SUCCESS) return read_members(of, wanted, out);
  for (const auto each : list)
    if (auto bad = read_members(each, wanted, out); bad.code != ec::none) return bad;
  return {};
}

failure read_settings(json of, names& out);
failure read_tools(json of, names& out);

/// The settings of a tool below its own members. None of one that the client runs: what stands there is what it takes.
failure read_below_tool(simdjson::dom::object tool, names& out) {
  bool typed = false, clients = true;
  for (const auto [key, value] : tool) {
    if (folded(key) != "type") continue;
    std::string_view type;
    typed = true;
    clients = clients && value.get(type) == simdjson::SUCCESS && (type == "function" || type == "custom");
  }
  if (typed && clients) return {};
  for (const auto [key, value] : tool) {
    const auto name = folded(key);
    if (name == "function" || name == "input_schema" || has(tool_models, name)) continue;
    if (auto bad = name == "tools" ? read_tools(value, out) : read_settings(value, out); bad.code != ec::none)
      return bad;
  }
  return {};
}

failure read_tool(json of, names& out) {
  if (auto bad = read_members(of, tool_models, out); bad.code != ec::none) return bad;
  simdjson::dom::object tool;
  return of.get(tool) == simdjson::SUCCESS ? read_below_tool(tool, out) : failure{};
}

/// A tool may be a model of its own that has tools.
failure read_tools(json of, names& out) {
  simdjson::dom::array list;
  if (of.get(list) != simdjson::SUCCESS) return read_tool(of, out);
  for (const auto each : list)
    if (auto bad = read_tool(each, out); bad.code != ec::none) return bad;
  return {};
}

failure read_settings(json of, names& out) {
  if (simdjson::dom::array list; of.get(list) == simdjson::SUCCESS) {
    for (const auto each : list)
      if (auto bad = read_settings(each, out); bad.code != ec::none) return bad;
    return {};
  }
  simdjson::dom::object object;
  if (of.get(object) != simdjson::SUCCESS) return {};
  for (const auto [key, value] : object) {
    const auto name = folded(key);
    failure bad;
    if (has(tool_models, name)) {
      bad = read_list(key, value, out);
    } else if (simdjson::dom::object parts; has(schema_parts, name) && value.get(parts) == simdjson::SUCCESS) {
      for (const auto [part, schema] : parts)
        if (bad = read_settings(schema, out); bad.code != ec::none) return bad;
    } else {
      bad = name == "tools" ? read_tools(value, out) : read_settings(value, out);
    }
    if (bad.code != ec::none) return bad;
  }
  return {};
}

} // namespace

bool may_name_models(std::string_view member) {
  if (member.size() < own_options.size() || member.size() > longest + 2) return false; // a sign may fold to less
  const auto name = folded(member);
  return has(lists, name) || has(options, name) || name == own_options || name == plugins;
}

bool tool_may_name_models(std::string_view member) {
  if (member.size() < tool_models.front().size() || member.size() > longest + 2) return false;
  return has(tool_models, folded(member));
}

bool field_may_name_models(std::string_view field) {
  const auto is_one = [](std::string_view name) { return may_name_models(lenient_field_name(name)); };
  // `models[0]`, `models.0`, `models%5B0%5D`: what stands before an index, too.
  return is_one(field) || is_one(field.substr(0, field.find_first_of("[.%")));
}

boost::system::result<names, failure> find_model_names(std::string_view body) {
  names out;
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  if (parser.parse(body.data(), body.size(), false).get(root) != simdjson::SUCCESS)
    return failure{ec::bad_json, "The request body is not valid JSON."};
  for (const auto [key, value] : root) {
    const auto name = folded(key);
    failure bad;
    if (has(lists, name))
      bad = read_list(key, value, out);
    else if (has(options, name))
      bad = read_options(value, out);
    else if (name == own_options)
      bad = read_members(value, lists, out);
    else if (name == plugins)
      bad = read_each(value, plugin_models, out);
    else if (name == tools)
      bad = read_tools(value, out);
    if (bad.code != ec::none) return bad;
  }
  return out;
}

} // namespace logos::net
