// SPDX-License-Identifier: MIT
#include "actors/administration/books.hpp"

#include "actors/administration/book_rows.hpp"
#include "actors/administration/parameters.hpp"
#include "actors/administration/rights.hpp"
#include "actors/administration/told_statistics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

constexpr std::array<std::string_view, 5> result_names{"success", "error", "timeout", "client_gone", "partial"};
constexpr std::array<std::string_view, 4> source_names{"none", "provider", "estimated", "partial"};

/// A status, or a class of them such as 4xx.
failure read_status(const query& parameters, storage::request_filter& out) {
  auto at = parameters.find("status"); // as the answer calls it
  const auto longer = parameters.find("http_status");
  if (at != parameters.end() && longer != parameters.end() && at->second != longer->second)
    return {ec::bad_field, "'status' and 'http_status' are the same, and say different things.", "status"};
  if (at == parameters.end()) at = longer;
  if (at == parameters.end()) return {};
  const auto& text = at->second;
  const bool fits = text.size() == 3 && text[0] >= '1' && text[0] <= '5';
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1; };
  if (fits && (text.ends_with("xx") || text.ends_with("XX"))) {
    out.least_status = digit(0) * 100;
    out.most_status = out.least_status + 99;
    return {};
  }
  if (fits && digit(1) >= 0 && digit(2) >= 0) {
    out.least_status = out.most_status = digit(0) * 100 + digit(1) * 10 + digit(2);
    return {};
  }
  return {ec::bad_field, "'" + at->first + "' must be a status from 100 to 599, or a class of them such as 4xx.",
          at->first};
}

failure read_source(const query& parameters, std::optional<core::usage_source>& out) {
  const auto at = parameters.find("usage_source");
  if (at == parameters.end()) return {};
  out = find_word<core::usage_source>(source_names, at->second);
  if (out) return {};
  return {ec::bad_field, "'usage_source' must be one of none, provider, estimated, partial.", "usage_source"};
}

failure read_filter(const query& parameters, storage::request_filter& out) {
  for (auto bad :
       {read_time(parameters, "from", out.from), read_time(parameters, "to", out.to),
        read_id_filter(parameters, "process_id", out.process_id),
        read_id_filter(parameters, "profile_id", out.profile_id),
        read_id_filter(parameters, "provider_id", out.provider_id),
        read_id_filter(parameters, "service_id", out.service_id), read_id_filter(parameters, "model_id", out.model_id),
        read_text_filter(parameters, "dataset", out.dataset), read_status(parameters, out),
        read_source(parameters, out.usage_source)})
    if (bad.code != ec::none) return bad;
  const auto at = parameters.find("result");
  if (at == parameters.end()) return {};
  out.result = find_word<core::result_status>(result_names, at->second);
  if (out.result) return {};
  return {ec::bad_field, "'result' must be one of success, error, timeout, client_gone, partial.", "result"};
}

/// Narrows to the requests of the user that `user_id` names; who may not see them sees none.
failure narrow_to_user(const query& parameters, storage::whose& of) {
  std::int64_t user_id = 0;
  if (auto bad = read_id_filter(parameters, "user_id", user_id); bad.code != ec::none || user_id == 0) return bad;
  constexpr std::int64_t nobody = -1;
  const bool everybodys = of.user_id == 0 && of.process_id == 0;
  of = {0, everybodys || of.user_id == user_id ? user_id : nobody};
  return {};
}

failure read_groups(const query& parameters, std::vector<storage::usage_group>& out) {
  const auto at = parameters.find("group_by");
  if (at == parameters.end()) return {};
  std::string_view rest = at->second;
  for (bool more = true; more;) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto group = find_word<storage::usage_group>(group_names, rest.substr(0, end));
    if (!group || std::find(out.begin(), out.end(), *group) != out.end())
      return {
          ec::bad_field,
          "'group_by' must be a list, without repetitions, of process, profile, user, service, provider, model, day, "
          "hour, month, week, result, usage_source.",
          "group_by"};
    out.push_back(*group);
    more = end < rest.size();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

constexpr std::array<std::string_view, 3> order_names{"time", "requests", "cost"};

/// Where nothing is said, by time where time is among the groups, else by requests.
failure read_order(const query& parameters, std::span<const storage::usage_group> groups, storage::usage_order& out) {
  using enum storage::usage_order;
  const auto at = parameters.find("order");
  if (at == parameters.end()) return {};
  const auto place = std::find(order_names.begin(), order_names.end(), at->second) - order_names.begin();
  constexpr std::array orders{time, requests, cost};
  if (place == std::ssize(order_names)) return {ec::bad_field, "'order' must be one of time, requests, cost.", "order"};
  out = orders[static_cast<std::size_t>(place)];
  const auto is_time = [](storage::usage_group g) {
    using enum storage::usage_group;
    return g == hour || g == day || g == week || g == month;
  };
  if (out == time && std::none_of(groups.begin(), groups.end(), is_time))
    return {ec::bad_field, "'order' by time needs one of hour, day, week, month in 'group_by'.", "order"};
  return {};
}

constexpr int most_rows = 1000;
constexpr int most_csv_rows = 10'000; // some 5 MB

/// A header line, and a line per row.
template <class Row>
std::string csv_of(const Row& sample, const std::vector<Row>& rows, const auto& describe) {
  csv_row head;
  describe(head, sample);
  auto text = head.names();
  for (const auto& row : rows) {
    csv_row line;
    describe(line, row);
    text += line.cells();
  }
  return text;
}

outcome to_csv(std::string_view file, std::string text) {
  auto out = to_outcome(200, std::move(text));
  out.answer.content_type = csv_type;
  out.answer.headers = "Content-Disposition: attachment; filename=\"" + std::string{file} + "\"\r\n";
  return out;
}

/// Of the operator's own types, those that are gone left out.
storage::result<count_names> names_of_counts(storage::store& in) {
  const auto types = in.list<storage::token_type>(storage::first_own_token_type - 1, 1000);
  if (!types) return types.error();
  count_names names;
  for (const auto& t : *types)
    names.learn(t);
  return names;
}

/// What stands there by ids is told by names.
storage::result<void> name_counts(storage::store& in, std::span<storage::request_row> rows) {
  const auto has_own = [](const storage::request_row& row) { return !row.own_counts.empty(); };
  if (std::none_of(rows.begin(), rows.end(), has_own)) return {};
  const auto names = names_of_counts(in);
  if (!names) return names.error();
  for (auto& row : rows)
    row.own_counts = names->object_of(storage::read_own_counts(row.own_counts));
  return {};
}

} // namespace

