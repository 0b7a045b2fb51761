// SPDX-License-Identifier: MIT
#pragma once
#include "simulator/answer.hpp"
#include "simulator/fault.hpp"
#include "simulator/quotas.hpp"
#include "simulator/records.hpp"
#include "simulator/residency.hpp"
#include "simulator/spec.hpp"

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace logos::simulator {

/// A request as its routes see it. Views into the connection's buffers, valid during the call.
struct request {
  std::string_view method, target, content_type, authorization, api_key, body;

  std::string_view path() const { return target.substr(0, target.find('?')); }
  std::string_view query() const {
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  }
};

/// Everything that a simulated provider is, without its sockets. One thread.
struct provider {
  explicit provider(provider_spec s);
  provider(const provider&) = delete;
  provider& operator=(const provider&) = delete;

  provider_spec spec;
  residency memory;
  fault_table faults;
  records log;
  std::vector<quotas> limits{}; // by model; empty: everybody is served
  std::string last_request{};   // the exact bytes of the last one with another method than GET and HEAD
  simdjson::dom::parser parser{};
  std::uint64_t answered = 0;               // numbers the answers' ids
  std::unordered_set<std::string> stored{}; // ids of responses that can be asked for again, of the last few thousand

  /// The model of that name; Ollama's `:latest` may be left out.
  std::optional<std::size_t> find(std::string_view model) const;
  /// `d` divided by the time scale; negative if `d` is.
  std::chrono::nanoseconds scaled(std::chrono::milliseconds d) const;
  /// How long the model takes for `tokens` at `tokens_per_s`.
  std::chrono::nanoseconds span(double tokens, double tokens_per_s) const;
};

/// Two readings of one moment.
struct moment {
  core::wall_time wall;
  core::steady_time steady;
};

/// The answer to a request, or what the model has to do for it. Never fails: what is wrong with the request is an
/// answer.
outcome route(provider& p, const request& r, moment now);

/// An error in the shape of the provider's own API for that path.
ready_answer error_answer(const provider& p, std::string_view path, unsigned status, std::string_view message);

/// `/v1/…` without the `/v1`. `deployment` names the model if the path does (Azure).
outcome openai_route(provider& p, const request& r, std::string_view path, std::string_view deployment, moment now);
/// `/api/…`
outcome ollama_route(provider& p, const request& r, moment now);
/// What vLLM and llama.cpp have beside `/v1/…`: `/metrics`, `/version`, `/props`, `/slots`, `/health`. Nothing: it is
/// none of these.
std::optional<ready_answer> engine_route(const provider& p, const request& r);
/// `/control/…`: faults, stats, what every request of a named `user` used, the last request, reset.
ready_answer control_route(provider& p, const request& r, moment now);

/// What follows for one model request once its model is known: the id, the text and the token counts.
answer_facts facts_of(provider& p, prompt asked, std::size_t model, moment now);

} // namespace logos::simulator
