// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What servers that batch (vLLM, llama.cpp) say of themselves. Pure. Each reads one answer; what it does not find
/// stays unknown: these servers change their answers from version to version.
namespace logos::monitoring {

enum class server_kind : std::uint8_t { unknown, vllm, llama_cpp };

/// How busy a server is; -1: it does not say.
struct workload {
  std::int64_t running = -1;          // requests that it works on
  std::int64_t waiting = -1;          // requests that it has put off
  std::int64_t slots = -1;            // that it works on at most
  std::int64_t kv_used_permille = -1; // of its cache of keys and values
};

/// By `owned_by` of an OpenAI model list.
server_kind recognise(std::string_view model_list);
std::string_view name_of(server_kind kind);

/// Prometheus text of vLLM or llama.cpp. Figures of several engines in one server are added up; of their caches the
/// fullest counts.
void read_metrics(std::string_view text, workload& to);
/// llama.cpp's /slots.
void read_slots(std::string_view json, workload& to);
/// llama.cpp's /props: the slots; answers the build, or nothing.
std::string read_props(std::string_view json, workload& to);

} // namespace logos::monitoring
