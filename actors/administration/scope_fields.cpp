// SPDX-License-Identifier: MIT
#include "actors/administration/scope_fields.hpp"

#include "actors/catalog/key_scope.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

constexpr std::size_t most_entries = 1000;

failure about(std::string_view field, failure why) {
  why.param = field;
  return why;
}

/// Gives each of a list's texts to `take`, which answers what is wrong with it.
template <class Take>
failure read_texts(std::string_view field, json_value from, std::vector<std::string>& to, Take take) {
  std::vector<std::string> texts;
  if (const auto wanted = read_value(from, texts); !wanted.empty()) return mismatch(field, wanted, from);
  if (texts.size() > most_entries) return mismatch(field, "a list of at most 1000 entries", from);
  for (auto& text : texts)
    if (auto bad = take(text); bad.code != ec::none) return about(field, std::move(bad));
  to = std::move(texts);
  return {};
}

} // namespace

void write_allowed_models(std::string& out, const storage::process& from, names& by) {
  out += '[';
  for (const auto id : from.allowed_models) {
    if (out.back() != '[') out += ',';
    if (const auto name = by.model_name(id); !name.empty())
      write_value(out, name);
    else
      write_value(out, id);
  }
  out += ']';
}

failure no_such_model() {
  return {ec::bad_field, "'allowed_models' has a model that is not there, or that this key may not use.",
          "allowed_models"};
}

failure read_allowed_models(json_value from, storage::process& to, names& by) {
  constexpr std::string_view field = "allowed_models";
  simdjson::dom::array list;
  if (from.get(list) != simdjson::SUCCESS || list.size() > most_entries)
    return mismatch(field, "a list of at most 1000 names or ids of models", from);
  std::vector<std::int64_t> ids;
  for (const auto item : list) {
    std::int64_t id = 0;
    if (std::string_view name; item.get(name) == simdjson::SUCCESS) {
      const auto found = by.model_id(name);
      if (!found) return found.error().code == ec::storage_away ? found.error() : no_such_model();
      id = *found;
    } else if (item.get(id) != simdjson::SUCCESS) {
      return mismatch(field, "a list of names or ids of models", item);
    } else if (by.model_name(id).empty() &&
               std::find(to.allowed_models.begin(), to.allowed_models.end(), id) == to.allowed_models.end()) {
      return no_such_model();
    }
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  to.allowed_models = std::move(ids);
  return {};
}

void write_allowed_providers(std::string& out, const storage::profile& from, names& /*by*/) {
  out += '[';
  for (const auto id : from.allowed_providers) {
    if (out.back() != '[') out += ',';
    write_value(out, id);
  }
  out += ']';
}

failure read_allowed_providers(json_value from, storage::profile& to, names& by) {
  constexpr std::string_view field = "allowed_providers";
  const auto unknown = [&](json_value item) {
    return failure{ec::bad_field,
                   "'allowed_providers': there is no provider " + simdjson::minify(item).substr(0, 100) + ".",
                   std::string{field}};
  };
  simdjson::dom::array list;
  if (from.get(list) != simdjson::SUCCESS || list.size() > most_entries)
    return mismatch(field, "a list of at most 1000 ids or names of providers", from);
  std::vector<std::int64_t> ids;
  for (const auto item : list) {
    std::int64_t id = 0;
    if (std::string_view name; item.get(name) == simdjson::SUCCESS) {
      const auto found = by.provider_id(name);
      if (!found) return found.error().code == ec::storage_away ? found.error() : unknown(item);
      id = *found;
    } else if (item.get(id) != simdjson::SUCCESS) {
      return mismatch(field, "a list of ids or names of providers", item);
    } else if (by.provider_name(id).empty() &&
               std::find(to.allowed_providers.begin(), to.allowed_providers.end(), id) == to.allowed_providers.end()) {
      return unknown(item);
    }
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  to.allowed_providers = std::move(ids);
  return {};
}

failure read_allowed_endpoints(json_value from, storage::process& to, names& /*by*/) {
  return read_texts("allowed_endpoints", from, to.allowed_endpoints,
                    [](const std::string& text) { return catalog::check_pattern(text); });
}

failure read_allowed_addresses(json_value from, storage::process& to, names& /*by*/) {
  return read_texts("allowed_addresses", from, to.allowed_addresses, [](std::string& text) {
    const auto parsed = catalog::parse_allowed_address(text);
    if (!parsed) return parsed.error();
    text = parsed->str();
    return failure{};
  });
}

} // namespace logos::administration
