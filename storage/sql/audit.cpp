// SPDX-License-Identifier: MIT
#include "core/fault_point.hpp"
#include "core/secret.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/table.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace logos::storage::sql {
namespace {

const std::string selection = "select id, happened_at, author_id, author, address, action, resource, resource_id, name,"
                              " before_change, after_change, previous_hash, hash from audit_log ";

/// Columns of it that always have a text, be it an empty one: author, action, resource and the hashes.
constexpr std::array<std::size_t, 5> never_null{3, 5, 6, 11, 12};

audit_event read_event(const std::vector<cell>& cells) {
  audit_event out;
  out.id = parse_integer(cells[0].value_or(""));
  out.at = parse_time(cells[1].value_or("")).value_or(core::wall_time{});
  out.by = {parse_integer(cells[2].value_or("")), cells[3].value_or(""), cells[4].value_or("")};
  out.action = cells[5].value_or("");
  out.resource = cells[6].value_or("");
  out.resource_id = parse_integer(cells[7].value_or(""));
  out.name = cells[8].value_or("");
  out.before = cells[9].value_or("");
  out.after = cells[10].value_or("");
  out.previous_hash = cells[11].value_or("");
  out.hash = cells[12].value_or("");
  return out;
}

value text_or_null(const std::string& text) { return text.empty() ? value{} : value{std::string_view{text}}; }
value id_or_null(std::int64_t id) { return id == 0 ? value{} : value{id}; }

/// The name by which people know a row.
std::string name_in(const table& kind, const std::vector<cell>& row) {
  for (const std::string_view wanted : {"username", "name"})
    for (std::size_t i = 0; i < kind.columns.size(); ++i)
      if (kind.columns[i] == wanted) return row[common_column_count + i].value_or("");
  return {};
}

constexpr std::string_view break_action = "break";

/// The hash does not tell null from nothing, but whoever writes does: always null where there is nothing, or never.
bool has_its_nulls(const audit_event& e, const std::vector<cell>& cells) {
  const auto null_for = [&](std::size_t at, bool nothing) { return cells[at].has_value() != nothing; };
  return null_for(2, e.by.process_id == 0) && null_for(4, e.by.address.empty()) && null_for(7, e.resource_id == 0) &&
         null_for(8, e.name.empty()) && null_for(9, e.before.empty()) && null_for(10, e.after.empty()) &&
         std::all_of(never_null.begin(), never_null.end(), [&](std::size_t at) { return cells[at].has_value(); });
}

/// SQLite keeps any text in any column; what it would be read as is not enough to be what was written.
bool reads_as_written(const audit_event& e, const std::vector<cell>& cells, dialect of) {
  if (!has_its_nulls(e, cells)) return false;
  if (of != dialect::sqlite) return true;
  const auto id_reads = [&](std::size_t at, std::int64_t id) { return !cells[at] || *cells[at] == std::to_string(id); };
  return cells[1] == core::to_sql(e.at) && id_reads(2, e.by.process_id) && id_reads(7, e.resource_id);
}

/// Only who has the secret key can make it: what was cut off the end, or written anew as a whole, does not fit.
std::string seal_of(const core::secret_key& secret, std::int64_t id, const std::string& hash) {
  return core::to_hex(secret.authenticate("audit head " + std::to_string(id) + " " + hash));
}

constexpr std::string_view no_head = "the row audit_head of the table installation is gone: nothing can be written to "
                                     "the audit log, so nothing can be changed; restore it from a backup";

} // namespace

sql_store::chain_head sql_store::parse_head(std::string_view text) {
  chain_head out;
  const auto first = std::min(text.find('|'), text.size()), second = std::min(text.find('|', first + 1), text.size());
  out.id = parse_integer(text.substr(0, first));
  if (first < text.size()) out.hash = text.substr(first + 1, second - first - 1);
  if (second < text.size()) out.seal = text.substr(second + 1);
  return out;
}

result<void> sql_store::note_change(const table& kind, std::string_view action, const fields* before,
                                    const fields* after) {
  const auto& row = after != nullptr ? *after : *before;
  change what{
      std::string{action}, std::string{kind.noun}, parse_integer(row[0].value_or("")), name_in(kind, row), {}, {}};
  if (before != nullptr) what.before = kind.describe(*before, nullptr, secret_);
  if (after != nullptr) what.after = kind.describe(*after, before, secret_);
  return append_event(what);
}

result<void> sql_store::note_change(const table& kind, std::string_view action, std::int64_t id, const fields* before) {
  const auto after = find_row(kind, id);
  if (!after) return after.error();
  return note_change(kind, action, before, &*after);
}

