// SPDX-License-Identifier: MIT
#include "simulator/provider.hpp"

#include <string>

namespace logos::simulator {
namespace {

constexpr std::string_view vllm_version = "0.10.2";
constexpr std::string_view llama_build = "b6500-simulated";

struct gauges {
  unsigned running = 0, waiting = 0, slots = 0;
};

gauges gauges_of(const provider& p) {
  gauges all;
  for (std::size_t i = 0; i < p.spec.models.size(); ++i) {
    const auto c = p.memory.count(i);
    all.running += c.running;
    all.waiting += c.waiting;
    all.slots += p.memory.parallel(i);
  }
  return all;
}

void gauge(std::string& out, std::string_view name, std::string_view help, std::string_view labels, unsigned value) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" gauge\n");
  out.append(name).append(labels).append(" ").append(std::to_string(value)).append("\n");
}

/// It has no cache of keys and values that could be full, and so says nothing of it.
ready_answer metrics(const provider& p) {
  const auto now = gauges_of(p);
  ready_answer a{.content_type = "text/plain; version=0.0.4; charset=utf-8"};
  if (p.spec.behind == engine::llama_cpp) {
    gauge(a.body, "llamacpp:requests_processing", "Number of requests processing.", "", now.running);
    gauge(a.body, "llamacpp:requests_deferred", "Number of requests deferred.", "", now.waiting);
    return a;
  }
  const auto name = p.spec.models.empty() ? std::string{} : p.spec.models.front().name;
  const auto labels = R"({engine="0",model_name=)" + core::json_string(name) + "}";
  gauge(a.body, "vllm:num_requests_running", "Number of requests in model execution batches.", labels, now.running);
  gauge(a.body, "vllm:num_requests_waiting", "Number of requests waiting to be processed.", labels, now.waiting);
  return a;
}

ready_answer slots(const provider& p) {
  const auto now = gauges_of(p);
  ready_answer a{.body = "["};
  for (unsigned i = 0; i < now.slots; ++i) {
    a.body.append(i > 0 ? "," : "").append(R"({"id":)").append(std::to_string(i));
    a.body.append(R"(,"is_processing":)").append(i < now.running ? "true}" : "false}");
  }
  a.body += ']';
  return a;
}

} // namespace

std::optional<ready_answer> engine_route(const provider& p, const request& r) {
  if (p.spec.behind == engine::none || (r.method != "GET" && r.method != "HEAD")) return std::nullopt;
  const auto path = r.path();
  if (path == "/metrics") return metrics(p);
  if (path == "/health") return ready_answer{.body = p.spec.behind == engine::vllm ? "" : R"({"status":"ok"})"};
  if (p.spec.behind == engine::vllm) {
    if (path == "/version") return ready_answer{.body = R"({"version":")" + std::string{vllm_version} + "\"}"};
    return std::nullopt;
  }
  if (path == "/slots") return slots(p);
  if (path == "/props")
    return ready_answer{.body = R"({"total_slots":)" + std::to_string(gauges_of(p).slots) + R"(,"build_info":")" +
                                std::string{llama_build} + "\"}"};
  return std::nullopt;
}

} // namespace logos::simulator
