// SPDX-License-Identifier: MIT
#include "replay/report.hpp"

#include "replay/csv.hpp"
#include "replay/numbers.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <variant>

namespace logos::replay {
namespace {

using text_member = std::string detail::*;
using number_member = std::optional<double> detail::*;
using whole_member = int detail::*;

/// The detailed file's columns, once for writing and for reading.
struct column {
  std::string_view name;
  std::variant<text_member, number_member, whole_member> of;
  bool whole = false; // a number without decimals
};
constexpr std::array<column, 17> columns{{{"log_id", &detail::log_id},
                                          {"request_id", &detail::request_id},
                                          {"mode", &detail::mode},
                                          {"priority", &detail::priority},
                                          {"http_status", &detail::http_status},
                                          {"client_duration_ms", &detail::client_duration_ms},
                                          {"provider_name", &detail::provider_name},
                                          {"model_name", &detail::model_name},
                                          {"ttft_ms", &detail::ttft_ms},
                                          {"tpot_ms", &detail::tpot_ms},
                                          {"tokens", &detail::tokens, true},
                                          {"total_latency_ms", &detail::total_latency_ms},
                                          {"queue_wait_ms", &detail::queue_wait_ms},
                                          {"processing_ms", &detail::processing_ms},
                                          {"scheduler_total_ms", &detail::scheduler_total_ms},
                                          {"response_text", &detail::response_text},
                                          {"error", &detail::error}}};

std::string whole(double value) { return std::to_string(static_cast<long long>(value)); }

std::string cell_of(const column& c, const detail& row) {
  if (const auto* text = std::get_if<text_member>(&c.of)) return row.**text;
  if (const auto* status = std::get_if<whole_member>(&c.of))
    return row.**status == 0 ? "" : std::to_string(row.**status);
  const auto& number = row.*std::get<number_member>(c.of);
  return number && c.whole ? whole(*number) : to_text(number, "");
}

void fill(const column& c, const std::string& cell, detail& row) {
  if (const auto* text = std::get_if<text_member>(&c.of)) {
    row.** text = cell;
  } else if (const auto* status = std::get_if<whole_member>(&c.of)) {
    row.** status = static_cast<int>(read_number(cell).value_or(0));
  } else {
    row.*std::get<number_member>(c.of) = read_number(cell);
  }
}

core::failure failed(const std::filesystem::path& file, std::string_view what) {
  return {core::ec::internal, file.string() + " " + std::string{what} + ": " + std::strerror(errno)};
}

/// The records behind a header that must have all of `needed`, and where each of its columns stands.
struct table {
  std::map<std::string, std::size_t, std::less<>> at{};
  std::vector<csv_record> rows{};

  std::string field(const csv_record& row, std::string_view name) const {
    const auto found = at.find(name);
    return found == at.end() || found->second >= row.fields.size() ? std::string{} : row.fields[found->second];
  }
};

boost::system::result<table, core::failure> read_table(std::string_view csv,
                                                       std::initializer_list<std::string_view> needed) {
  auto records = read_csv(csv);
  if (!records) return records.error();
  table t;
  if (!records->empty())
    for (std::size_t i = 0; i < records->front().fields.size(); ++i)
      t.at.emplace(records->front().fields[i], i);
  for (const auto name : needed)
    if (!t.at.contains(name))
      return core::failure{core::ec::bad_field, "line 1: the header has no column '" + std::string{name} + "'"};
  t.rows.assign(std::make_move_iterator(records->begin() + 1), std::make_move_iterator(records->end()));
  return t;
}

} // namespace

std::string stem_of(std::string_view output) {
  if (output.ends_with(".csv")) output.remove_suffix(4);
  return std::string{output};
}

boost::system::result<void, core::failure> make_folder(const std::string& stem) {
  const auto folder = std::filesystem::path{stem}.parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return core::failure{core::ec::internal, "the folder " + folder.string() + " cannot be made: " + error.message()};
}

boost::system::result<void, core::failure> write_file(const std::filesystem::path& to, std::string_view text) {
  errno = 0;
  std::ofstream out{to, std::ios::binary | std::ios::trunc};
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!out.flush()) return failed(to, "cannot be written");
  return {};
}

boost::system::result<std::string, core::failure> read_file(const std::filesystem::path& from) {
  errno = 0;
  std::ifstream in{from, std::ios::binary};
  std::ostringstream text;
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (!in.is_open() || in.bad() || errno == EISDIR) return failed(from, "cannot be read");
  return std::move(text).str();
}

std::string summary_csv(const std::vector<metric>& metrics) {
  std::string out{"metric,value,unit\n"};
  for (const auto& m : metrics)
    append_record(out, {m.name, m.value && m.unit == "count" ? whole(*m.value) : to_text(m.value, "N/A"), m.unit});
  return out;
}

std::string detailed_csv(const std::vector<detail>& rows) {
  std::string out;
  std::vector<std::string> cells;
  for (const auto& c : columns)
    cells.emplace_back(c.name);
  append_record(out, cells);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i)
      cells[i] = cell_of(columns[i], row);
    append_record(out, cells);
  }
  return out;
}

std::string more_csv(const std::vector<planned_request>& plan, const std::vector<outcome>& seen) {
  std::string out{"request_id,server_request_id,arrival_offset_ms,sent_ms,client_ttft_ms,priority_when_scheduled,"
                  "queue_depth_at_arrival,utilization_at_arrival,cold_start,load_duration_ms,result_status,"
                  "prompt_tokens,completion_tokens,total_tokens\n"};
  const auto ms = [](std::chrono::microseconds t) { return std::chrono::duration<double, std::milli>{t}.count(); };
  for (const auto& o : seen) {
    std::vector<std::string> cells{plan[o.row].id, o.request_id, to_text(ms(plan[o.row].arrival)), to_text(ms(o.began)),
                                   o.first_token ? to_text(ms(*o.first_token)) : ""};
    if (o.logged) {
      const auto& log = *o.logged;
      const auto known = [](std::int64_t n) { return n > 0 ? std::to_string(n) : std::string{}; };
      for (auto& cell :
           {known(log.priority_when_scheduled), log.depth_at_arrival ? std::to_string(*log.depth_at_arrival) : "",
            to_text(log.utilization_at_arrival, ""), std::string{log.cold_start ? "true" : "false"},
            log.load_us > 0 ? to_text(static_cast<double>(log.load_us) / 1000) : "", log.result,
            known(log.prompt_tokens), known(log.completion_tokens), known(log.total_tokens)})
        cells.push_back(cell);
    } else {
      cells.resize(14);
    }
    append_record(out, cells);
  }
  return out;
}

boost::system::result<std::vector<detail>, core::failure> read_detailed(std::string_view csv) {
  const auto t = read_table(csv, {"request_id", "http_status", "total_latency_ms"});
  if (!t) return t.error();
  std::vector<detail> rows;
  for (const auto& record : t->rows) {
    auto& row = rows.emplace_back();
    for (const auto& c : columns)
      fill(c, t->field(record, c.name), row);
  }
  return rows;
}

boost::system::result<std::vector<metric>, core::failure> read_summary(std::string_view csv) {
  const auto t = read_table(csv, {"metric", "value", "unit"});
  if (!t) return t.error();
  std::vector<metric> metrics;
  for (const auto& record : t->rows)
    metrics.push_back({t->field(record, "metric"), read_number(t->field(record, "value")), t->field(record, "unit")});
  return metrics;
}

} // namespace logos::replay
