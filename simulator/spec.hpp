// SPDX-License-Identifier: MIT
#pragma once
#include "simulator/fault.hpp"
#include "simulator/quotas.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::simulator {

/// Whose API a simulated provider speaks.
enum class flavour : std::uint8_t { openai, azure, ollama };
std::string_view to_string(flavour f);

/// The server behind OpenAI's API, which tells of itself what that one does: what it works on, and what waits in it.
enum class engine : std::uint8_t { none, vllm, llama_cpp };

/// One model of a simulated provider. Rates of 0 mean "without delay".
struct model_spec {
  std::string name{};
  std::uint64_t size_mb = 0;
  std::uint64_t vram_mb = 0;              // what it takes once loaded
  std::chrono::milliseconds load_time{0}; // from cold to warm
  std::chrono::milliseconds unload_time{0};
  double prefill_tokens_per_s = 0; // reading the prompt
  double tokens_per_s = 0;         // writing the answer
  unsigned parallel = 0;           // requests served at once; 0: no limit. More wait first in, first out
  unsigned context = 8192;         // tokens
  unsigned embedding_dim = 256;
  unsigned answer_tokens = 0;              // length of an answer; 0: 16 to 63, by the prompt
  std::vector<std::string> capabilities{}; // "completion", "tools", "vision", "embedding", …
  std::string family{};

  bool can(std::string_view capability) const;
};

/// One simulated provider.
struct provider_spec {
  std::string name = "simulated";
  flavour api = flavour::openai;
  std::string host = "127.0.0.1";                // an address, not a name
  std::uint16_t port = 0;                        // 0: any free one
  std::uint64_t total_vram_mb = 0;               // 0: no limit
  std::chrono::milliseconds keep_alive{300'000}; // negative: for ever
  unsigned max_loaded_models = 0;                // 0: no limit
  unsigned max_queue = 512;                      // Ollama: more that wait for a model to be loaded are answered 503
  bool revives_victims = true;                   // Ollama's bug 17408, see `residency::limits`
  std::uint64_t seed = 1;
  std::string api_key{}; // if set, anyone without it is answered 401
  double time_scale = 1; // load, prefill, token and keep-alive times are divided by it; keep_alive < 0 avoids reloads
  std::string certificate{}; // PEM files; both set: TLS
  std::string private_key{};
  std::vector<model_spec> models{};
  std::vector<fault> faults{};
  quota_spec quota{};           // of each model
  engine behind = engine::none; // of `openai` alone
};

using fleet_spec = std::vector<provider_spec>;

/// Three small providers on loopback: two Ollama servers with little VRAM and one OpenAI-like cloud.
fleet_spec demo_fleet();

/// A model in the size and speed that its name suggests for `api`.
model_spec default_model(flavour api, std::string name);

/// The models of a provider for which none were named.
std::vector<model_spec> default_models(flavour api);

/// Reads `NAME[:key=value,…]`, e.g. `gemma3:4b:size=3300,vram=4200,load=3s,prefill=900,speed=60,parallel=4`. A name may
/// hold colons; what follows the last colon is options if it holds a `=`. Errors: bad_field.
boost::system::result<model_spec, core::failure> parse_model(flavour api, std::string_view text);

/// Reads `250ms`, `5m`, `2h`, `1.5s`, or a bare number of seconds; `-1` is "for ever".
boost::system::result<std::chrono::milliseconds, core::failure> parse_duration(std::string_view text);

} // namespace logos::simulator
