// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>
#include <simdjson.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::simulator {

/// A call that an answer makes.
struct tool_call {
  std::string name{};
  std::string arguments{}; // JSON
};

/// What a request body asks for, whichever API it came by. Fields that an API does not have keep their defaults.
struct prompt {
  std::string model{};
  std::string text{};      // everything that the model reads, in order
  std::string last_user{}; // the last user message
  bool empty = true;       // no messages and no prompt: Ollama's way to load or unload
  bool stream = false;
  bool include_usage = false;
  bool echoes_logprobs = false;
  bool exact_length = false; // `ignore_eos`: as many tokens as were allowed
  bool base64 = false;
  unsigned choices = 1;
  std::optional<unsigned> max_tokens{};
  std::optional<unsigned> dimensions{};
  std::optional<std::chrono::milliseconds> keep_alive{};
  std::optional<unsigned> context{}; // Ollama's `options.num_ctx`
  std::vector<std::string> stop{};
  std::vector<std::string> inputs{}; // of embeddings and moderations
  std::optional<std::string> json{}; // the JSON that must be answered
  std::optional<tool_call> call{};   // the tool that the answer calls
  std::string voice_format{};        // speech
  std::string user{};                // `user`: whose request it is
};

/// Whose field names a body has.
enum class dialect : std::uint8_t { openai, ollama };

/// Reads a JSON body. `seed` decides made-up values (tool arguments, JSON answers). Errors: bad_json, bad_field.
boost::system::result<prompt, core::failure> read_prompt(simdjson::dom::parser& parser, std::string_view body,
                                                         dialect d, std::uint64_t seed);

/// The field `name` of a multipart/form-data body, without its file parts; empty if there is none.
std::string_view form_field(std::string_view body, std::string_view name);

} // namespace logos::simulator
