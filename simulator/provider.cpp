// SPDX-License-Identifier: MIT
#include "simulator/provider.hpp"

#include "simulator/text.hpp"

#include <algorithm>

namespace logos::simulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// What an engine works on at a time unless it is told otherwise: max_num_seqs of vLLM, the slots of llama.cpp.
unsigned parallel_of(const provider_spec& spec, const model_spec& m) {
  if (m.parallel != 0) return m.parallel;
  return spec.behind == engine::vllm ? 256 : spec.behind == engine::llama_cpp ? 4 : 0;
}

/// At most 30 years, so that it can be added to any time.
nanoseconds bounded(double ns) { return nanoseconds{static_cast<std::int64_t>(std::min(ns, 1e18))}; }

nanoseconds divided(milliseconds d, double scale) { return bounded(static_cast<double>(d.count()) * 1e6 / scale); }

residency memory_of(const provider_spec& spec) {
  std::vector<residency::needs> needs;
  for (const auto& m : spec.models)
    needs.push_back({.name = m.name,
                     .vram_mb = m.vram_mb,
                     .load_time = divided(m.load_time, spec.time_scale),
                     .parallel = parallel_of(spec, m),
                     .unload_time = divided(m.unload_time, spec.time_scale),
                     .context = m.context});
  const bool ollama = spec.api == flavour::ollama, unloads = ollama && spec.keep_alive.count() >= 0;
  return {std::move(needs),
          {.vram_mb = spec.total_vram_mb,
           .max_loaded = spec.max_loaded_models,
           .keep_alive = unloads ? divided(spec.keep_alive, spec.time_scale) : nanoseconds{-1},
           .max_queue = ollama ? spec.max_queue : 0U,
           .revives_victims = spec.revives_victims}};
}

bool authorised(const provider& p, const request& r) {
  if (p.spec.api_key.empty()) return true;
  if (p.spec.api == flavour::azure) return r.api_key == p.spec.api_key;
  return r.authorization.substr(0, 7) == "Bearer " && r.authorization.substr(7) == p.spec.api_key;
}

/// `/openai/deployments/{name}/{path}`, `/openai/v1/{path}` or `/openai/models`.
outcome azure_route(provider& p, const request& r, std::string_view path, moment now) {
  constexpr std::string_view versioned = "/openai/v1/", deployments = "/openai/deployments/", models = "/openai/models";
  if (path.substr(0, versioned.size()) == versioned)
    return openai_route(p, r, path.substr(versioned.size() - 1), {}, now);
  // Azure knows no path without the version of its API.
  if (r.query().find("api-version=") == std::string_view::npos) return error_answer(p, path, 404, "Resource not found");
  if (path.substr(0, models.size()) == models) return openai_route(p, r, path.substr(7), {}, now);
  if (path.substr(0, deployments.size()) != deployments) return error_answer(p, path, 404, "Resource not found");
  const auto rest = path.substr(deployments.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  return openai_route(p, r, rest.substr(slash), rest.substr(0, slash), now);
}

} // namespace

provider::provider(provider_spec s) : spec{std::move(s)}, memory{memory_of(spec)} {
  for (const auto& f : spec.faults)
    faults.add(f);
  if (spec.quota.any()) limits.assign(spec.models.size(), quotas{spec.quota});
}

std::optional<std::size_t> provider::find(std::string_view model) const {
  for (std::size_t i = 0; i < spec.models.size(); ++i) {
    const std::string_view name = spec.models[i].name;
    if (name == model) return i;
    if (spec.api != flavour::ollama) continue;
    constexpr std::string_view latest = ":latest";
    const auto longer = std::max(name.size(), model.size());
    if (longer - std::min(name.size(), model.size()) != latest.size()) continue;
    if ((name.size() < model.size() && model.substr(0, name.size()) == name && model.substr(name.size()) == latest) ||
        (name.size() > model.size() && name.substr(0, model.size()) == model && name.substr(model.size()) == latest))
      return i;
  }
  return std::nullopt;
}

nanoseconds provider::scaled(milliseconds d) const {
  return d.count() < 0 ? nanoseconds{-1} : divided(d, spec.time_scale);
}

nanoseconds provider::span(double tokens, double tokens_per_s) const {
  if (tokens_per_s <= 0) return nanoseconds{0};
  return bounded(tokens / tokens_per_s / spec.time_scale * 1e9);
}

outcome route(provider& p, const request& r, moment now) {
  const auto path = r.path();
  if (path.substr(0, 9) == "/control/") return control_route(p, r, now);
  if (!authorised(p, r)) {
    if (p.spec.api == flavour::azure)
      return ready_answer{.status = 401,
                          .body =
                              R"({"error":{"code":"401","message":"Access denied due to invalid subscription key or )"
                              R"(wrong API endpoint."}})"};
    return ready_answer{.status = 401,
                        .body = R"({"error":{"message":"Incorrect API key provided.","type":"invalid_request_error",)"
                                R"("param":null,"code":"invalid_api_key"}})"};
  }
  if (p.spec.api == flavour::azure) return azure_route(p, r, path, now);
  if (path.substr(0, 4) == "/v1/") return openai_route(p, r, path.substr(3), {}, now);
  if (p.spec.api == flavour::ollama) return ollama_route(p, r, now);
  if (auto said = engine_route(p, r)) return std::move(*said);
  return error_answer(p, path, 404, "Invalid URL (" + std::string{r.method} + " " + std::string{path} + ")");
}

ready_answer error_answer(const provider& p, std::string_view path, unsigned status, std::string_view message) {
  ready_answer a{.status = status};
  if (p.spec.api == flavour::azure) {
    a.body = R"({"error":{"code":")" + std::to_string(status) + R"(","message":)" + core::json_string(message) + "}}";
  } else if (p.spec.api == flavour::ollama && path.substr(0, 4) != "/v1/") {
    a.body = R"({"error":)" + core::json_string(message) + "}";
  } else {
    const std::string_view type = status == 429   ? "rate_limit_error"
                                  : status >= 500 ? "server_error"
                                                  : "invalid_request_error";
    a.body = R"({"error":{"message":)" + core::json_string(message) + R"(,"type":")" + std::string{type} +
             R"(","param":null,"code":null}})";
  }
  return a;
}

answer_facts facts_of(provider& p, prompt asked, std::size_t model, moment now) {
  answer_facts f;
  static constexpr char hex[] = "0123456789abcdef";
  sequence random{stable_hash(p.spec.name, p.spec.seed) + ++p.answered};
  while (f.id.size() < 24)
    for (auto n = random.next(); n > 0 && f.id.size() < 24; n >>= 4)
      f.id += hex[n & 15];
  f.model = asked.model;
  f.created_s = std::chrono::duration_cast<std::chrono::seconds>(now.wall.time_since_epoch()).count();
  f.choices = compose(asked, p.spec.models[model], p.spec.seed);
  f.usage = usage_of(asked, f.choices);
  f.asked = std::move(asked);
  return f;
}

} // namespace logos::simulator
