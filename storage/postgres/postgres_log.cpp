// SPDX-License-Identifier: MIT
#include "storage/postgres/postgres_store.hpp"
#include "storage/sql/log_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace logos::storage::postgres {
namespace {

/// Collects `unnest`'s array types and the insert's columns.
struct column_types {
  std::string names, arrays;
  int count_of = 0;

  void add(std::string_view name, std::string_view type) {
    names += (count_of ? ", " : "") + std::string{name};
    arrays += (count_of ? ", $" : "$") + std::to_string(count_of + 1) + "::" + std::string{type} + "[]";
    ++count_of;
  }
  void required(std::string_view n, const auto&) { add(n, "timestamptz"); }
  void time(std::string_view n, const auto&) { add(n, "timestamptz"); }
  void request_id(std::string_view n, const auto&) { add(n, "text"); }
  void id(std::string_view n, const auto&) { add(n, "bigint"); }
  void word(std::string_view n, const auto&) { add(n, "text"); }
  void rank(std::string_view n, const auto&) { add(n, "text"); }
  void truth(std::string_view n, const auto&) { add(n, "boolean"); }
  void count(std::string_view n, const auto&) { add(n, "bigint"); }
  void known(std::string_view n, const auto&) { add(n, "integer"); }
  void known_real(std::string_view n, const auto&) { add(n, "real"); }
  void millis(std::string_view n, const auto&) { add(n, "real"); }
  void text(std::string_view n, const auto&) { add(n, "text"); }
  void json(std::string_view n, const auto&) { add(n, "jsonb"); }
  void statistics(std::string_view n, const auto&) { add(n, "jsonb"); }
};

column_types types() {
  column_types made;
  const finished sample{};
  sql::visit_log_fields(made, sample);
  sql::visit_payload_fields(made, sample);
  return made;
}

/// Appends a row to the columns' array literals: `{1,NULL,"text"`.
struct array_writer : sql::log_writer<array_writer> {
  array_writer(std::vector<std::string>& to, bool json_as_texts) : columns{to}, as_texts{json_as_texts} {}

  std::vector<std::string>& columns;
  bool as_texts;
  std::size_t at = 0;

  std::string& next() {
    auto& column = columns[at++];
    column += column.empty() ? '{' : ',';
    return column;
  }
  void null() { next() += "NULL"; }
  void plain(std::string_view x) { next() += x; }
  void integer(std::int64_t x) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), x).ptr;
    plain({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  void quoted(std::string_view x) {
    auto& column = next();
    column += '"';
    for (;;) {
      const auto special = x.find_first_of("\"\\");
      column += x.substr(0, special);
      if (special == x.npos) break;
      column += '\\';
      column += x[special];
      x.remove_prefix(special + 1);
    }
    column += '"';
  }

  void letters(std::string_view x) { plain(x); }
  void viewed(std::string_view x) { quoted(x); }
  void copied(std::string_view x) { quoted(x); }
  void ranked(core::priority x) { quoted(sql::rank_text(x)); }
  void required(std::string_view, core::wall_time x) { quoted(core::to_sql(x)); }
  void request_id(std::string_view, const finished& row) {
    std::array<char, 36> id;
    row.request_id.to_chars(id.data());
    plain({id.data(), id.size()});
  }
  void truth(std::string_view, bool x) { plain(x ? "t" : "f"); }
  void real(std::string_view, double x) {
    std::array<char, 40> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), x).ptr;
    plain({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
};

} // namespace

/// One prepared statement whatever the number of rows: a column is one array. Rows of one key go in together: in the
/// index by keys, which has a page of its own for each of them, a page is then looked for once.
result<std::size_t> postgres_store::insert_log(std::span<const finished> rows, sql::insertion how) {
  const bool as_texts = how == sql::insertion::as_texts;
  static const column_types known = types();
  static const std::string text = "insert into log_entry (" + known.names + ") select * from unnest(" + known.arrays +
                                  ") on conflict (timestamp_request, request_id) do nothing";
  // Counts of own token types, of the rows that were new; few batches have any.
  static const std::string counting_text =
      "with written as (" + text +
      " returning *), noted as (insert into usage_count_deltas select date_trunc('hour', w.timestamp_request, 'UTC'),"
      " coalesce(w.process_id, 0), coalesce(w.profile_id, 0), coalesce(w.user_id, 0), coalesce(w.service_id, 0),"
      " coalesce(w.provider_id, 0), coalesce(w.model_id, 0), coalesce(w.result_status, ''), c.key::bigint,"
      " sum(c.value::bigint) from written w, jsonb_each_text(case jsonb_typeof(w.own_counts) when 'object' then"
      " w.own_counts else '{}' end) c where w.own_counts is not null group by 1, 2, 3, 4, 5, 6, 7, 8, 9)"
      " select count(*) from written";
  std::vector<const finished*> in_order;
  in_order.reserve(rows.size());
  bool counts = false;
  for (const auto& row : rows) {
    in_order.push_back(&row);
    counts = counts || !row.own_counts.empty();
  }
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const finished* a, const finished* b) { return a->ids.process_id < b->ids.process_id; });
  std::vector<std::string> columns(static_cast<std::size_t>(known.count_of));
  for (const auto* row : in_order) {
    array_writer write{columns, as_texts};
    sql::visit_log_fields(write, *row);
    sql::visit_payload_fields(write, *row);
  }
  for (auto& column : columns)
    column += '}';
  auto inserted = connection.run_texts(counts ? counting_text : text, columns);
  if (!inserted) return inserted.error();
  return counts ? static_cast<std::size_t>(sql::parse_integer(inserted->cells.at(0)[0].value_or("")))
                : inserted->affected;
}

} // namespace logos::storage::postgres
