// SPDX-License-Identifier: MIT
#include "actors/administration/transfers.hpp"

#include "actors/administration/logosdb.hpp"
#include "actors/administration/queries.hpp"
#include "actors/administration/rights.hpp"
#include "actors/transfer/own.hpp"
#include "actors/transfer/reading.hpp"
#include "actors/transfer/unload.hpp"

#include <algorithm>
#include <array>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

boost::system::result<bool, failure> read_flag(const query& parameters, std::string_view name) {
  const auto at = parameters.find(name);
  if (at == parameters.end()) return false;
  if (at->second == "true" || at->second == "1") return true;
  if (at->second == "false" || at->second == "0") return false;
  return failure{ec::bad_field, "'" + std::string{name} + "' must be true or false.", std::string{name}};
}

constexpr std::array<std::string_view, 2> file_members{"users_yml", "profiles_yml"};

/// Both files of April 2025 as members of one object.
storage::result<std::array<transfer::text_file, 2>> read_file_members(simdjson::dom::object from) {
  for (const auto member : from)
    if (std::find(file_members.begin(), file_members.end(), member.key) == file_members.end())
      return unknown_field(member.key, file_members);
  std::array<transfer::text_file, 2> files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string name{file_members[i]};
    json_value value;
    if (from[name].get(value) != simdjson::SUCCESS)
      return failure{ec::bad_field, "'" + name + "' is required: users.yml and profiles.yml belong together.", name};
    if (!value.is_string()) return mismatch(name, "the text of the file", value);
    files[i] = {name, std::string{value.get_string().value()}};
  }
  return files;
}

storage::result<std::vector<transfer::cargo>> read_body(simdjson::dom::element document, const core::secret_key& secret,
                                                        const storage::catalog_data& there) {
  transfer::reading_options how;
  how.currency = transfer::currency_of(there, how.currency);
  if (simdjson::dom::object object; document.get(object) == simdjson::SUCCESS)
    if (std::any_of(file_members.begin(), file_members.end(),
                    [&](auto name) { return object[name].error() == simdjson::SUCCESS; })) {
      const auto files = read_file_members(object);
      if (!files) return files.error();
      return transfer::read_files(*files, secret, there, how);
    }
  auto read = transfer::read_document(document, secret, there, how);
  if (!read) return read.error();
  std::vector<transfer::cargo> all;
  all.push_back(std::move(*read));
  return all;
}

} // namespace

storage::result<std::string> import_document(storage::store& in, const call& c, simdjson::dom::element document,
                                             bool dry_run, bool& changed) {
  if (is_limited(c))
    return failure{ec::forbidden, "A key with a scope or an expiry imports nothing: what it brings in has neither."};
  const auto there = in.load_catalog();
  if (!there) return there.error();
  auto all = read_body(document, *c.secret, *there);
  if (!all) return all.error();
  transfer::options how;
  how.dry_run = dry_run;
  if (c.trusted != nullptr) how.trusted = *c.trusted;
  const auto done = transfer::unload(in, all->front(), how);
  if (!done) return done.error();
  changed = done->changed();
  return transfer::to_json(*done);
}

outcome export_document(storage::store& in, const call& c) {
  const auto secrets = read_flag(c.parameters, "secrets");
  if (!secrets) return to_problem(secrets.error());
  const auto all = in.load_catalog();
  if (!all) return to_problem(all.error());
  // Who takes all keys leaves a trace, or gets none.
  if (*secrets)
    if (const auto noted = in.record(transfer::export_of_secrets()); !noted) return to_problem(noted.error());
  auto out = to_outcome(200, transfer::write_own(*all, *secrets, *c.secret));
  if (*secrets) out.answer.headers += "cache-control: no-store\r\n";
  return out;
}

outcome import_body(storage::store& in, const call& c) {
  const auto dry_run = read_flag(c.parameters, "dry_run");
  if (!dry_run) return to_problem(dry_run.error());
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  const auto text = c.request().body;
  // The exchange keeps readable bytes behind its body.
  if (const auto error = parser.parse(text.data(), text.size(), false).get(document); error != simdjson::SUCCESS)
    return to_problem(
        {ec::bad_json, "The body is not well-formed JSON: " + std::string{simdjson::error_message(error)}});
  bool changed = false;
  const auto done = import_document(in, c, document, *dry_run, changed);
  if (!done && done.error().param == "dry_run")
    return to_problem({ec::bad_field,
                       "'dry_run' stands in the query: POST /admin/v1/import?dry_run=true. In the body it is unknown, "
                       "and nothing was imported.",
                       "dry_run"});
  if (!done) return to_problem(done.error());
  auto out = to_outcome(200, *done);
  out.changed = changed;
  return out;
}

void add_transfer(std::vector<route>& to) {
  route out{"GET",          "/admin/v1/export", access::root,
            service::store, export_document,    "Every entity as one document; secrets=true puts keys into it",
            "transfer"};
  out.response = "Export";
  out.query = export_query;
  out.report = true;
  to.push_back(out);
  route in{"POST",       "/admin/v1/import",
           access::root, service::store,
           import_body,  "Take in an export of this gateway or of upstream's, or users.yml and profiles.yml",
           "transfer"};
  in.request = "Import";
  in.response = "ImportReport";
  in.query = import_query;
  to.push_back(in);
}

std::string transfer_schemas() {
  return R"(,"Export":{"type":"object","description":"A list of rows for each table; columns as the database has them.",)"
         R"("properties":{"format":{"type":"string","enum":["logos-export"]},"version":{"type":"integer"},)"
         R"("secrets":{"type":"boolean"}}},)"
         R"("Import":{"type":["object","array"],"items":{},"description":"An export, or users_yml and profiles_yml with the texts of )"
         R"(those files."},)"
         R"("ImportReport":{"type":"object","properties":{"dry_run":{"type":"boolean"},"imported":{"type":"object"},)"
         R"("notes":{"type":"array","items":{"type":"string"}},)"
         R"("warnings":{"type":"array","items":{"type":"string"},"description":"What somebody should do something about."}}})";
}

namespace logosdb {

outcome export_all(const arguments& a) {
  const auto all = a.store.load_catalog();
  if (!all) return refused_with(all.error());
  return said(R"({"result":)" + transfer::write_own(*all, false, *a.from.secret) + "}");
}

outcome import_all(const arguments& a) {
  bool made = false;
  const auto done = import_document(a.store, a.from, a.value("json_data"),
                                    a.has("dry_run") && a.value("dry_run").get_bool().value(), made);
  if (!done) return refused_with(done.error());
  auto out = said(R"({"result":)" + *done + "}");
  out.changed = made;
  return out;
}

} // namespace logosdb

} // namespace logos::administration
