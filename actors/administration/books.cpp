// SPDX-License-Identifier: MIT
#include "actors/administration/books.hpp"

#include "actors/administration/rights.hpp"
#include "actors/administration/values.hpp"
#include "config/units.hpp"

#include <array>
#include <charconv>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

constexpr std::array<std::string_view, 10> group_names{"process", "profile", "user", "service", "provider",
                                                       "model",   "day",     "hour", "month",   "result"};
constexpr std::array<std::string_view, 5> result_names{"success", "error", "timeout", "client_gone", "partial"};

/// Writes members of one JSON object.
class members {
public:
  template <class T>
  members& add(std::string_view name, const T& value) {
    key(name);
    write_value(text_, value);
    return *this;
  }
  members& raw(std::string_view name, std::string_view json) {
    key(name);
    text_ += json.empty() ? "null" : json;
    return *this;
  }
  /// Null when empty.
  members& text(std::string_view name, const std::string& value) {
    return value.empty() ? raw(name, "null") : add(name, value);
  }
  members& id(std::string_view name, std::int64_t value) {
    key(name);
    write_id(text_, value);
    return *this;
  }
  std::string finish() { return "{" + text_ + "}"; }

private:
  void key(std::string_view name) { text_.append(text_.empty() ? "\"" : ",\"").append(name).append("\":"); }
  std::string text_;
};

std::string usage_json(const storage::token_counts& u) {
  return members{}
      .add("prompt_tokens", u.prompt_tokens)
      .add("completion_tokens", u.completion_tokens)
      .add("total_tokens", u.total_tokens)
      .add("prompt_cached_tokens", u.prompt_cached_tokens)
      .add("prompt_cache_creation_tokens", u.prompt_cache_creation_tokens)
      .add("prompt_audio_tokens", u.prompt_audio_tokens)
      .add("completion_reasoning_tokens", u.completion_reasoning_tokens)
      .add("completion_audio_tokens", u.completion_audio_tokens)
      .add("audio_milliseconds", u.audio_milliseconds)
      .finish();
}

members request_members(const storage::request_row& r) {
  members m;
  m.add("id", r.id)
      .add("request_id", r.request_id_text)
      .add("received_at", r.timestamp_request)
      .add("forwarded_at", r.timestamp_forwarding)
      .add("first_token_at", r.time_at_first_token)
      .add("finished_at", r.timestamp_response)
      .id("process_id", r.ids.process_id)
      .text("process", r.process_name)
      .id("profile_id", r.ids.profile_id)
      .id("policy_id", r.ids.policy_id)
      .id("provider_id", r.ids.provider_id)
      .text("provider", r.provider_name)
      .id("model_id", r.ids.model_id)
      .text("model", r.model_name)
      .id("deployment_id", r.ids.deployment_id)
      .text("path", r.path)
      .text("node", r.node)
      .add("status", std::int64_t{r.http_status})
      .add("result", std::string{to_string(r.result)})
      .text("error", r.error == ec::none ? std::string{} : std::string{core::to_string(r.error)})
      .text("error_message", r.error_message)
      .add("stream", r.stream)
      .add("priority", r.priority)
      .add("mode", std::string{to_string(r.mode)})
      .add("queue_us", r.queue_wait_us)
      .add("attempts", std::int64_t{r.attempts})
      .add("cold_start", r.was_cold_start)
      .add("request_bytes", r.request_bytes)
      .add("response_bytes", r.response_bytes)
      .raw("usage", usage_json(r.usage))
      .add("usage_source", std::string{to_string(r.usage_source)})
      .add("cost", core::to_decimal(r.cost_nano))
      .add("held", core::to_decimal(r.hold_nano))
      .id("price_id", r.price_id)
      .text("decision", r.decision)
      .text("dataset", r.dataset)
      .raw("metadata", r.metadata);
  return m;
}

failure read_time(const query& parameters, std::string_view name, std::optional<core::wall_time>& out) {
  const auto at = parameters.find(name);
  if (at == parameters.end()) return {};
  const auto value = config::parse_time(at->second);
  if (!value)
    return {ec::bad_field, "'" + std::string{name} + "' must be a time such as 2026-12-31T23:59:59Z or a day.",
            std::string{name}};
  out = *value;
  return {};
}

failure read_id_filter(const query& parameters, std::string_view name, std::int64_t& out) {
  const auto at = parameters.find(name);
  if (at == parameters.end()) return {};
  const auto& text = at->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc{} && end == text.data() + text.size() && out > 0) return {};
  return {ec::bad_field, "'" + std::string{name} + "' must be a positive integer.", std::string{name}};
}

