// SPDX-License-Identifier: MIT
#include "actors/transfer/reading.hpp"

#include "actors/transfer/own.hpp"
#include "actors/transfer/upstream.hpp"

namespace logos::transfer {
namespace {

using core::ec;
using core::failure;

bool looks_like_json(std::string_view text) {
  const auto at = text.find_first_not_of(" \t\r\n");
  return at != text.npos && (text[at] == '{' || text[at] == '[');
}

failure in_file(failure f, const text_file& file) {
  f.message = file.name + ": " + f.message;
  return f;
}

} // namespace

storage::result<cargo> read_document(simdjson::dom::element document, const core::secret_key& secret,
                                     const storage::catalog_data& there, const reading_options& how) {
  if (is_own(document)) return read_own(document, secret);
  const auto tables = find_upstream(document);
  if (!tables) return tables.error();
  if (*tables) return read_upstream(**tables, secret, there, how.currency);
  return failure{ec::bad_field,
                 "this is neither an export of this gateway (\"format\":\"logos-export\") nor upstream's "
                 "(an object with its tables)."};
}

storage::result<std::vector<cargo>> read_files(std::span<const text_file> files, const core::secret_key& secret,
                                               const storage::catalog_data& there, const reading_options& how) {
  std::vector<cargo> all;
  const text_file* users = nullptr;
  const text_file* profiles = nullptr;
  for (const auto& file : files) {
    if (!looks_like_json(file.text)) {
      const auto part = part_of(file.text);
      if (part == people_part::none)
        return failure{ec::bad_field, file.name + ": this is no JSON, no users.yml (names with logos_api_key and "
                                                  "profile, below users: or not) and no profiles.yml (names with "
                                                  "llm_keys and logos_rights, below profiles: or not), or not "
                                                  "well-formed."};
      auto& place = part == people_part::users ? users : profiles;
      if (place != nullptr)
        return failure{ec::bad_field, file.name + ": " + place->name + " is the same kind of file; give one of each."};
      place = &file;
      continue;
    }
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    if (const auto error = parser.parse(file.text).get(document); error != simdjson::SUCCESS)
      return failure{ec::bad_json, file.name + ": not well-formed JSON: " + simdjson::error_message(error)};
    auto read = read_document(document, secret, there, how);
    if (!read) return in_file(read.error(), file);
    all.push_back(std::move(*read));
  }
  if ((users == nullptr) != (profiles == nullptr)) {
    const auto& alone = users != nullptr ? *users : *profiles;
    return failure{ec::bad_field, alone.name + ": users.yml and profiles.yml belong together; give both."};
  }
  if (users == nullptr && !how.people.addresses.empty())
    return failure{ec::bad_field,
                   "--base-url " + how.people.addresses.begin()->first +
                       "=…: addresses are of providers in profiles.yml, and none of these files is one."};
  if (users != nullptr) {
    auto read = read_people(*users, *profiles, secret, there, how.people);
    if (!read) return read.error();
    all.push_back(std::move(*read));
  }
  return all;
}

std::string currency_of(const storage::catalog_data& there, std::string otherwise) {
  if (!there.currency.empty()) return there.currency;
  for (const auto& p : there.prices)
    return p.currency;
  for (const auto& b : there.budgets)
    return b.currency;
  return otherwise;
}

} // namespace logos::transfer
