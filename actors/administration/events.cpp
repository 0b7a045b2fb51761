// SPDX-License-Identifier: MIT
#include "actors/administration/events.hpp"

#include "actors/administration/members.hpp"
#include "actors/administration/parameters.hpp"

#include <algorithm>
#include <array>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

constexpr int checked_at_once = 2000;
constexpr std::array<std::string_view, 21> resources{
    "user",    "service",    "process",    "profile",   "permission", "provider", "model",
    "policy",  "deployment", "token_type", "rate",      "price",      "limit",    "budget",
    "request", "secret_key", "job",        "audit_log", "example",    "catalog",  "credit"};
constexpr std::array<std::string_view, 10> actions{"create", "update", "remove", "rerate", "test_alert",
                                                   "load",   "unload", "import", "break",  "export"};

/// What is JSON, as it is; anything else as a text.
std::string as_member(const std::string& json, simdjson::dom::parser& by) {
  if (json.empty()) return "null";
  return by.parse(json).error() == simdjson::SUCCESS ? json : core::json_string(json);
}

std::string event_json(const storage::audit_event& e, simdjson::dom::parser& by) {
  return members{}
      .add("id", e.id)
      .add("at", e.at)
      .id("actor_id", e.by.process_id)
      .add("actor", e.by.name)
      .text("address", e.by.address)
      .add("action", e.action)
      .add("resource", e.resource)
      .id("resource_id", e.resource_id)
      .text("name", e.name)
      .raw("before", as_member(e.before, by))
      .raw("after", as_member(e.after, by))
      .add("previous_hash", e.previous_hash)
      .add("hash", e.hash)
      .finish();
}

/// One of `words`.
template <std::size_t N>
failure read_word(const query& parameters, std::string_view name, const std::array<std::string_view, N>& words,
                  std::string& out) {
  const auto at = parameters.find(name);
  if (at == parameters.end()) return {};
  out = at->second;
  if (std::find(words.begin(), words.end(), out) != words.end()) return {};
  std::string list;
  for (const auto word : words)
    list.append(list.empty() ? "" : ", ").append(word);
  return {ec::bad_field, "'" + std::string{name} + "' must be one of " + list + ".", std::string{name}};
}

failure read_filter(const query& parameters, storage::event_filter& out) {
  for (auto bad :
       {read_time(parameters, "from", out.from), read_time(parameters, "to", out.to),
        read_id_filter(parameters, "id", out.resource_id), read_word(parameters, "resource", resources, out.resource),
        read_word(parameters, "action", actions, out.action)})
    if (bad.code != ec::none) return bad;
  const auto at = parameters.find("actor");
  if (at == parameters.end()) return {};
  // Digits may be an id or a name.
  if (read_id_filter(parameters, "actor", out.process_id).code != ec::none) out.process_id = 0;
  return read_text_filter(parameters, "actor", out.author);
}

outcome verify_from(storage::store& in, const storage::chain_check& so_far) {
  const auto at = in.check_events(so_far, checked_at_once);
  if (!at) return to_problem(at.error());
  if (!at->done) {
    outcome more;
    more.next = [from = *at](storage::store& store, const call&) { return verify_from(store, from); };
    return more;
  }
  return to_outcome(200, members{}
                             .add("intact", at->wrong == 0)
                             .add("checked", at->checked)
                             .id("first_wrong", at->wrong)
                             .text("detail", at->why)
                             .finish());
}

} // namespace

outcome list_events(storage::store& in, const call& c) {
  storage::event_filter filter;
  if (auto bad = read_filter(c.parameters, filter); bad.code != ec::none) return to_problem(bad);
  const auto page = read_paging(c.parameters);
  if (!page) return to_problem(page.error());
  const auto found = in.list_events(filter, page->after, page->limit + 1);
  if (!found) return to_problem(found.error());
  simdjson::dom::parser parser;
  const auto shown = std::min(found->size(), static_cast<std::size_t>(page->limit));
  std::string data;
  for (std::size_t i = 0; i < shown; ++i)
    data.append(data.empty() ? "" : ",").append(event_json((*found)[i], parser));
  const auto next = shown < found->size() ? "\"" + std::to_string((*found)[shown - 1].id) + "\"" : "null";
  return to_outcome(200, R"({"data":[)" + data + R"(],"next":)" + next + "}");
}

outcome show_event(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  const auto found = in.find_event(*id);
  if (!found) return to_problem(found.error());
  simdjson::dom::parser parser;
  return to_outcome(200, event_json(*found, parser));
}

outcome verify_events(storage::store& in, const call& /*c*/) { return verify_from(in, {}); }

} // namespace logos::administration
