// SPDX-License-Identifier: MIT
#include "storage/sql/detour.hpp"
#include "storage/sql/log_reader.hpp"
#include "storage/sql/owners.hpp"
#include "storage/sql/sql_store.hpp"

#include <algorithm>

namespace logos::storage::sql {
namespace {

/// `id, names, log columns`, with payloads or without; `from` are rows of `log_entry`.
std::string selection(bool with_payloads, std::string_view from = "log_entry") {
  log_columns columns;
  const request_row sample{};
  visit_log_fields(columns, sample);
  if (with_payloads) visit_payload_fields(columns, sample);
  std::string text = "select e.id, pr.name, pv.name, m.name";
  for (const auto& name : columns.names)
    text += ", e." + name;
  return text + " from " + std::string{from} +
         " e left join process pr on pr.id = e.process_id left join providers pv on"
         " pv.id = e.provider_id left join models m on m.id = e.model_id ";
}

request_row read_row(const std::vector<cell>& cells, bool with_payloads) {
  request_row row;
  row.id = parse_integer(*cells[0]);
  row.process_name = cells[1].value_or("");
  row.provider_name = cells[2].value_or("");
  row.model_name = cells[3].value_or("");
  log_reader read{cells, 4};
  visit_log_fields(read, row);
  if (with_payloads) visit_payload_fields(read, row);
  return row;
}

/// Whether none of the statuses is 200: such rows are few, and have their own index.
bool is_of_few_statuses(const request_filter& filter) {
  return filter.most_status != 0 && (filter.most_status < 200 || filter.least_status > 200);
}

/// Whether it is about usage that is not the provider's own count: such rows are few, and have their own index.
bool is_of_few_sources(const request_filter& filter) {
  return filter.usage_source && *filter.usage_source != core::usage_source::provider;
}

/// The statuses that a filter is about, as an array of PostgreSQL's. The index tells each one's rows in the order of
/// their times, so several are found as those of several keys are.
std::string statuses_of(const request_filter& filter) {
  std::string all = "{";
  for (auto status = filter.least_status; status <= filter.most_status; ++status)
    all += (status == filter.least_status ? "" : ",") + std::to_string(status);
  return all + "}";
}

/// Failures and datasets are few, and have their own indexes.
detour detour_of(const request_filter& filter, dialect of) {
  if (is_of_few_statuses(filter) || is_of_few_sources(filter)) return {};
  const bool failed = filter.result && *filter.result != core::result_status::success;
  if (of == dialect::sqlite || filter.process_id != 0 || filter.of.process_id != 0 || failed || !filter.dataset.empty())
    return {};
  if (filter.profile_id != 0) return {"process_id", "profile_id", "usage_key_months", filter.profile_id};
  if (filter.of.user_id != 0) return {"process_id", "user_id", "usage_key_months", filter.of.user_id};
  if (filter.service_id != 0) return {"process_id", "service_id", "usage_key_months", filter.service_id};
  if (filter.model_id != 0) return {};
  return {"model_id", "provider_id", "usage_model_months", filter.provider_id};
}

/// What an index gives in order, for every id of the array `$n`; ties at the end are part of it. Of requests without
/// such an id only if there are any: they all stand together. PostgreSQL must not know the limit when it plans: it
/// takes keys and services for independent, expects fewer rows than that, and would read and sort all there are.
std::string along(std::string_view column, const std::string& where, std::size_t n, std::string_view limit, bool none) {
  const std::string by{column};
  const auto rows = [&](const std::string& these, const std::string& order) {
    return "(select * from log_entry e " + where + " and e." + by + these + " order by " + order +
           "e.timestamp_request desc fetch first (select " + std::string{limit} + "::bigint) rows with ties)";
  };
  return "(select e.* from unnest($" + std::to_string(n) + "::bigint[]) as chosen (id) cross join lateral " +
         rows(" = chosen.id", "") + " e" + (none ? " union all " + rows(" is null", "e." + by + " desc, ") : "") + ")";
}

core::failure bad_cursor() { return {core::ec::bad_field, "this cursor was not made by this list", "cursor"}; }

} // namespace

result<request_page> sql_store::list_requests(const request_filter& filter, std::string_view cursor, int limit) {
  static const std::string head = selection(false);
  limit = std::clamp(limit, 1, 10'000);
  std::string where = "where 1 = 1";
  std::vector<value> parameters;
  std::vector<std::string> kept; // texts that the parameters view
  kept.reserve(8);
  const auto add = [&](std::string_view condition, value x) {
    parameters.push_back(x);
    where += " and " + std::string{condition} + " $" + std::to_string(parameters.size());
  };
  const auto keep = [&kept](std::string text) { return value{std::string_view{kept.emplace_back(std::move(text))}}; };
  if (filter.from) add("e.timestamp_request >=", keep(core::to_sql(*filter.from)));
  if (filter.process_id != 0) add("e.process_id =", filter.process_id);
  if (filter.profile_id != 0) add("e.profile_id =", filter.profile_id);
  if (filter.provider_id != 0) add("e.provider_id =", filter.provider_id);
  if (filter.model_id != 0) add("e.model_id =", filter.model_id);
  if (filter.result) add("e.result_status =", core::to_string(*filter.result));
  if (filter.service_id != 0) add("e.service_id =", filter.service_id);
  if (filter.usage_source) add("e.usage_source =", core::to_string(*filter.usage_source));
  if (is_of_few_sources(filter)) where += " and e.usage_source <> 'provider'"; // what `log_entry_usage_source` is of
  const bool one_status = filter.least_status == filter.most_status;
  const bool by_status =
      dialect_ == dialect::postgres && is_of_few_statuses(filter) && !one_status && filter.dataset.empty();
  if (filter.most_status != 0 && one_status) add("e.http_status =", std::int64_t{filter.least_status});
  // Not beside `along`, which gives each one: PostgreSQL would begin at the range's end and read on to it.
  if (!one_status && !by_status) {
    add("e.http_status >=", std::int64_t{filter.least_status});
    add("e.http_status <=", std::int64_t{filter.most_status});
  }
  if (is_of_few_statuses(filter)) where += " and e.http_status <> 200"; // what the index `log_entry_status` is of
  where += narrowed(filter.of, parameters);
  if (filter.result && *filter.result != core::result_status::success)
    where += " and e.result_status <> 'success'"; // what the index `log_entry_failed` is of
  if (!filter.dataset.empty()) add("e.dataset =", std::string_view{filter.dataset});
  std::optional<core::wall_time> cursor_time;
  const auto bar = std::min(cursor.find('|'), cursor.size());
  if (!cursor.empty()) {
    cursor_time = parse_time(cursor.substr(0, bar));
    if (bar == cursor.size() || !cursor_time || !core::uuid::parse(cursor.substr(bar + 1))) return bad_cursor();
  }
  // Only the tighter end: given both, PostgreSQL may begin at the other one and read on to this.
  if (cursor_time && (!filter.to || *cursor_time < *filter.to)) {
    const auto n = parameters.size();
    parameters.push_back(keep(core::to_sql(*cursor_time)));
    parameters.emplace_back(cursor.substr(bar + 1));
    where +=
        " and (e.timestamp_request, e.request_id) < ($" + std::to_string(n + 1) + ", $" + std::to_string(n + 2) + ")";
  } else if (filter.to) {
    add("e.timestamp_request <", keep(core::to_sql(*filter.to)));
  }
  parameters.emplace_back(std::int64_t{limit} + 1);
  const auto most = "$" + std::to_string(parameters.size());
  const auto newest_first = " order by e.timestamp_request desc, e.request_id desc limit " + most;
  auto statement = head + where + newest_first;
  if (by_status) {
    parameters.push_back(keep(statuses_of(filter)));
    statement = selection(false, along("http_status", where, parameters.size(), most, false)) + newest_first;
  } else if (const auto way = detour_of(filter, dialect_); way.id != 0) {
    const auto ids = session_.run(ids_along(way), {value{way.id}});
    if (!ids) return ids.error();
    const auto& found = ids->cells[0];
    parameters.push_back(keep("{" + found[0].value_or("") + "}"));
    statement = selection(false, along(way.by, where, parameters.size(), most, parse_truth(found[1].value_or("")))) +
                newest_first;
  }
  auto found = session_.run(statement, parameters);
  if (!found) return found.error();
  request_page page;
  for (const auto& cells : found->cells) {
    if (page.rows.size() == static_cast<std::size_t>(limit)) {
      const auto& last = page.rows.back();
      page.next = core::to_iso8601(last.timestamp_request) + "|" + last.request_id_text;
      break;
    }
    page.rows.push_back(read_row(cells, false));
  }
  return page;
}

/// The id tells when it was made, and the index begins with the time. Everywhere is only looked for an id that does not
/// tell: another program's, which wrote its own rows.
result<request_row> sql_store::find_request(std::string_view request_id) {
  static const std::string near_it =
      selection(true) + "where e.request_id = $1 and e.timestamp_request between $2 and $3";
  static const std::string anywhere = selection(true) + "where e.request_id = $1 limit 1";
  const core::failure missing{core::ec::resource_not_found, "there is no request " + core::json_string(request_id)};
  const auto id = core::uuid::parse(request_id);
  if (!id) return missing;
  const core::wall_time made{std::chrono::milliseconds{id->high() >> 16}};
  const auto around = [&](std::chrono::seconds by) {
    const auto from = core::to_sql(made - by), to = core::to_sql(made + by);
    return session_.run(near_it, {value{request_id}, value{std::string_view{from}}, value{std::string_view{to}}});
  };
  const bool tells = id->version() == 7;
  auto found = tells ? around(std::chrono::seconds{5}) : session_.run(anywhere, {value{request_id}});
  if (tells && found && found->empty()) found = around(std::chrono::hours{24}); // a row made by another clock
  if (!found) return found.error();
  if (found->empty()) return missing;
  return read_row(found->cells[0], true);
}

} // namespace logos::storage::sql
