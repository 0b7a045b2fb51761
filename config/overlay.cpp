// SPDX-License-Identifier: MIT
#include "config/overlay.hpp"

#include "config/catalogue.hpp"

#include <algorithm>

namespace logos::config {
namespace {

node scalar(std::string_view text, const std::string& origin) {
  node n;
  n.type = node::kind::scalar;
  n.text = text;
  n.origin = origin;
  return n;
}

/// Where `key` is to be written in `map`; nothing when `map` turned out to be something else, which is an error
/// already.
node* slot(node& map, std::string_view key, const std::string& origin) {
  if (map.null()) {
    map.type = node::kind::map;
    if (map.line == 0) map.origin = origin;
  }
  if (map.type != node::kind::map) return nullptr;
  if (auto* known = map.find(key)) return known;
  map.names.push_back(scalar(key, origin));
  return &map.items.emplace_back();
}

void put(node& document, std::string_view path, node value, const std::string& origin) {
  auto* at = &document;
  while (at && !path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    at = slot(*at, path.substr(0, dot), origin);
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  if (at) *at = std::move(value);
}

void mark_origin(node& n, const std::string& origin) {
  n.origin = origin;
  n.line = n.column = 0; // lines of a variable mean nothing to its reader
  for (auto& name : n.names)
    mark_origin(name, origin);
  for (auto& item : n.items)
    mark_origin(item, origin);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

node split(std::string_view text, const std::string& origin) {
  node list;
  list.type = node::kind::sequence;
  list.origin = origin;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto word = trimmed(text.substr(0, comma)); !word.empty()) list.items.push_back(scalar(word, origin));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

void put_text(node& document, const setting_info& setting, const std::string& text, const std::string& origin,
              std::vector<problem>& problems) {
  if (first_bad_utf8(text) || text.find('\0') != std::string::npos) {
    problem bad;
    bad.origin = origin;
    bad.key = setting.path;
    bad.message = "not UTF-8 text";
    problems.push_back(std::move(bad));
    return;
  }
  if (setting.form == shape::text_list) {
    put(document, setting.path, split(text, origin), origin);
  } else if (setting.form == shape::value) {
    put(document, setting.path, scalar(text, origin), origin);
  } else if (auto parsed = parse_document(text, origin, problems)) {
    mark_origin(*parsed, origin);
    put(document, setting.path, std::move(*parsed), origin);
  }
}

/// `PROVIDER_NAME` and `BASE_URL` describe a provider; one of that name in the file has its values replaced.
void put_first_provider(node& document, const environment& variables, std::vector<problem>& problems) {
  const auto value = [&](std::string_view name) -> const std::string* {
    const auto found = variables.find(name);
    return found == variables.end() || found->second.empty() ? nullptr : &found->second;
  };
  const auto* name = value("PROVIDER_NAME");
  if (!name) return; // BASE_URL alone may well be meant for somebody else
  if (!value("BASE_URL")) {
    problem alone;
    alone.level = core::severity::warning;
    alone.origin = "PROVIDER_NAME";
    alone.message = "set without BASE_URL: no provider is configured by it";
    problems.push_back(std::move(alone));
    return;
  }
  auto* providers = slot(document, "providers", "PROVIDER_NAME");
  if (!providers) return;
  if (providers->null()) {
    providers->type = node::kind::sequence;
    providers->origin = "PROVIDER_NAME";
  }
  if (providers->type != node::kind::sequence) return;
  const auto same_name = [&](const node& n) {
    const auto* found = n.find("name");
    return found && found->text == *name;
  };
  auto& items = providers->items;
  auto at = std::find_if(items.begin(), items.end(), same_name);
  if (at == items.end()) at = items.insert(items.end(), node{});
  const std::pair<std::string_view, const char*> keys[] = {
      {"name", "PROVIDER_NAME"}, {"base_url", "BASE_URL"}, {"type", "PROVIDER_TYPE"}, {"api_key", "PROVIDER_API_KEY"}};
  for (const auto& [key, variable] : keys)
    if (const auto* text = value(variable))
      if (auto* place = slot(*at, key, variable)) *place = scalar(*text, variable);
}

/// Set for clients and scripts, not settings of the gateway.
bool is_foreign(std::string_view name) { return name == "LOGOS_CONFIG" || name == "LOGOS_KEY" || name == "LOGOS_URL"; }

void warn_about_typos(const environment& variables, std::vector<problem>& problems) {
  constexpr std::string_view prefix = "LOGOS_";
  std::vector<std::string_view> known;
  for (const auto& setting : catalogue())
    if (!setting.environment.empty()) known.push_back(std::string_view(setting.environment).substr(prefix.size()));
  for (const auto& [name, text] : variables) {
    if (!name.starts_with(prefix) || is_foreign(name)) continue;
    const auto word = std::string_view(name).substr(prefix.size());
    const auto nearest = nearest_of(word, known);
    const auto distance = edit_distance(word, nearest);
    if (distance == 0 || distance > std::min<std::size_t>(2, word.size() / 4)) continue;
    problem typo;
    typo.level = core::severity::warning;
    typo.origin = name;
    typo.nearest = std::string(prefix) + std::string(nearest);
    typo.message = "no such setting; did you mean '" + typo.nearest + "'?";
    problems.push_back(std::move(typo));
    if (problems.size() >= most_problems) return;
  }
}

} // namespace

void overlay(node& document, const environment& variables, const flags& given, std::vector<problem>& problems) {
  for (const auto& setting : catalogue()) {
    if (setting.environment.empty()) continue;
    if (const auto flag = given.find(setting.path); flag != given.end()) {
      put_text(document, setting, flag->second, "--" + setting.path, problems);
    } else if (const auto found = variables.find(setting.environment); found != variables.end()) {
      // Set but empty is how compose files say "not set".
      if (!found->second.empty()) put_text(document, setting, found->second, setting.environment, problems);
    }
  }
  for (const auto& [path, text] : given) {
    const auto* setting = find_setting(path);
    if (setting && !setting->environment.empty()) continue;
    problem unknown;
    unknown.origin = "--" + path;
    unknown.message = "no such setting";
    problems.push_back(std::move(unknown));
  }
  put_first_provider(document, variables, problems);
  warn_about_typos(variables, problems);
}

} // namespace logos::config