template <class Enum, std::size_t N>
std::optional<Enum> find_word(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (words[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

failure read_filter(const query& parameters, storage::request_filter& out) {
  for (auto bad : {read_time(parameters, "from", out.from), read_time(parameters, "to", out.to),
                   read_id_filter(parameters, "process_id", out.process_id),
                   read_id_filter(parameters, "profile_id", out.profile_id),
                   read_id_filter(parameters, "provider_id", out.provider_id),
                   read_id_filter(parameters, "model_id", out.model_id)})
    if (bad.code != ec::none) return bad;
  if (const auto at = parameters.find("dataset"); at != parameters.end()) out.dataset = at->second;
  const auto at = parameters.find("result");
  if (at == parameters.end()) return {};
  out.result = find_word<core::result_status>(result_names, at->second);
  if (out.result) return {};
  return {ec::bad_field, "'result' must be one of success, error, timeout, client_gone, partial.", "result"};
}

failure read_groups(const query& parameters, std::vector<storage::usage_group>& out) {
  const auto at = parameters.find("group_by");
  if (at == parameters.end()) return {};
  std::string_view rest = at->second;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto group = find_word<storage::usage_group>(group_names, rest.substr(0, end));
    if (!group || std::find(out.begin(), out.end(), *group) != out.end())
      return {
          ec::bad_field,
          "'group_by' must be a list, without repetitions, of process, profile, user, service, provider, model, day, "
          "hour, month, result.",
          "group_by"};
    out.push_back(*group);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

std::string usage_row_json(const storage::usage_row& row, const std::vector<storage::usage_group>& groups) {
  members m;
  for (std::size_t i = 0; i < groups.size() && i < row.keys.size(); ++i) {
    const auto name = group_names[static_cast<std::size_t>(groups[i])];
    const bool by_id = groups[i] <= storage::usage_group::model;
    if (by_id) {
      m.raw(std::string{name} + "_id", row.keys[i]);
      m.text(name, i < row.names.size() ? row.names[i] : std::string{});
    } else {
      m.text(name, row.keys[i]);
    }
  }
  return m.add("requests", row.requests)
      .add("errors", row.errors)
      .raw("usage", usage_json(row.usage))
      .add("queue_us", row.queue_wait_us)
      .add("cost", core::to_decimal(row.cost_nano))
      .add("request_bytes", row.request_bytes)
      .add("response_bytes", row.response_bytes)
      .finish();
}

} // namespace

outcome list_requests(storage::store& in, const call& c) {
  static constexpr std::array<std::string_view, 10> known{
      "from", "to", "process_id", "profile_id", "provider_id", "model_id", "result", "dataset", "limit", "cursor"};
  if (auto bad = check_parameters(c.parameters, known); bad.code != ec::none) return to_problem(bad);
  storage::request_filter filter;
  if (auto bad = read_filter(c.parameters, filter); bad.code != ec::none) return to_problem(bad);
  filter.of = requests_of(c);
  auto paged = c.parameters;
  paged.erase("cursor"); // this one is the store's own
  const auto page = read_paging(paged);
  if (!page) return to_problem(page.error());
  const auto cursor = c.parameters.find("cursor");
  const auto found =
      in.list_requests(filter, cursor == c.parameters.end() ? std::string_view{} : cursor->second, page->limit);
  if (!found) return to_problem(found.error());
  std::string data;
  for (const auto& row : found->rows)
    data.append(data.empty() ? "" : ",").append(request_members(row).finish());
  const auto next = found->next.empty() ? std::string{"null"} : core::json_string(found->next);
  return to_outcome(200, R"({"data":[)" + data + R"(],"next":)" + next + "}");
}

outcome show_request(storage::store& in, const call& c) {
  const auto found = in.find_request(c.path.front());
  if (!found) return to_problem(found.error());
  const auto of = requests_of(c);
  if ((of.process_id != 0 && found->ids.process_id != of.process_id) ||
      (of.user_id != 0 && found->user_id != of.user_id))
    return to_problem({ec::resource_not_found, "there is no request " + core::json_string(c.path.front())});
  auto m = request_members(*found);
  m.raw("classification_statistics", found->classification_statistics)
      .text("client_ip", found->client_ip)
      .raw("headers", found->headers)
      .raw("input_payload", found->input_payload)
      .raw("response_payload", found->response_payload);
  return to_outcome(200, m.finish());
}

outcome sum_usage(storage::store& in, const call& c) {
  static constexpr std::array<std::string_view, 3> known{"group_by", "from", "to"};
  if (auto bad = check_parameters(c.parameters, known); bad.code != ec::none) return to_problem(bad);
  std::vector<storage::usage_group> groups;
  std::optional<core::wall_time> from;
  std::optional<core::wall_time> to;
  for (const auto& bad :
       {read_groups(c.parameters, groups), read_time(c.parameters, "from", from), read_time(c.parameters, "to", to)})
    if (bad.code != ec::none) return to_problem(bad);
  const auto begin = from.value_or(core::wall_time{});
  const auto end = to.value_or(core::wall_time{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}});
  const auto rows = in.usage(groups, begin, end, requests_of(c));
  if (!rows) return to_problem(rows.error());
  std::string data;
  for (const auto& row : *rows)
    data.append(data.empty() ? "" : ",").append(usage_row_json(row, groups));
  return to_outcome(200, R"({"data":[)" + data + "]}");
}

} // namespace logos::administration