result<void> sql_store::append_event(const change& what) {
  // Whoever comes later waits here until this transaction ends, and then sees its event: the chain cannot fork.
  const auto held = session_.run("update installation set value = value where name = 'audit_head' returning value");
  if (!held) return held.error();
  if (held->empty()) return core::failure{core::ec::internal, std::string{no_head}};
  auto head = parse_head(held->cells[0][0].value_or(""));
  const auto ours = sealed_by_us(head);
  if (!ours) return ours.error();
  if (!*ours) {
    // Sealing on top of what was forged would hide it. Nobody is kept from administering, but this stays for ever.
    change broken{std::string{break_action}, "audit_log", 0, {}, {}, {}};
    broken.after = "{\"id\":" + std::to_string(head.id) + ",\"hash\":" + core::json_string(head.hash) + "}";
    if (auto noted = write_event(head, broken); !noted) return noted.error();
  }
  if (auto noted = write_event(head, what); !noted) return noted.error();
  if (auto sealed = seal_head(head); !sealed) return sealed.error();
  core::fault_point("audit.appended");
  return {};
}

result<bool> sql_store::sealed_by_us(const chain_head& head) {
  if (core::equal_in_constant_time(head.seal, seal_of(secret_, head.id, head.hash))) return true;
  if (head.id != 0 || !head.seal.empty()) return false;
  // Before the first start there is no secret key whose seal it could have.
  const auto verifier = installation_value("secret_verifier");
  if (!verifier) return verifier.error();
  return verifier->empty();
}

result<void> sql_store::seal_head(const chain_head& head) {
  return set_installation_value("audit_head",
                                std::to_string(head.id) + "|" + head.hash + "|" + seal_of(secret_, head.id, head.hash));
}

result<void> sql_store::seal_again() {
  const auto kept = installation_value("audit_head");
  if (!kept) return kept.error();
  return seal_head(parse_head(*kept));
}

result<void> sql_store::seal_new_chain() {
  const auto kept = installation_value("audit_head");
  if (!kept) return kept.error();
  const auto head = parse_head(*kept);
  return head.id == 0 && head.seal.empty() ? seal_head(head) : result<void>{};
}

result<void> sql_store::write_event(chain_head& head, const change& what) {
  audit_event made;
  static_cast<change&>(made) = what;
  made.by = author_;
  if (made.by.name.empty()) made.by.name = "logos";
  for (auto* text : {&made.by.name, &made.by.address, &made.resource, &made.name, &made.before, &made.after})
    if (!storable(*text)) *text = made_storable(*text);
  made.id = head.id + 1;
  made.at = core::system_clock().wall();
  made.previous_hash = head.hash;
  made.hash = hash_of(made);
  const auto at = core::to_sql(made.at);
  const auto written = session_.run(
      "insert into audit_log (id, happened_at, author_id, author, address, action, resource, resource_id, name,"
      " before_change, after_change, previous_hash, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
      " $13)",
      {value{made.id}, value{std::string_view{at}}, id_or_null(made.by.process_id),
       value{std::string_view{made.by.name}}, text_or_null(made.by.address), value{std::string_view{made.action}},
       value{std::string_view{made.resource}}, id_or_null(made.resource_id), text_or_null(made.name),
       text_or_null(made.before), text_or_null(made.after), value{std::string_view{made.previous_hash}},
       value{std::string_view{made.hash}}});
  if (!written) {
    auto why = written.error();
    if (why.code == core::ec::conflict)
      why = {core::ec::internal, "the audit log already has an event " + std::to_string(made.id) +
                                     ", which its head does not know: `logos check --audit` says more"};
    return why;
  }
  head.id = made.id;
  head.hash = made.hash;
  return {};
}

result<void> sql_store::check_head() {
  const auto held = session_.run("update installation set value = value where name = 'audit_head' returning value");
  if (!held) return held.error();
  if (held->empty()) return core::failure{core::ec::internal, std::string{no_head}};
  const auto ours = sealed_by_us(parse_head(held->cells[0][0].value_or("")));
  if (!ours) return ours.error();
  if (*ours) return {};
  return core::failure{core::ec::conflict, "the end of the audit log is not the one that the present secret key has "
                                           "sealed: `logos check --audit` says more; nothing was changed"};
}

result<void> sql_store::record(const change& what) {
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    if (auto known = follow_secret(); !known) return known.error();
    return append_event(what);
  });
}

