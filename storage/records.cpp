// SPDX-License-Identifier: MIT
#include "storage/records.hpp"

#include <algorithm>
#include <charconv>

namespace logos::storage {

std::string with_features(std::string_view statistics, std::string_view features) {
  const auto end = statistics.rfind('}');
  if (features.empty() || end == statistics.npos) return std::string{statistics};
  std::string out{statistics.substr(0, end)};
  if (out.find(':') != out.npos) out += ',';
  return out.append(R"("features":)").append(features).append("}");
}

std::string own_counts_json(std::span<const core::own_count> counts) {
  std::string out;
  for (const auto& c : counts)
    out.append(out.empty() ? "{\"" : ",\"")
        .append(std::to_string(c.type))
        .append("\":")
        .append(std::to_string(c.count));
  return out.empty() ? out : out + "}";
}

std::vector<core::own_count> read_own_counts(std::string_view json) {
  std::vector<core::own_count> out;
  const auto* const end = json.data() + json.size();
  for (auto at = json.find('"'); at != json.npos; at = json.find('"', at)) {
    core::own_count c;
    const auto type = std::from_chars(json.data() + at + 1, end, c.type);
    const auto colon = json.find(':', static_cast<std::size_t>(type.ptr - json.data()));
    const auto first = colon == json.npos ? json.npos : json.find_first_not_of(" ", colon + 1);
    if (type.ec != std::errc{} || first == json.npos) break;
    const auto count = std::from_chars(json.data() + first, end, c.count);
    if (count.ec != std::errc{}) break;
    out.push_back(c);
    at = static_cast<std::size_t>(count.ptr - json.data());
  }
  return out;
}

finished settle_as_partial(const begun& b) {
  finished row;
  row.request_id = b.request_id;
  row.timestamp_request = b.timestamp_request;
  row.timestamp_forwarding = b.timestamp_forwarding;
  row.ids = b.ids;
  row.owner = b.owner;
  row.stored_object = b.stored_object;
  row.hold_nano = b.hold_nano;
  if (b.is_mark()) {
    row.usage = b.usage;
    row.cost_nano = b.cost_nano;
    row.price_id = b.price_id;
    row.rate_id = b.rate_id;
    row.time_at_first_token = b.time_at_first_token;
    row.timestamp_response = b.marked_at;
  } else {
    row.usage.prompt_tokens = row.usage.total_tokens = b.prompt_tokens;
    // Of an answer in one piece the provider may have charged all: a budget must not be overspent by a crash.
    row.cost_nano = b.marked ? b.prompt_cost_nano : std::max(b.hold_nano, b.prompt_cost_nano);
  }
  if (b.hold_nano != 0) row.cost_nano = std::min(row.cost_nano, b.hold_nano);
  row.priority = b.priority;
  row.mode = b.mode;
  row.log = b.log;
  row.stream = b.stream;
  row.dataset = b.dataset;
  row.price_versions = b.price_versions;
  row.attempts = std::max<std::uint16_t>(b.attempt, 1);
  row.error = core::ec::internal;
  row.result = core::result_status::partial;
  // A mark without tokens says that the provider had refused, or had not been sent all of it.
  const bool nothing = b.is_mark() && b.usage.prompt_tokens + b.usage.completion_tokens + b.cost_nano == 0;
  row.usage_source = nothing ? core::usage_source::none : core::usage_source::partial;
  row.error_message = "the gateway ended before the request did";
  return row;
}

} // namespace logos::storage
