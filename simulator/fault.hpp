// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logos::simulator {

/// What goes wrong.
enum class fault_kind : std::uint8_t {
  status,            // answers `code` with `body`, and `retry-after` if set
  hang,              // accepts the request and never answers
  hang_after_chunks, // answers `after_chunks` tokens, then nothing
  cut_before_head,   // closes without a byte
  cut_mid_stream,    // closes after `after_chunks` tokens; an answer in one piece is cut in the middle of its body
  malformed_sse,     // sends an event that is not JSON after `after_chunks` tokens, and goes on
  no_done,           // leaves out the last event (`data: [DONE]`, or Ollama's `"done":true` line)
  slow,              // waits `delay` before the head, or after `after_chunks` tokens
  garbage,           // answers bytes that are not HTTP, and closes
  no_usage,          // leaves out every token count
  usage_every_chunk, // sends the token counts so far with every chunk
  error_in_stream,   // sends an error event after `after_chunks` tokens, and ends the stream
  reset,             // resets the connection (RST) before the head, or after `after_chunks` tokens
  refuse,            // refuses new connections for `delay`; names no model and takes effect at once
  last_ = refuse
};
std::string_view to_string(fault_kind kind);
std::optional<fault_kind> parse_fault_kind(std::string_view text);

/// One thing that goes wrong, and for which requests.
struct fault {
  std::string model{}; // empty: every model
  fault_kind kind = fault_kind::status;
  std::string path{}; // if set, only requests whose path holds it
  unsigned skip = 0;  // so many matching requests are spared first
  unsigned count = 0; // so many are hit; 0: all
  unsigned after_chunks = 0;
  unsigned code = 500;
  std::string body{}; // empty: an error in the provider's own shape
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{}; // of a `status` answer
  std::optional<unsigned> retry_after_s{};
  std::chrono::milliseconds delay{1000}; // wall time: not divided by the time scale
};

/// Reads `kind` or `kind-NUMBER`, where NUMBER is the status code, the tokens before the fault, or the delay in
/// milliseconds, whichever the kind has. Errors: bad_field.
boost::system::result<fault, core::failure> parse_fault(std::string_view text);

/// Splits `gemma3@hang` into the model and its fault. Without a fault the whole name is the model.
std::pair<std::string_view, std::optional<fault>> split_fault(std::string_view model);

/// The faults in force.
class fault_table {
public:
  void add(fault f) { faults_.push_back(std::move(f)); }
  /// Removes the faults of one model; of all, if `model` is empty.
  void clear(std::string_view model);
  /// The first fault that hits this request, counted down. Requests that are about no model (lists, health) are hit
  /// only by faults that name a path.
  std::optional<fault> take(std::string_view model, std::string_view path);
  /// Removes and returns a `refuse`.
  std::optional<fault> take_refusal();
  const std::vector<fault>& all() const { return faults_; }

private:
  std::vector<fault> faults_;
};

} // namespace logos::simulator
