// SPDX-License-Identifier: MIT
#include "actors/ingress/body_kind.hpp"

#include "net/header_parameters.hpp"
#include "net/header_policy.hpp"
#include "net/name_fold.hpp"

#include <algorithm>
#include <array>

namespace logos::ingress {
namespace {

using core::ec;
using core::failure;
using net::equal_names;
using net::without_blanks;

bool starts_with_name(std::string_view text, std::string_view name) {
  return text.size() >= name.size() && equal_names(text.substr(0, name.size()), name);
}

/// Whether the first character is one that JSON's objects and lists begin with, in any of the encodings that a reader
/// may detect: behind a byte order mark, or among the NULs of UTF-16 and UTF-32.
bool begins_as_json(std::string_view body) {
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})
    if (body.starts_with(mark)) body.remove_prefix(mark.size());
  std::size_t nuls = 0;
  for (const char c : body) {
    if (c == '\0') {
      if (++nuls > 3) return false;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      nuls = 0;
    } else {
      return c == '{' || c == '[';
    }
  }
  return false;
}

/// The names of a body of application/x-www-form-urlencoded that matter if a provider reads it as a form.
bool form_names_ours(std::string_view body) {
  constexpr std::array<std::string_view, 8> ours{
      "model", "n", "stream", "max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict", "n_cmpl"};
  while (!body.empty()) {
    const auto end = body.find_first_of("&;");
    const auto name = net::lenient_field_name(body.substr(0, std::min(end, body.find('='))));
    if (std::find(ours.begin(), ours.end(), name) != ours.end()) return true;
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
  }
  return false;
}

/// JSON is UTF-8; a reader that heeds another charset would see other members.
std::optional<failure> wrong_charset(std::string_view type) {
  if (type.find(';') == std::string_view::npos) return std::nullopt;
  net::parameter_cursor parameters{type};
  net::header_parameter p;
  while (parameters.next(p))
    if (starts_with_name(p.name, "charset") && !equal_names(p.value, "utf-8") && !equal_names(p.value, "utf8") &&
        !equal_names(p.value, "us-ascii"))
      return failure{ec::unsupported_media_type,
                     "JSON is read as UTF-8 here. Send it as such, with 'content-type: application/json'.",
                     "content-type"};
  return std::nullopt;
}

/// Both headers that say how to read the body, each there once at most.
struct body_headers {
  std::string_view type;
  std::string_view encoding;
  std::string_view repeated; // the name of one that is there twice
};

body_headers headers_of(const net::request_view& request) {
  body_headers out;
  bool typed = false, encoded = false;
  for (const auto& [name, value] : request.headers) {
    if (name.size() == 12 && equal_names(name, "content-type")) {
      if (std::exchange(typed, true)) out.repeated = "content-type";
      out.type = without_blanks(value);
    } else if (name.size() == 16 && equal_names(name, "content-encoding")) {
      if (std::exchange(encoded, true)) out.repeated = "content-encoding";
      out.encoding = without_blanks(value);
    }
  }
  return out;
}

failure wants_json_object() {
  return {ec::unsupported_media_type, "This path takes a JSON object. Send it with 'content-type: application/json'.",
          "content-type"};
}

} // namespace

boost::system::result<body_kind, failure> body_kind_of(const net::request_view& request, endpoint at) {
  if (request.body.empty()) {
    if (request.method == "POST" && wants_json(at))
      return failure{ec::bad_json, "The request body is empty. Send a JSON object, for example {\"model\": \"…\", "
                                   "\"messages\": […]}."};
    return body_kind::none;
  }
  if (is_read(request.method))
    return failure{ec::bad_request, "A request with the method " + std::string{request.method} +
                                        " must not have a body: no API reads one there. Send it without, or use POST."};
  const auto headers = headers_of(request);
  if (!headers.repeated.empty())
    return failure{ec::bad_request, "The header '" + std::string{headers.repeated} + "' is given more than once.",
                   std::string{headers.repeated}};
  if (!headers.encoding.empty() && !equal_names(headers.encoding, "identity"))
    return failure{ec::unsupported_media_type,
                   "The request body has content-encoding '" + std::string{headers.encoding.substr(0, 40)} +
                       "', which the gateway does not read. Send it uncompressed.",
                   "content-encoding"};
  const auto type = headers.type;
  const bool form = starts_with_name(type, "multipart/form-data");
  if (starts_with_name(type, "application/json") || (!form && type.find("+json") != std::string_view::npos)) {
    if (auto wrong = wrong_charset(type)) return std::move(*wrong);
    return body_kind::json;
  }
  // `curl -d` and other careless clients name no type, or a wrong one.
  if (!form && begins_as_json(request.body)) return body_kind::json;
  if (wants_json(at)) return wants_json_object();
  if (form) return body_kind::multipart;
  if (starts_with_name(type, "application/x-www-form-urlencoded") && form_names_ours(request.body))
    return failure{ec::unsupported_media_type,
                   "The gateway does not read URL-encoded forms. Send a JSON object, or multipart/form-data.",
                   "content-type"};
  return body_kind::opaque;
}

} // namespace logos::ingress
