// SPDX-License-Identifier: MIT
#include "commands/simulate.hpp"

#include "simulator/server.hpp"
#include "simulator/spec.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <charconv>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>

namespace logos::commands {
namespace {

using simulator::flavour;

/// The options as they were typed.
struct typed {
  bool ollama = false, openai = false, azure = false, vllm = false, llama_cpp = false;
  std::string listen = "127.0.0.1:8900";
  std::vector<std::string> models{};
  std::vector<std::string> faults{};
  std::string keep_alive = "5m";
  std::string window = "1m";
  std::string words = "openai";
  simulator::provider_spec spec{};
};

std::optional<std::string> read_listen(std::string_view text, simulator::provider_spec& spec) {
  const auto colon = text.rfind(':');
  const auto digits = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), spec.port);
  if (colon == std::string_view::npos || error != std::errc{} || end != digits.data() + digits.size())
    return "--listen '" + std::string{text} + "' is not HOST:PORT, such as 127.0.0.1:8900 (port 0: any free one)";
  spec.host = text.substr(0, colon);
  if (spec.host.size() > 2 && spec.host.front() == '[') spec.host = spec.host.substr(1, spec.host.size() - 2);
  if (spec.host == "localhost") spec.host = "127.0.0.1";
  return std::nullopt;
}

/// Turns what was typed into a provider; returns what is wrong with it.
std::optional<std::string> read_spec(typed& t) {
  auto& spec = t.spec;
  if (int{t.ollama} + int{t.openai} + int{t.azure} + int{t.vllm} + int{t.llama_cpp} > 1)
    return "--ollama, --openai, --azure, --vllm and --llama-cpp exclude each other";
  if (t.vllm) spec.behind = simulator::engine::vllm;
  if (t.llama_cpp) spec.behind = simulator::engine::llama_cpp;
  spec.api = t.ollama ? flavour::ollama : t.azure ? flavour::azure : flavour::openai;
  spec.name = "sim-" + std::string{to_string(spec.api)};
  if (auto wrong = read_listen(t.listen, spec)) return wrong;
  const auto keep_alive = simulator::parse_duration(t.keep_alive);
  if (!keep_alive) return "--keep-alive: " + keep_alive.error().message;
  spec.keep_alive = *keep_alive;
  const auto window = simulator::parse_duration(t.window);
  if (!window || window->count() <= 0) return "--window '" + t.window + "' is not a time like 250ms, 3s or 1m";
  spec.quota.window = *window;
  const auto words = simulator::parse_rate_words(t.words);
  if (!words) return "--rate-headers '" + t.words + "' is not openai, azure, anthropic or none";
  spec.quota.words = *words;
  for (const auto& text : t.models) {
    auto model = simulator::parse_model(spec.api, text);
    if (!model) return "--model: " + model.error().message;
    spec.models.push_back(std::move(*model));
  }
  if (spec.models.empty()) spec.models = simulator::default_models(spec.api);
  for (const auto& text : t.faults) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos)
      return "--fault '" + text + "' is not MODEL=KIND, such as gemma3=hang or *=status-503";
    auto fault = simulator::parse_fault(std::string_view{text}.substr(equals + 1));
    if (!fault) return "--fault: " + fault.error().message;
    if (fault->kind == simulator::fault_kind::refuse) return "--fault: refuse is for POST /control/faults only";
    if (text.substr(0, equals) != "*") fault->model = text.substr(0, equals);
    spec.faults.push_back(std::move(*fault));
  }
  if (!(spec.time_scale > 0)) return "--time-scale is not greater than 0";
  if (spec.certificate.empty() != spec.private_key.empty()) return "--tls-certificate and --tls-key go together";
  return std::nullopt;
}

/// What stands behind `=`; the number is a status, tokens before the fault, or milliseconds, whichever the kind has.
std::string fault_help() {
  using simulator::fault_kind;
  std::string kinds;
  for (int i = 0; i <= static_cast<int>(fault_kind::last_); ++i)
    if (const auto kind = static_cast<fault_kind>(i); kind != fault_kind::refuse)
      kinds.append(kinds.empty() ? "" : ", ").append(to_string(kind));
  return "MODEL=KIND[-NUMBER], such as gemma3=hang or *=status-503; several times. Kinds: " + kinds +
         ". NUMBER: the status, the tokens before the fault, or for slow the milliseconds";
}

