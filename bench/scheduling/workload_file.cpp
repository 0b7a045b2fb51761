// SPDX-License-Identifier: MIT
#include "bench/scheduling/workload_file.hpp"

#include "simulator/prompt.hpp"
#include "simulator/text.hpp"

#include <algorithm>
#include <charconv>
#include <csv.h>
#include <map>
#include <memory>
#include <optional>

namespace logos::bench {
namespace {

constexpr unsigned usual_answer = 256; // tokens, where the body sets no limit

core::failure wrong(std::string why) { return {.code = core::ec::bad_field, .message = std::move(why)}; }

std::string trimmed_lower(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  std::string out{text.substr(begin, text.find_last_not_of(" \t") - begin + 1)};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Where each column of a workload stands.
struct columns {
  std::map<std::string, std::size_t> at{};

  std::string_view field(const std::vector<std::string>& row, const std::string& name) const {
    const auto found = at.find(name);
    return found == at.end() || found->second >= row.size() ? std::string_view{} : row[found->second];
  }
};

boost::system::result<columns, core::failure> read_header(const std::vector<std::string>& header) {
  columns c;
  for (std::size_t i = 0; i < header.size(); ++i)
    if (const auto name = trimmed_lower(header[i]); !c.at.emplace(name, i).second)
      return wrong("the column '" + name + "' stands twice in the header");
  for (const auto* needed : {"arrival_offset", "body_json"})
    if (!c.at.contains(needed)) return wrong("the header has no column '" + std::string{needed} + "'");
  return c;
}

std::optional<std::uint8_t> priority_of(std::string_view text) {
  const auto word = trimmed_lower(text);
  if (word.empty() || word == "mid") return 5;
  if (word == "low") return 1;
  if (word == "high") return 10;
  return std::nullopt;
}

model_index model_of(const std::string& name, const server_facts& server) {
  const auto& models = server.models;
  const auto same = std::find_if(models.begin(), models.end(), [&](const auto& m) { return m.name == name; });
  if (same != models.end()) return static_cast<model_index>(same - models.begin());
  return name.empty() ? 0 : static_cast<model_index>(simulator::stable_hash(name, 0) % models.size());
}

} // namespace

boost::system::result<std::vector<std::vector<std::string>>, core::failure> read_csv(std::string_view text) {
  struct reading {
    std::vector<std::vector<std::string>> rows{};
    std::vector<std::string> row{};
  } r;
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL) != 0) return wrong("no memory");
  const std::unique_ptr<csv_parser, decltype(&csv_free)> freed{&parser, &csv_free};
  const auto field = [](void* bytes, std::size_t length, void* to) {
    static_cast<reading*>(to)->row.emplace_back(bytes == nullptr ? "" : static_cast<const char*>(bytes), length);
  };
  const auto end = [](int, void* to) {
    auto& into = *static_cast<reading*>(to);
    into.rows.push_back(std::exchange(into.row, {}));
  };
  const auto read = csv_parse(&parser, text.data(), text.size(), field, end, &r);
  if (read != text.size() || csv_fini(&parser, field, end, &r) != 0)
    return wrong("not CSV after byte " + std::to_string(read) + ": " + csv_strerror(csv_error(&parser)));
  return std::move(r.rows);
}

boost::system::result<workload, core::failure> read_workload(std::string name, std::string_view text,
                                                             const server_facts& server) {
  auto rows = read_csv(text);
  if (!rows) return rows.error();
  if (rows->empty()) return wrong("there is no header");
  const auto header = read_header(rows->front());
  if (!header) return header.error();
  workload w{.name = std::move(name), .server = server};
  simdjson::dom::parser parser;
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const auto& row = (*rows)[i];
    const auto where = "row " + std::to_string(i) + ": ";
    const auto offset = header->field(row, "arrival_offset");
    double ms = 0;
    if (const auto [stop, error] = std::from_chars(offset.data(), offset.data() + offset.size(), ms);
        error != std::errc{} || stop != offset.data() + offset.size() || !(ms >= 0 && ms < 1e12))
      return wrong(where + "arrival_offset '" + std::string{offset} + "' is not a number of milliseconds");
    const auto priority = priority_of(header->field(row, "priority"));
    if (!priority) return wrong(where + "priority is not low, mid or high");
    const auto mode = trimmed_lower(header->field(row, "mode"));
    if (!mode.empty() && mode != "interactive" && mode != "batch")
      return wrong(where + "mode is not interactive or batch");
    const auto body = simulator::read_prompt(parser, header->field(row, "body_json"), simulator::dialect::openai, 1);
    if (!body) return core::failure{.code = body.error().code, .message = where + body.error().message};
    w.jobs.push_back({.arrival = instant{} + from_seconds(ms / 1000),
                      .model = model_of(body->model, server),
                      .prompt_tokens = std::max(1U, simulator::count_tokens(body->text)),
                      .answer_tokens = std::max(1U, body->max_tokens.value_or(usual_answer) / 2),
                      .priority = *priority,
                      .batch = mode == "batch",
                      .deadline = mode == "batch" ? span{std::chrono::minutes{10}} : span{std::chrono::seconds{60}}});
  }
  settle(w);
  return w;
}

} // namespace logos::bench
