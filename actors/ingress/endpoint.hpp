// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logos::ingress {

/// What a path below /v1/ is for, as far as it decides what a request may cost.
enum class endpoint : std::uint8_t {
  other, // may generate, as far as is known
  chat,
  completions,
  responses,
  messages,
  embeddings,
  moderations,
  ranking, // rerank, score, classify, pooling
  image_generation,
  image_edit,
  speech,
  transcription, // and translation
  counting       // counts tokens, and uses none
};

/// However the path is spelled: a provider may decode it, merge slashes, drop parameters behind `;` and a slash at the
/// end, or not mind the case, so what it might take for a known path is one here, also below another path. Only what
/// costs less than an unknown path has to be spelled out from its beginning.
endpoint endpoint_of(std::string_view rest);

/// What a path is for that an operator has set: by the longest known path that it ends with. Nothing: by none.
std::optional<endpoint> endpoint_at_end(std::string_view path);

/// Whether `e` is known to be held for at least as dearly as what is unknown.
bool as_dear_as_unknown(endpoint e);

/// Whether `rest` spells a known path exactly, from its beginning.
bool is_known(std::string_view rest);
/// Whether a known path begins with `stem`.
bool begins_known(std::string_view stem);

/// `rest` as the most lenient of servers reads it: decoded, slashes merged, parameters dropped, in lower case.
std::string lenient_path(std::string_view rest);

/// Whether the length of its answer can be limited by a field.
constexpr bool takes_a_limit(endpoint e) {
  return e == endpoint::chat || e == endpoint::completions || e == endpoint::responses || e == endpoint::messages;
}
/// Whether the answer has tokens of its own.
constexpr bool generates(endpoint e) {
  return e != endpoint::embeddings && e != endpoint::moderations && e != endpoint::ranking && e != endpoint::counting;
}
/// Whether it takes JSON and nothing else.
constexpr bool wants_json(endpoint e) {
  return e != endpoint::other && e != endpoint::image_edit && e != endpoint::transcription;
}

/// Whether `rest` is where the lines of a batch can be sent that runs here: a known path, spelled exactly, that takes
/// JSON and answers with JSON.
bool takes_batches(std::string_view rest);
/// All of these, with /v1/, for whoever named another one.
std::string batch_endpoints();

/// Whether a method asks for what is there, or ends it, and has no body of its own.
constexpr bool is_read(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "DELETE" || method == "OPTIONS";
}

/// Whether a request only asks for what is there already, such as a stored response: its usage was billed when it was
/// made.
bool only_reads(std::string_view method, std::string_view rest);

} // namespace logos::ingress
