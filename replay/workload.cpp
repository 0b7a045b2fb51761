// SPDX-License-Identifier: MIT
#include "replay/workload.hpp"

#include "net/json_look.hpp"
#include "replay/csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <tuple>
#include <utility>

namespace logos::replay {
namespace {

constexpr double longest_offset_ms = 1e9; // 11 days

core::failure wrong(std::size_t line, std::string_view column, std::string_view why) {
  auto where = "line " + std::to_string(line);
  if (!column.empty()) where.append(", column '").append(column).append("'");
  return {.code = core::ec::bad_field, .message = where + ": " + std::string{why}};
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string trimmed_lower(std::string_view text) {
  std::string out{trimmed(text)};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Where each column stands.
using columns = std::map<std::string, std::size_t, std::less<>>;

boost::system::result<columns, core::failure> read_header(const csv_record& header) {
  columns found;
  for (std::size_t i = 0; i < header.fields.size(); ++i)
    if (const auto name = trimmed_lower(header.fields[i]); !found.emplace(name, i).second)
      return wrong(header.line, name, "stands twice in the header; upper and lower case are the same");
  for (const std::string_view needed : {"arrival_offset", "body_json"})
    if (!found.contains(needed))
      return wrong(header.line, {},
                   "the header has no column '" + std::string{needed} +
                       "'; a workload begins with request_id,arrival_offset,mode,priority,body_json");
  return found;
}

/// One row, and what is wrong with it.
class row_reader {
public:
  row_reader(const columns& at, const csv_record& record) : at_{at}, record_{record} {}

  std::string_view text(std::string_view column) const {
    const auto found = at_.find(column);
    return found == at_.end() || found->second >= record_.fields.size() ? std::string_view{}
                                                                        : trimmed(record_.fields[found->second]);
  }
  core::failure wrong(std::string_view column, std::string_view why) const {
    return replay::wrong(record_.line, column, why);
  }

private:
  const columns& at_;
  const csv_record& record_;
};

core::failure read_arrival(const row_reader& row, planned_request& into) {
  const auto text = row.text("arrival_offset");
  double ms = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error != std::errc{} || stop != text.data() + text.size() || !(ms >= 0 && ms <= longest_offset_ms))
    return row.wrong("arrival_offset", text.empty() ? "is empty; it is the milliseconds from the workload's beginning"
                                                    : "'" + std::string{text} +
                                                          "' is no number of milliseconds from 0 to 1e9, such as 1500");
  into.arrival = std::chrono::microseconds{static_cast<std::int64_t>(ms * 1000 + 0.5)};
  return {};
}

core::failure read_words(const row_reader& row, planned_request& into) {
  if (const auto text = trimmed_lower(row.text("mode")); !text.empty()) {
    const auto mode = core::parse_traffic_mode(text);
    if (!mode) return row.wrong("mode", "'" + text + "' is neither interactive nor batch");
    into.mode = *mode;
  }
  const auto text = trimmed_lower(row.text("priority"));
  if (text.empty() || text == "mid") return {};
  if (text != "low" && text != "high") return row.wrong("priority", "'" + text + "' is not low, mid or high");
  into.priority = text == "low" ? core::priority_low : core::priority_high;
  return {};
}

core::failure read_body(const row_reader& row, net::json_looker& looker, planned_request& into) {
  into.body = row.text("body_json");
  if (into.body.empty()) return row.wrong("body_json", "is empty; it is the JSON that is sent");
  net::json_look found;
  const auto bad = looker.look_copying(into.body, found);
  return bad ? row.wrong("body_json", bad->message) : core::failure{};
}

} // namespace

std::string_view priority_word(std::uint8_t priority) {
  return priority <= core::priority_low ? "low" : priority >= core::priority_high ? "high" : "mid";
}

boost::system::result<std::vector<planned_request>, core::failure> read_workload(std::string_view text) {
  const auto records = read_csv(text);
  if (!records) return records.error();
  if (records->empty())
    return wrong(1, {}, "the file is empty; a workload begins with request_id,arrival_offset,mode,priority,body_json");
  const auto header = read_header(records->front());
  if (!header) return header.error();
  std::vector<planned_request> all;
  net::json_looker looker;
  for (std::size_t i = 1; i < records->size(); ++i) {
    const auto& record = (*records)[i];
    if (record.fields.size() > records->front().fields.size())
      return wrong(record.line, {},
                   "has " + std::to_string(record.fields.size()) + " fields, the header " +
                       std::to_string(records->front().fields.size()) +
                       "; a field with commas stands in quotes, and quotes inside it are doubled");
    const row_reader row{*header, record};
    planned_request r{
        .id = std::string{row.text("request_id")}, .key = std::string{row.text("key")}, .line = record.line};
    if (r.id.empty()) r.id = "req-" + std::to_string(i);
    for (const auto& bad : {read_arrival(row, r), read_words(row, r), read_body(row, looker, r)})
      if (bad.code != core::ec::none) return bad;
    all.push_back(std::move(r));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return std::tie(a.arrival, a.id) < std::tie(b.arrival, b.id); });
  return all;
}

boost::system::result<std::string, core::failure> body_to_send(const planned_request& r) {
  net::json_looker looker;
  net::json_look found;
  if (const auto bad = looker.look_copying(r.body, found)) return *bad;
  const std::array<std::pair<net::body_field, std::string>, 2> wanted{
      std::pair{net::body_field::mode, core::json_string(core::to_string(r.mode))},
      std::pair{net::body_field::priority, std::to_string(r.priority)}};
  std::string added;
  std::vector<std::tuple<std::size_t, std::size_t, std::string_view>> replaced;
  for (const auto& [field, value] : wanted)
    if (const auto& member = found[field]; member.present)
      replaced.emplace_back(member.value_begin, member.value_end, value);
    else
      added.append(core::json_string(net::to_string(field))).append(":").append(value).append(",");
  if (found.member_count == 0 && !added.empty()) added.pop_back();
  replaced.emplace_back(found.open, found.open, added);
  std::sort(replaced.begin(), replaced.end());
  std::string out;
  std::size_t at = 0;
  for (const auto& [begin, end, value] : replaced) {
    out.append(r.body, at, begin - at).append(value);
    at = end;
  }
  return out.append(r.body, at, std::string::npos);
}

} // namespace logos::replay
