// SPDX-License-Identifier: MIT
#include "actors/administration/field_logic.hpp"
#include "actors/catalog/provider_extras.hpp"
#include "config/base_url.hpp"
#include "config/header_text.hpp"

namespace logos::administration {
namespace {

using storage::provider;

core::failure read_base_url(json_value from, provider& to, names& /*by*/) {
  std::string text;
  if (const auto wanted = read_value(from, text); !wanted.empty()) return {core::ec::bad_field, std::string{wanted}};
  const auto address = config::normalise_base_url(to.type, text);
  if (!address) return {core::ec::bad_field, "'base_url': " + address.error().message, "base_url"};
  to.base_url = text;
  return {};
}

core::failure read_admin_url(json_value from, provider& to, names& /*by*/) {
  std::string text;
  if (const auto wanted = read_value(from, text); !wanted.empty()) return {core::ec::bad_field, std::string{wanted}};
  // Empty: that of base_url.
  if (const auto wrong = config::address_problem(text); !text.empty() && !wrong.empty())
    return {core::ec::bad_field, "'ollama_admin_url': " + wrong, "ollama_admin_url"};
  to.ollama_admin_url = text;
  return {};
}

core::failure read_api_key(json_value from, provider& to, names& /*by*/) {
  std::string text;
  // What was sent is not repeated: it is meant to be a key.
  if (const auto wanted = read_header_text(from, text); !wanted.empty())
    return {core::ec::bad_field, "'api_key' must be " + std::string{wanted} + ".", "api_key"};
  if (text.starts_with("env:") || text.starts_with("file:"))
    return {core::ec::bad_field, "'api_key' must be the key itself: env: and file: are understood in logos.yaml only.",
            "api_key"};
  to.api_key = text;
  return {};
}

void write_has_key(std::string& out, const provider& from, names& /*by*/) { write_value(out, !from.api_key.empty()); }

void write_auth(std::string& out, const provider& from, names& /*by*/) {
  out += R"({"header":)";
  write_value(out, from.auth_name);
  out += R"(,"format":)";
  write_value(out, from.auth_format);
  out += '}';
}

/// Reads the members of a small object, each a string; refuses others by name.
core::failure read_texts(std::string_view name, json_value from,
                         std::span<const std::pair<std::string_view, std::string*>> members) {
  simdjson::dom::object object;
  if (from.get(object) != simdjson::SUCCESS) return {core::ec::bad_field, "an object"};
  std::vector<std::string_view> known;
  for (const auto& member : members)
    known.push_back(member.first);
  for (const auto [key, value] : object) {
    const std::string_view member_name = key;
    const auto at = std::find(known.begin(), known.end(), member_name);
    const auto full = std::string{name} + "." + std::string{member_name.substr(0, 100)};
    if (at == known.end()) return unknown_field(full, known);
    auto& out = *members[static_cast<std::size_t>(at - known.begin())].second;
    if (const auto wanted = read_value(value, out); !wanted.empty()) return mismatch(full, wanted, value);
  }
  return {};
}

core::failure read_auth(json_value from, provider& to, names& /*by*/) {
  const std::array<std::pair<std::string_view, std::string*>, 2> members{
      {{"header", &to.auth_name}, {"format", &to.auth_format}}};
  if (auto bad = read_texts("auth", from, members); bad.code != core::ec::none) return bad;
  // Empty: as usual for the type.
  if (const auto wrong = config::auth_header_problem(to.auth_name); !to.auth_name.empty() && !wrong.empty())
    return {core::ec::bad_field, "'auth.header': " + core::json_string(to.auth_name) + " " + std::string{wrong} + ".",
            "auth.header"};
  if (const auto wrong = config::auth_format_problem(to.auth_format); !to.auth_format.empty() && !wrong.empty())
    return {core::ec::bad_field, "'auth.format' " + std::string{wrong} + ".", "auth.format"};
  return {};
}

void write_tls(std::string& out, const provider& from, names& /*by*/) {
  out += R"({"ca":)";
  write_value(out, catalog::read_extras(from.settings).ca_file);
  out += '}';
}

core::failure read_tls(json_value from, provider& to, names& /*by*/) {
  auto extras = catalog::read_extras(to.settings);
  const std::array<std::pair<std::string_view, std::string*>, 1> members{{{"ca", &extras.ca_file}}};
  auto bad = read_texts("tls", from, members);
  if (bad.code == core::ec::none) to.settings = catalog::write_extras(extras);
  return bad;
}

void write_api_version(std::string& out, const provider& from, names& /*by*/) {
  write_value(out, catalog::read_extras(from.settings).api_version);
}

core::failure read_api_version(json_value from, provider& to, names& /*by*/) {
  auto extras = catalog::read_extras(to.settings);
  if (const auto wanted = read_value(from, extras.api_version); !wanted.empty())
    return {core::ec::bad_field, std::string{wanted}};
  to.settings = catalog::write_extras(extras);
  return {};
}

void write_passthrough(std::string& out, const provider& from, names& /*by*/) {
  const auto said = catalog::read_extras(from.settings).passthrough;
  out += !said ? "null" : *said ? "true" : "false";
}

core::failure read_passthrough(json_value from, provider& to, names& /*by*/) {
  auto extras = catalog::read_extras(to.settings);
  bool said = false;
  if (from.is_null())
    extras.passthrough.reset();
  else if (from.get(said) == simdjson::SUCCESS)
    extras.passthrough = said;
  else
    return {core::ec::bad_field, "true, false or null"};
  to.settings = catalog::write_extras(extras);
  return {};
}

constexpr std::string_view passthrough_schema =
    R"({"type":["boolean","null"],"description":"Whether requests with a client's own key may go there; null: by type."})";
constexpr std::string_view type_schema =
    R"({"type":"string","enum":["openai","azure","ollama","vllm","openwebui","anthropic","custom"]})";

constexpr std::array provider_table{
    named<provider, &provider::name>("name"),
    plain<provider, &provider::type>("type", type_schema),
    field<provider>{"base_url", use::required, R"({"type":"string"})", write_member<provider, &provider::base_url>,
                    read_base_url},
    field<provider>{"api_key", use::write_only, text_schema, nullptr, read_api_key,
                    write_kept_text<provider, &provider::api_key>},
    field<provider>{"has_api_key", use::read_only, flag_schema, write_has_key, nullptr},
    field<provider>{"auth", use::optional,
                    R"({"type":"object","properties":{"header":{"type":"string"},"format":{"type":"string"}}})",
                    write_auth, read_auth},
    plain<provider, &provider::privacy>("privacy", privacy_schema),
    field<provider>{
        "parallel", use::optional,
        R"({"type":"integer","minimum":0,"maximum":1000000,"description":"In flight per model; 0: what its server is )"
        R"(known to take (llama.cpp, Ollama, vLLM), else as usual for its type; at a cloud's no limit."})",
        write_member<provider, &provider::parallel_capacity>,
        read_member<provider, &provider::parallel_capacity, read_limit>},
    limited<provider, &provider::max_in_flight>("max_in_flight"),
    counted<provider, &provider::total_vram_mb>("total_vram_mb"),
    counted<provider, &provider::keep_alive_seconds>("keep_alive_seconds"),
    counted<provider, &provider::max_loaded_models>("max_loaded_models"),
    plain<provider, &provider::reachable_from>("reachable_from", list_schema),
    field<provider>{"ollama_admin_url", use::optional,
                    R"({"type":"string","description":"An http or https address; empty: that of base_url."})",
                    write_member<provider, &provider::ollama_admin_url>, read_admin_url},
    field<provider>{"api_version", use::optional, text_schema, write_api_version, read_api_version},
    field<provider>{"tls", use::optional, R"({"type":"object","properties":{"ca":{"type":"string"}}})", write_tls,
                    read_tls},
    field<provider>{"passthrough", use::optional, passthrough_schema, write_passthrough, read_passthrough},
    plain<provider, &provider::enabled>("enabled", flag_schema),
};

} // namespace

template <>
std::span<const field<provider>> fields_of() {
  return provider_table;
}

template <>
const noun& noun_of<provider>() {
  static constexpr noun n{"provider", "providers", "Provider"};
  return n;
}

LOGOS_ADMINISTERED(provider)

} // namespace logos::administration
