// SPDX-License-Identifier: MIT
#include "bench/scheduling/workload_file.hpp"

#include "replay/workload.hpp"
#include "simulator/prompt.hpp"
#include "simulator/text.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace logos::bench {
namespace {

constexpr unsigned usual_answer = 256; // tokens, where the body sets no limit

unsigned answer_of(const model_facts& m, const simulator::prompt& body) {
  if (m.answer_tokens == 0) return std::max(1U, body.max_tokens.value_or(usual_answer) / 2);
  return std::max(1U, std::min(m.answer_tokens, body.max_tokens.value_or(m.answer_tokens)));
}

model_index model_of(const std::string& name, const server_facts& server) {
  const auto& models = server.models;
  const auto same = std::find_if(models.begin(), models.end(), [&](const auto& m) { return m.name == name; });
  if (same != models.end()) return static_cast<model_index>(same - models.begin());
  return name.empty() ? 0 : static_cast<model_index>(simulator::stable_hash(name, 0) % models.size());
}

} // namespace

boost::system::result<workload, core::failure> read_workload(std::string name, std::string_view text,
                                                             const server_facts& server) {
  const auto rows = replay::read_workload(text);
  if (!rows) return rows.error();
  workload w{.name = std::move(name), .server = server};
  simdjson::dom::parser parser;
  std::map<std::string, std::uint32_t, std::less<>> keys;
  for (const auto& row : *rows) {
    const auto body = simulator::read_prompt(parser, row.body, simulator::dialect::openai, 1);
    if (!body)
      return core::failure{body.error().code, "line " + std::to_string(row.line) + ": " + body.error().message};
    const auto model = model_of(body->model, server);
    const auto key = keys.emplace(row.key, static_cast<std::uint32_t>(keys.size())).first->second;
    const bool batch = row.mode == core::traffic_mode::batch;
    w.jobs.push_back({.arrival = instant{} + row.arrival,
                      .model = model,
                      .prompt_tokens = std::max(1U, simulator::count_tokens(body->text)),
                      .answer_tokens = answer_of(server.models[model], *body),
                      .priority = row.priority,
                      .batch = batch,
                      .key = key,
                      .deadline = batch ? span{std::chrono::minutes{10}} : span{std::chrono::seconds{60}}});
  }
  w.keys = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(keys.size()));
  settle(w);
  return w;
}

} // namespace logos::bench
