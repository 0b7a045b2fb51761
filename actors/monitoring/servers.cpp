// SPDX-License-Identifier: MIT
#include "actors/monitoring/servers.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace logos::monitoring {
namespace {

namespace dom = simdjson::dom;

bool parse(dom::parser& parser, std::string_view json, dom::element& document) {
  return parser.parse(json.data(), json.size()).get(document) == simdjson::SUCCESS;
}

std::string_view text_of(const dom::element& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

/// A sample's value, if it is a number that means something.
std::optional<double> value_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value) || value < 0 || value > 1e12) return std::nullopt;
  return value;
}

void add(std::int64_t& to, double value) { to = std::max<std::int64_t>(to, 0) + std::llround(value); }

/// A share of 1 (newer servers) or, as some versions have it, of 100.
void share(std::int64_t& to, double value) {
  to = std::max(to, std::min<std::int64_t>(std::llround((value > 1 ? value / 100 : value) * 1'000), 1'000));
}

} // namespace

server_kind recognise(std::string_view model_list) {
  dom::parser parser;
  dom::element document;
  dom::array models;
  if (!parse(parser, model_list, document) || document["data"].get(models) != simdjson::SUCCESS)
    return server_kind::unknown;
  for (const auto model : models) {
    const auto owner = text_of(model, "owned_by");
    if (owner == "vllm") return server_kind::vllm;
    if (owner == "llamacpp") return server_kind::llama_cpp;
  }
  return server_kind::unknown;
}

std::string_view name_of(server_kind kind) {
  switch (kind) {
  case server_kind::vllm: return "vLLM";
  case server_kind::llama_cpp: return "llama.cpp";
  case server_kind::unknown: break;
  }
  return {};
}

void read_metrics(std::string_view text, workload& to) {
  workload found;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto name = line.substr(0, line.find_first_of("{ "));
    // Labels may hold blanks and braces in their quotes; what follows the last brace does not.
    auto rest = line.substr(std::min(line.rfind('}') == line.npos ? name.size() : line.rfind('}') + 1, line.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const auto value = value_of(rest.substr(0, rest.find(' ')));
    if (!value) continue;
    if (name == "vllm:num_requests_running" || name == "llamacpp:requests_processing")
      add(found.running, *value);
    else if (name == "vllm:num_requests_waiting" || name == "llamacpp:requests_deferred")
      add(found.waiting, *value);
    else if (name == "vllm:kv_cache_usage_perc" || name == "vllm:gpu_cache_usage_perc" ||
             name == "llamacpp:kv_cache_usage_ratio")
      share(found.kv_used_permille, *value);
  }
  if (found.running >= 0) to.running = found.running;
  if (found.waiting >= 0) to.waiting = found.waiting;
  if (found.kv_used_permille >= 0) to.kv_used_permille = found.kv_used_permille;
}

void read_slots(std::string_view json, workload& to) {
  dom::parser parser;
  dom::element document;
  dom::array slots;
  if (!parse(parser, json, document) || document.get(slots) != simdjson::SUCCESS) return;
  std::int64_t running = 0;
  for (const auto slot : slots) {
    bool busy = false;
    std::int64_t state = 0; // older servers: 0 is idle
    if (slot["is_processing"].get(busy) != simdjson::SUCCESS && slot["state"].get(state) == simdjson::SUCCESS)
      busy = state != 0;
    running += busy ? 1 : 0;
  }
  to.slots = static_cast<std::int64_t>(slots.size());
  to.running = running;
}

std::string read_props(std::string_view json, workload& to) {
  dom::parser parser;
  dom::element document;
  if (!parse(parser, json, document)) return {};
  std::int64_t slots = 0;
  if (document["total_slots"].get(slots) == simdjson::SUCCESS && slots > 0) to.slots = slots;
  return std::string{text_of(document, "build_info")};
}

} // namespace logos::monitoring