std::string share_of(std::int64_t part, std::int64_t of) {
  if (of <= 0) return {};
  std::array<char, 64> text;
  const auto share = static_cast<double>(part) / static_cast<double>(of);
  const auto end = std::to_chars(text.data(), text.data() + text.size(), share, std::chars_format::fixed, 4).ptr;
  return {text.data(), end};
}

outcome list_requests(storage::store& in, const call& c) {
  const auto as_csv = wants_csv(c);
  if (!as_csv) return to_problem(as_csv.error());
  storage::request_filter filter;
  if (auto bad = read_filter(c.parameters, filter); bad.code != ec::none) return to_problem(bad);
  filter.of = requests_of(c);
  if (auto bad = narrow_to_user(c.parameters, filter.of); bad.code != ec::none) return to_problem(bad);
  auto paged = c.parameters;
  paged.erase("cursor"); // this one is the store's own
  const auto page = read_paging(paged, *as_csv ? most_csv_rows : most_rows);
  if (!page) return to_problem(page.error());
  std::string cursor;
  if (auto bad = read_text_filter(c.parameters, "cursor", cursor); bad.code != ec::none) return to_problem(bad);
  auto found = in.list_requests(filter, cursor, page->limit);
  if (!found) return to_problem(found.error());
  if (const auto named = name_counts(in, found->rows); !named) return to_problem(named.error());
  const auto describe_one = [&](auto& m, const storage::request_row& row) { describe_request(m, row, c.currency); };
  if (*as_csv) {
    auto out = to_csv("requests.csv", csv_of(storage::request_row{}, found->rows, describe_one));
    if (!found->next.empty()) out.answer.headers += "x-next-cursor: " + found->next + "\r\n";
    return out;
  }
  std::string data;
  for (const auto& row : found->rows) {
    members m;
    describe_one(m, row);
    data.append(data.empty() ? "" : ",").append(m.finish());
  }
  const auto next = found->next.empty() ? std::string{"null"} : core::json_string(found->next);
  return to_outcome(200, R"({"data":[)" + data + R"(],"next":)" + next + "}");
}

outcome show_request(storage::store& in, const call& c) {
  auto found = in.find_request(c.path.front());
  if (!found) return to_problem(found.error());
  if (const auto named = name_counts(in, {&*found, 1}); !named) return to_problem(named.error());
  if (!requests_of(c).covers(found->ids.process_id, found->owner.user_id))
    return to_problem({ec::resource_not_found, "there is no request " + core::json_string(c.path.front())});
  members m;
  describe_request(m, *found, c.currency);
  describe_details(m, *found);
  return to_outcome(200, m.finish());
}

outcome sum_usage(storage::store& in, const call& c) {
  const auto as_csv = wants_csv(c);
  if (!as_csv) return to_problem(as_csv.error());
  std::vector<storage::usage_group> groups;
  core::wall_time from;
  core::wall_time to;
  storage::usage_filter which;
  which.of = requests_of(c);
  for (const auto& bad :
       {read_groups(c.parameters, groups), read_order(c.parameters, groups, which.order),
        read_range(c.parameters, from, to), narrow_to_user(c.parameters, which.of),
        read_id_filter(c.parameters, "process_id", which.process_id),
        read_id_filter(c.parameters, "profile_id", which.profile_id),
        read_id_filter(c.parameters, "service_id", which.service_id),
        read_id_filter(c.parameters, "provider_id", which.provider_id),
        read_id_filter(c.parameters, "model_id", which.model_id), read_source(c.parameters, which.usage_source)})
    if (bad.code != ec::none) return to_problem(bad);
  const auto seen = requests_of(c);
  const bool everybodys = seen.user_id == 0 && seen.process_id == 0;
  int most = 0;
  if (c.parameters.contains("limit")) {
    const auto page = read_paging(c.parameters, 1000);
    if (!page) return to_problem(page.error());
    most = page->limit;
  }
  auto rows = in.usage(groups, from, to, which, most == 0 ? 0 : most + 1);
  if (!rows) return to_problem(rows.error());
  const bool more = most != 0 && rows->size() > static_cast<std::size_t>(most);
  if (more) rows->pop_back();
  const auto names = names_of_counts(in);
  if (!names) return to_problem(names.error());
  const auto describe = [&](auto& m, const storage::usage_row& row) {
    describe_usage_row(m, row, groups, *names, c.currency, everybodys);
  };
  if (*as_csv) {
    storage::usage_row sample;
    sample.keys.resize(groups.size());
    return to_csv("usage.csv", csv_of(sample, *rows, describe));
  }
  std::string data;
  for (const auto& row : *rows) {
    members m;
    describe(m, row);
    data.append(data.empty() ? "" : ",").append(m.finish());
  }
  return to_outcome(200, R"({"data":[)" + data + R"(],"more":)" + (more ? "true}" : "false}"));
}

} // namespace logos::administration