int run(typed& t) {
  if (const auto wrong = read_spec(t)) {
    std::cerr << "logos simulate: " << *wrong << '\n';
    return 2;
  }
  boost::asio::io_context signals;
  boost::asio::signal_set stop{signals, SIGINT, SIGTERM};
  simulator::server server{t.spec};
  if (const auto port = server.start(); !port) {
    std::cerr << "logos simulate: cannot start on " << t.listen
              << (t.spec.certificate.empty() ? "" : " with " + t.spec.certificate) << ": " << port.error().message()
              << '\n';
    return 1;
  }
  std::cout << to_string(t.spec.api) << " provider at " << server.url() << " with";
  for (const auto& m : t.spec.models)
    std::cout << ' ' << m.name;
  std::cout << std::endl;
  stop.async_wait([](const boost::system::error_code&, int) {});
  signals.run();
  server.stop();
  const auto total = server.count();
  std::cout << total.started << " requests, " << total.finished << " finished, " << total.aborted << " aborted\n";
  return 0;
}

} // namespace

void add_simulate(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("simulate", "A deterministic provider to try the gateway against");
  const auto t = std::make_shared<typed>();
  command->add_flag("--ollama", t->ollama, "Speak Ollama's API, and its /v1");
  command->add_flag("--openai", t->openai, "Speak OpenAI's API (the default)");
  command->add_flag("--azure", t->azure, "Speak Azure OpenAI's API");
  command->add_flag("--vllm", t->vllm, "Speak OpenAI's API, and tell at /metrics what runs and waits, as vLLM does");
  command->add_flag("--llama-cpp", t->llama_cpp, "The same as llama.cpp, with /slots and /props");
  command->add_option("--listen", t->listen, "HOST:PORT; port 0 takes any free one")->capture_default_str();
  command->add_option("--model", t->models,
                      "NAME[:size=MB,vram=MB,load=TIME,unload=TIME,prefill=TOKENS_PER_S,speed=TOKENS_PER_S,parallel=N,"
                      "context=TOKENS,tokens=N,dim=N,can=completion+tools]; may be given several times");
  command->add_option("--vram-mb", t->spec.total_vram_mb, "Graphics memory of an Ollama server; 0: no limit")
      ->capture_default_str();
  command->add_option("--max-loaded-models", t->spec.max_loaded_models, "Models in memory at once; 0: no limit")
      ->capture_default_str();
  command
      ->add_option("--max-queue", t->spec.max_queue,
                   "Requests that may wait for models to be loaded; more are answered 503. 0: no limit")
      ->capture_default_str();
  command->add_flag("!--no-revival", t->spec.revives_victims,
                    "Without Ollama's bug 17408: a keep_alive keeps no model that is to make room for another");
  command->add_option("--keep-alive", t->keep_alive, "How long an idle model stays loaded; -1: for ever")
      ->capture_default_str();
  command->add_option("--seed", t->spec.seed, "Decides every answer")->capture_default_str();
  command->add_option("--time-scale", t->spec.time_scale, "So many times faster than the models' times say")
      ->capture_default_str();
  command->add_option("--api-key", t->spec.api_key, "Answer 401 to whoever does not send this key");
  command->add_option("--requests", t->spec.quota.requests,
                      "Requests of each model in a --window; more are answered 429");
  command->add_option("--tokens", t->spec.quota.tokens, "Tokens of each model in a --window; more are answered 429");
  command->add_option("--window", t->window, "What --requests and --tokens count in")->capture_default_str();
  command->add_flag("--fixed-windows", t->spec.quota.by_windows,
                    "All comes back at the end of a --window; else evenly, as OpenAI's does");
  command->add_option("--refuse-above", t->spec.quota.at_a_time,
                      "Requests of each model at a time; more are answered 429. 0: no limit");
  command->add_option("--rate-headers", t->words, "How answers tell what is left: openai, azure, anthropic or none")
      ->capture_default_str();
  command->add_option("--fault", t->faults, fault_help());
  command->add_option("--tls-certificate", t->spec.certificate, "PEM file");
  command->add_option("--tls-key", t->spec.private_key, "PEM file");
  command->callback([t, &exit_code] { exit_code = run(*t); });
}

} // namespace logos::commands