result<std::vector<audit_event>> sql_store::list_events(const event_filter& filter, std::int64_t before, int limit) {
  std::string where = "where 1 = 1";
  std::vector<value> parameters;
  const auto add = [&](std::string_view condition, value x) {
    parameters.push_back(x);
    where += " and " + std::string{condition} + " $" + std::to_string(parameters.size());
  };
  const auto from = core::to_sql(filter.from.value_or(core::wall_time{})),
             to = core::to_sql(filter.to.value_or(core::wall_time{}));
  if (filter.from) add("happened_at >=", std::string_view{from});
  if (filter.to) add("happened_at <", std::string_view{to});
  if (!filter.resource.empty()) add("resource =", std::string_view{filter.resource});
  if (filter.resource_id != 0) add("resource_id =", filter.resource_id);
  std::string by;
  if (filter.process_id != 0) {
    parameters.emplace_back(filter.process_id);
    by = "author_id = $" + std::to_string(parameters.size());
  }
  const auto in_brackets = "(" + filter.author + ")", as_beginning = filter.author + " ";
  if (!filter.author.empty()) {
    const auto place = [&](const std::string& text) {
      parameters.emplace_back(std::string_view{text});
      return "cast($" + std::to_string(parameters.size()) + " as text)";
    };
    // Whoever has no key is known by what it is, as `command line` or `config file X`, or by the machine's user.
    const auto beginning = place(as_beginning);
    by += (by.empty() ? "" : " or ") + ("author = " + place(filter.author)) +
          " or author_id in (select p.id from process p join users u on u.id = p.user_id where u.username = " +
          place(filter.author) + ") or (author_id is null and (substr(author, 1, length(" + beginning +
          ")) = " + beginning + " or replace(address, " + place(in_brackets) + ", '') <> address))";
  }
  if (!by.empty()) where += " and (" + by + ")";
  if (!filter.action.empty()) add("action =", std::string_view{filter.action});
  if (before != 0) add("id <", before);
  parameters.emplace_back(std::int64_t{std::clamp(limit, 1, 1001)});
  where += " order by id desc limit $" + std::to_string(parameters.size());
  auto found = session_.run(selection + where, parameters);
  if (!found) return found.error();
  std::vector<audit_event> events;
  for (const auto& cells : found->cells)
    events.push_back(read_event(cells));
  return events;
}

result<audit_event> sql_store::find_event(std::int64_t id) {
  static const std::string one = selection + "where id = $1";
  auto found = session_.run(one, {value{id}});
  if (!found) return found.error();
  if (found->empty()) return core::failure{core::ec::resource_not_found, "there is no event " + std::to_string(id)};
  return read_event(found->cells[0]);
}

result<chain_check> sql_store::check_events(const chain_check& so_far, int limit) {
  static const std::string some = selection + "where id > $1 order by id limit $2";
  return in_transaction(session_, intent::read, [&]() -> result<chain_check> {
    if (auto known = follow_secret(); !known) return known.error();
    auto at = so_far;
    const auto wrong = [&at](std::int64_t id, std::string why) {
      at.done = true;
      at.wrong = id;
      at.why = std::move(why);
      return at;
    };
    const auto found = session_.run(some, {value{at.checked}, value{std::int64_t{limit}}});
    if (!found) return found.error();
    for (const auto& cells : found->cells) {
      const auto event = read_event(cells);
      const auto name = "event " + std::to_string(event.id);
      if (event.id != at.checked + 1)
        return wrong(at.checked + 1, "event " + std::to_string(at.checked + 1) + " is missing");
      if (event.previous_hash != at.last_hash) return wrong(event.id, name + " does not follow the event before it");
      if (event.hash != hash_of(event) || !reads_as_written(event, cells, dialect_))
        return wrong(event.id, name + " is not as it was written");
      if (event.action == break_action)
        return wrong(event.id, "the log before " + name +
                                   " was changed past Logos: its end was not the one that this installation's secret "
                                   "key had sealed");
      at.checked = event.id;
      at.last_hash = event.hash;
    }
    if (found->size() == static_cast<std::size_t>(limit)) return at;
    at.done = true;
    const auto kept = session_.run("select value from installation where name = 'audit_head'");
    if (!kept) return kept.error();
    if (kept->empty()) return wrong(at.checked + 1, std::string{no_head});
    const auto head = parse_head(kept->cells[0][0].value_or(""));
    if (head.id > at.checked)
      return wrong(at.checked + 1, "the events from " + std::to_string(at.checked + 1) + " to " +
                                       std::to_string(head.id) + " are missing");
    if (head.id < at.checked)
      return wrong(head.id + 1, "event " + std::to_string(head.id + 1) + " was not written by Logos");
    const auto ours = sealed_by_us(head);
    if (!ours) return ours.error();
    if (head.hash != at.last_hash || !*ours)
      return wrong(head.id, "the end of the chain, event " + std::to_string(head.id) +
                                ", is not the one that this installation's secret key has sealed");
    return at;
  });
}

} // namespace logos::storage::sql
