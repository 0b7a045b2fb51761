// SPDX-License-Identifier: MIT
#include "actors/transfer/tables.hpp"
#include "actors/transfer/upstream.hpp"

#include <algorithm>
#include <array>

namespace logos::transfer {
namespace {

using core::ec;
using core::failure;
using json = simdjson::dom::element;

constexpr std::array<std::string_view, 17> known_tables{"users",
                                                        "services",
                                                        "process",
                                                        "profiles",
                                                        "providers",
                                                        "models",
                                                        "policies",
                                                        "log_entry",
                                                        "model_api_keys",
                                                        "model_provider",
                                                        "token_types",
                                                        "usage_tokens",
                                                        "token_prices",
                                                        "jobs",
                                                        "profile_model_permissions",
                                                        "request_events",
                                                        "ollama_provider_snapshots"};

failure unknown_member(std::string_view name) {
  const std::string shown{name.substr(0, 100)};
  return {ec::bad_field, "upstream's export has no member " + core::json_string(shown) + ", and it is no table.",
          shown};
}

/// Upstream's own requests have their key beside what they bring.
failure check_wrapping(json around, std::string_view inner) {
  for (const auto member : around.get_object())
    if (member.key != inner && member.key != "logos_key") return unknown_member(member.key);
  return {};
}

} // namespace

storage::result<std::optional<json>> find_upstream(json document) {
  const std::optional<json> none;
  simdjson::dom::array pair;
  if (document.get(pair) == simdjson::SUCCESS) {
    if (pair.size() == 0) return none;
    return find_upstream(pair.at(0).value());
  }
  if (!document.is_object()) return none;
  for (const auto* around : {"result", "json_data"}) {
    json inner;
    if (document[around].get(inner) != simdjson::SUCCESS || !inner.is_object()) continue;
    auto found = find_upstream(inner);
    if (found && *found)
      if (auto bad = check_wrapping(document, around); bad.code != ec::none) return bad;
    return found;
  }
  for (const auto* table : {"process", "users", "providers", "models", "log_entry"})
    if (document[table].error() == simdjson::SUCCESS && document[table].is_array()) return std::optional{document};
  return none;
}

core::failure check_members(json tables, std::vector<std::string>& notes) {
  for (const auto member : tables.get_object()) {
    if (std::find(known_tables.begin(), known_tables.end(), member.key) != known_tables.end()) continue;
    if (!member.value.is_array()) return unknown_member(member.key);
    notes.push_back("table " + std::string{member.key} + ": left out, it is none of upstream's.");
  }
  std::size_t rows = 0;
  auto bad = each_row(tables, "ollama_provider_snapshots", [&](row_reader&) { ++rows; });
  if (rows != 0)
    notes.push_back("table ollama_provider_snapshots: " + std::to_string(rows) +
                    " rows are left out; what was seen of providers begins anew here.");
  return bad;
}

} // namespace logos::transfer
