// SPDX-License-Identifier: MIT
#include "actors/ingress/endpoint.hpp"

#include "actors/ingress/model_path.hpp"
#include "net/path_text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace logos::ingress {
namespace {

struct known_path {
  std::string_view path;
  endpoint what;
  bool anywhere = false; // also below another path: dearer than what is unknown, or as dear
};

constexpr std::array<known_path, 19> known{{
    {"chat/completions", endpoint::chat, true},
    {"responses", endpoint::responses, true},
    {"completions", endpoint::completions, true},
    {"messages", endpoint::messages, true},
    {"embeddings", endpoint::embeddings},
    {"moderations", endpoint::moderations},
    {"rerank", endpoint::ranking},
    {"score", endpoint::ranking},
    {"classify", endpoint::ranking},
    {"pooling", endpoint::ranking},
    {"images/generations", endpoint::image_generation, true},
    {"images/edits", endpoint::image_edit},
    {"images/variations", endpoint::image_edit},
    {"audio/speech", endpoint::speech, true},
    {"audio/transcriptions", endpoint::transcription},
    {"audio/translations", endpoint::transcription},
    {"responses/input_tokens", endpoint::counting},
    {"messages/count_tokens", endpoint::counting},
    {"tokenize", endpoint::counting},
}};

std::optional<endpoint> spelled_out(std::string_view path) {
  for (const auto& k : known)
    if (k.path == path) return k.what;
  return std::nullopt;
}

bool takes_batches(const known_path& k) { return wants_json(k.what) && k.what != endpoint::speech; }

} // namespace

bool takes_batches(std::string_view rest) {
  return std::any_of(known.begin(), known.end(),
                     [&](const known_path& k) { return k.path == rest && takes_batches(k); });
}

std::string batch_endpoints() {
  std::string out;
  for (const auto& k : known)
    if (takes_batches(k)) out.append(out.empty() ? "/v1/" : ", /v1/").append(k.path);
  return out;
}

std::string lenient_path(std::string_view rest) {
  std::string out;
  bool parameter = false;
  for (std::size_t i = 0; i < rest.size();) {
    const auto [byte, length] = net::decode_at(rest, i);
    const auto c = static_cast<char>(byte);
    i += length;
    if (c == '/') {
      parameter = false;
      if (!out.empty() && out.back() != '/') out += c;
    } else if (c == ';') {
      parameter = true;
    } else if (!parameter) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  while (!out.empty() && (out.back() == '/' || out.back() == ' ' || out.back() == '.'))
    out.pop_back();
  return out;
}

bool is_known(std::string_view rest) { return spelled_out(rest).has_value(); }

bool begins_known(std::string_view stem) {
  return std::any_of(known.begin(), known.end(), [&](const known_path& k) { return k.path.starts_with(stem); });
}

endpoint endpoint_of(std::string_view rest) {
  if (const auto found = spelled_out(rest)) return *found;
  if (const auto to = read_model_path(rest); to && to->method == "countTokens" && rest.starts_with(listed_below))
    return endpoint::counting;
  const auto path = lenient_path(rest);
  if (const auto found = spelled_out(path)) return *found;
  for (const auto& k : known)
    if (k.anywhere && path.size() > k.path.size() && path.ends_with(k.path) &&
        path[path.size() - k.path.size() - 1] == '/')
      return k.what;
  return endpoint::other;
}

std::optional<endpoint> endpoint_at_end(std::string_view path) {
  const auto whole = "/" + lenient_path(path);
  const known_path* best = nullptr;
  for (const auto& k : known)
    if (whole.ends_with(k.path) && whole[whole.size() - k.path.size() - 1] == '/' &&
        (best == nullptr || k.path.size() > best->path.size()))
      best = &k;
  if (best == nullptr) return std::nullopt;
  return best->what;
}

bool as_dear_as_unknown(endpoint e) {
  return e == endpoint::other ||
         std::any_of(known.begin(), known.end(), [e](const known_path& k) { return k.what == e && k.anywhere; });
}

bool only_reads(std::string_view method, std::string_view rest) {
  if (is_read(method)) return true;
  if (!rest.ends_with("/cancel")) return false;
  return rest.starts_with("responses/"); // answers with the response as far as it has come
}

} // namespace logos::ingress
