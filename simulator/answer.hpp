// SPDX-License-Identifier: MIT
#pragma once
#include "simulator/fault.hpp"
#include "simulator/prompt.hpp"
#include "simulator/spec.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace logos::simulator {

/// How long the parts of a request took, for APIs that say so.
struct timing {
  std::chrono::nanoseconds total{0}, load{0}, prefill{0}, generation{0};
};

struct token_usage {
  unsigned prompt = 0, completion = 0;
  /// What the provider pretends to have had in its prompt cache: half of a prompt of 1024 tokens or more.
  unsigned cached() const { return prompt >= 1024 ? prompt / 256 * 128 : 0; }
};

/// How the events of a stream are told apart.
enum class framing : std::uint8_t { none, sse, ndjson };

/// What a fault changes in an answer's own text.
struct answer_flaws {
  bool no_usage = false, usage_every_chunk = false, no_done = false;
};

/// One answer of a model, written piece by piece so that a long stream costs no memory. Each call appends text to
/// `out`.
class answer {
public:
  answer() = default;
  answer(const answer&) = delete;
  answer& operator=(const answer&) = delete;
  virtual ~answer() = default;
  /// The steps of its stream, each one token apart.
  virtual std::size_t steps() const { return 0; }
  /// What comes before the first token of a stream.
  virtual void open(std::string&) {}
  virtual void step(std::string&, std::size_t) {}
  virtual void close(std::string&, const timing&) {}
  /// The answer in one piece.
  virtual void whole(std::string& out, const timing& t) = 0;
  virtual std::string_view content_type() const { return "application/json"; }

  answer_flaws flaws{};
};

/// A request that takes a model's time.
struct job {
  std::size_t model = 0;
  bool stream = false;
  framing frames = framing::none;
  token_usage usage{};
  std::string user{};        // whose request it is
  bool reports_usage = true; // where its stream ends; a whole answer always does
  std::optional<std::chrono::nanoseconds> keep_alive{};
  std::optional<unsigned> context{}; // of its own: the model loads anew if it was loaded with another
  std::unique_ptr<answer> reply{};
  std::optional<fault> asked_fault{}; // by the model's name: `gemma3@hang`
};

/// An answer that takes no model's time.
struct ready_answer {
  unsigned status = 200;
  std::string body{};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};
};

using outcome = std::variant<ready_answer, job>;

/// The text of one choice: the pieces it is streamed in, and why it ended (`stop`, `length` or `tool_calls`).
struct choice_text {
  std::vector<std::string> pieces{};
  std::string_view finish = "stop";

  std::string joined() const;
};

/// What the model says. The same prompt, model and seed always give the same choices.
std::vector<choice_text> compose(const prompt& p, const model_spec& m, std::uint64_t seed);
/// The tokens that the model reads for `p` and writes for `choices`.
token_usage usage_of(const prompt& p, const std::vector<choice_text>& choices);

/// What an answer is written from.
struct answer_facts {
  std::string id{};    // 24 hexadecimal digits
  std::string model{}; // as the client named it
  std::int64_t created_s = 0;
  std::string created_at{}; // the same, as ISO 8601
  prompt asked{};
  std::vector<choice_text> choices{};
  token_usage usage{};
};

/// `/v1/chat/completions` and, without `chat`, `/v1/completions`.
std::unique_ptr<answer> completion_answer(answer_facts facts, bool chat);
/// `/v1/responses`.
std::unique_ptr<answer> responses_answer(answer_facts facts);
/// `/api/chat` and, without `chat`, `/api/generate`.
std::unique_ptr<answer> ollama_answer(answer_facts facts, bool chat);
/// Anything that is never streamed.
std::unique_ptr<answer> fixed_answer(std::string body, std::string content_type = "application/json");
/// As `fixed_answer`, for Ollama: `body` is an unfinished object that gets the durations and its closing brace.
std::unique_ptr<answer> timed_answer(std::string body);

/// `,"total_duration":…,"load_duration":…`
void append_durations(std::string& out, const timing& t);

} // namespace logos::simulator
