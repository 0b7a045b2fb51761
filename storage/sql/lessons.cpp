// SPDX-License-Identifier: MIT
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>

namespace logos::storage::sql {
namespace {

const std::string columns = "number, given_at, request_id, process_id, tenant_id, model_id, other_model_id, signal,"
                            " score, label, comment, trusted";

feedback_row read_row(const std::vector<cell>& cells) {
  feedback_row out;
  std::size_t place = 0;
  const auto text = [&]() -> std::string_view {
    const auto& x = cells[place++];
    return x ? std::string_view{*x} : std::string_view{};
  };
  const auto number = [&] { return parse_integer(text()); };
  out.number = number();
  out.given_at = parse_time(text()).value_or(core::wall_time{});
  out.request_id = text();
  out.process_id = number();
  out.tenant_id = number();
  out.model_id = number();
  out.other_model_id = number();
  out.signal = number();
  if (cells[place]) out.score = parse_real(*cells[place]);
  ++place;
  out.label = text();
  out.comment = text();
  out.trusted = parse_truth(text());
  if (place < cells.size()) out.imprint = bytes_of(text());
  return out;
}

} // namespace

result<std::optional<feedback_row>> sql_store::find_said(const feedback_row& row) {
  static const std::string find = "select " + columns +
                                  ", imprint from feedback where request_id = $1 and process_id = $2 and signal = $3"
                                  " and other_model_id = $4";
  const auto there = session_.run(find, {value{std::string_view{row.request_id}}, value{row.process_id},
                                         value{row.signal}, value{row.other_model_id}});
  if (!there) return there.error();
  if (there->empty()) return std::optional<feedback_row>{};
  return std::optional{read_row(there->cells[0])};
}

result<appended_feedback> sql_store::append_one(feedback_row row) {
  auto there = find_said(row);
  if (!there) return there.error();
  if (*there && !fills_in(**there, row)) return appended_feedback{std::move(**there), false};
  const auto next =
      session_.run("update feedback_head set last_number = last_number + 1 where id = 1 returning last_number");
  if (!next) return next.error();
  if (next->empty()) return core::failure{core::ec::internal, "the table feedback_head has lost its row"};
  row.number = parse_integer(next->cells[0][0].value_or(""));
  row.label = made_storable(row.label);
  row.comment = made_storable(row.comment);
  if (*there) {
    if (row.label.empty()) row.label = std::move((*there)->label);
    if (row.comment.empty()) row.comment = std::move((*there)->comment);
    const auto gone = session_.run("delete from feedback where number = $1", {value{(*there)->number}});
    if (!gone) return gone.error();
  }
  const auto at = core::to_sql(row.given_at);
  const auto imprint = hex_of(row.imprint);
  const auto made = session_.run(
      "insert into feedback (number, given_at, request_id, process_id, tenant_id, model_id, other_model_id, signal,"
      " score, label, comment, trusted, imprint) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, " +
          std::string{row.trusted ? "true" : "false"} + ", $12)",
      {value{row.number}, value{std::string_view{at}}, value{std::string_view{row.request_id}}, value{row.process_id},
       value{row.tenant_id}, value{row.model_id}, value{row.other_model_id}, value{row.signal},
       row.score ? value{*row.score} : value{}, value{std::string_view{row.label}},
       value{std::string_view{row.comment}}, value{std::string_view{imprint}}});
  if (!made) return made.error();
  return appended_feedback{std::move(row), true};
}

result<std::vector<appended_feedback>> sql_store::append_all(std::span<const feedback_row> rows) {
  std::vector<appended_feedback> out;
  bool agree = true;
  for (const auto& row : rows) {
    auto there = find_said(row);
    if (!there) return there.error();
    agree = agree && (!*there || fills_in(**there, row) || adds_nothing(**there, row));
    out.push_back({*there ? std::move(**there) : row, false});
  }
  if (!agree) return out;
  out.clear();
  for (const auto& row : rows) {
    auto made = append_one(row);
    if (!made) return made.error();
    out.push_back(std::move(*made));
  }
  return out;
}

result<std::vector<appended_feedback>> sql_store::append_feedback(std::span<const feedback_row> rows,
                                                                  std::int64_t known, const learn_rows& learn) {
  return in_transaction(session_, intent::write, [&]() -> result<std::vector<appended_feedback>> {
    // Nobody else appends from here on until the end: what is not there now is not there then.
    const auto held = session_.run("update feedback_head set last_number = last_number where id = 1");
    if (!held) return held.error();
    auto since = learned_parts_after(known);
    if (!since) return since.error();
    auto out = append_all(rows);
    if (!out) return out.error();
    if (auto written = write_learned(learn(*since, *out)); !written) return written.error();
    return out;
  });
}

result<std::vector<feedback_row>> sql_store::feedback_after(std::int64_t after, int limit) {
  static const std::string read =
      "select " + columns + ", imprint from feedback where number > $1 order by number limit $2";
  const auto found = session_.run(read, {value{after}, value{std::int64_t{limit}}});
  if (!found) return found.error();
  std::vector<feedback_row> out;
  for (const auto& cells : found->cells)
    out.push_back(read_row(cells));
  return out;
}

result<std::vector<feedback_row>> sql_store::list_feedback(const feedback_filter& filter, std::int64_t before,
                                                           int limit) {
  std::string where = " from feedback where 1 = 1";
  std::vector<value> parameters;
  const auto add = [&](std::string_view condition, value x) {
    parameters.push_back(x);
    where += " and " + std::string{condition} + " $" + std::to_string(parameters.size());
  };
  if (filter.process_id != 0) add("process_id =", filter.process_id);
  if (filter.model_id != 0) add("model_id =", filter.model_id);
  if (!filter.request_id.empty()) add("request_id =", std::string_view{filter.request_id});
  if (before != 0) add("number <", before);
  parameters.emplace_back(std::int64_t{std::clamp(limit, 1, 1001)});
  where += " order by number desc limit $" + std::to_string(parameters.size());
  const auto found = session_.run("select " + columns + where, parameters);
  if (!found) return found.error();
  std::vector<feedback_row> out;
  for (const auto& cells : found->cells)
    out.push_back(read_row(cells));
  return out;
}

result<std::size_t> sql_store::remove_feedback(core::wall_time past, int limit) {
  const auto moment = core::to_sql(past);
  const auto gone = session_.run(
      "delete from feedback where number in (select f.number from feedback f where f.given_at < $1 order by f.number"
      " limit $2)",
      {value{std::string_view{moment}}, value{std::int64_t{limit}}});
  if (!gone) return gone.error();
  return gone->affected;
}

} // namespace logos::storage::sql
