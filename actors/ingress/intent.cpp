// SPDX-License-Identifier: MIT
#include "actors/ingress/intent.hpp"

#include "actors/ingress/body_kind.hpp"
#include "actors/ingress/extent.hpp"
#include "actors/ingress/model_path.hpp"
#include "net/header_parameters.hpp"
#include "net/header_policy.hpp"
#include "net/json_fields.hpp"

#include <algorithm>
#include <charconv>

namespace logos::ingress {
namespace {

using core::ec;
using core::failure;
using net::without_blanks;

bool starts_with_name(std::string_view text, std::string_view name) {
  return text.size() >= name.size() && net::equal_names(text.substr(0, name.size()), name);
}

failure wrong_header(std::string_view name, std::string_view value, std::string_view allowed) {
  return {ec::bad_field,
          "Header '" + std::string{name} + "' has the value '" + std::string{value.substr(0, 60)} + "'; allowed is " +
              std::string{allowed} + ".",
          std::string{name}};
}

/// What stands in the optional headers; a body field of the same meaning has been read before and yields.
std::optional<failure> read_headers(const net::request_view& request, intent& out) {
  if (const auto text = without_blanks(request.find("x-logos-priority")); !text.empty()) {
    out.priority = core::parse_priority(text);
    if (!out.priority) return wrong_header("x-logos-priority", text, "low, mid, high or 1 to 10");
  }
  if (const auto text = without_blanks(request.find("x-logos-mode")); !text.empty()) {
    const auto mode = core::parse_traffic_mode(text);
    if (!mode) return wrong_header("x-logos-mode", text, "interactive or batch");
    out.mode = *mode;
  }
  if (const auto text = without_blanks(request.find("x-logos-timeout")); !text.empty()) {
    out.patience = net::parse_patience(text);
    if (!out.patience) return wrong_header("x-logos-timeout", text, "a number of seconds from 0 to 604800");
  }
  out.dataset = without_blanks(request.find("x-logos-dataset"));
  if (out.dataset.size() > 200) return wrong_header("x-logos-dataset", out.dataset, "a name of at most 200 bytes");
  out.metadata = without_blanks(request.find("x-logos-metadata"));
  if (out.metadata.size() > 4096) return wrong_header("x-logos-metadata", out.metadata, "JSON of at most 4096 bytes");
  out.provider = without_blanks(request.find("provider"));
  return std::nullopt;
}

std::optional<failure> read_json(const net::request_view& request, net::json_looker& looker, intent& out) {
  if (auto wrong = looker.look(request.body, out.json)) return wrong;
  out.model = out.json.model();
  out.stream = out.json.stream;
  out.priority = out.json.priority;
  out.mode = out.json.mode.value_or(core::traffic_mode::interactive);
  out.patience = out.json.timeout;
  return std::nullopt;
}

/// Whatever the body says: the model that the path names is the one that the provider asks.
std::optional<failure> read_path(const net::request_view& request, intent& out) {
  if (request.method != "POST" && request.method != "PUT" && request.method != "PATCH") return std::nullopt;
  const auto& rest = out.route.rest;
  const auto to = read_model_path(rest);
  if ((!to && resembles_model_path(rest)) || (to && to->method.find('%') != rest.npos))
    return failure{ec::bad_request, "The path '" + std::string{rest.substr(0, 200)} +
                                        "' names a model in a way that is not understood here. Write it as "
                                        "models/NAME:METHOD: the slashes, the colon and the method as they are, and "
                                        "nothing behind. Tuned models and endpoints cannot be asked for so."};
  if (!to) return std::nullopt;
  if (!out.route.deployment.empty())
    return failure{ec::bad_request, "The path names two models: '" + out.model + "' as the deployment, and '" +
                                        std::string{to->name.substr(0, 200)} + "' behind it. Leave one of them out."};
  auto name = percent_decode(to->name);
  if (!name) return failure{ec::bad_request, "The model's name in the path is not properly percent-encoded."};
  out.model = std::move(*name);
  out.model_in_path = true;
  out.stream = out.stream || streams_events(*to, request.query);
  return std::nullopt;
}

std::optional<failure> check_metadata(std::string_view metadata, net::json_looker& looker) {
  if (metadata.empty()) return std::nullopt;
  net::json_look unused;
  if (const auto wrong = looker.look_copying(metadata, unused); wrong && wrong->code == ec::bad_json)
    return wrong_header("x-logos-metadata", metadata, "a JSON object");
  return std::nullopt;
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit(text[i + 1]);
    const int low = digit(text[i + 2]);
    const int byte = high < 0 || low < 0 ? -1 : high << 4 | low;
    if (byte < 0x20 || byte == 0x7f) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::optional<std::int64_t> parse_id(std::string_view text) {
  text = without_blanks(text);
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

std::string_view find_key(const net::request_view& request) {
  for (const std::string_view name : {"logos_key", "logos-key"})
    if (const auto value = without_blanks(request.find(name)); !value.empty()) return value;
  auto value = without_blanks(request.find("authorization"));
  if (starts_with_name(value, "bearer ")) value = without_blanks(value.substr(7));
  if (!value.empty()) return value;
  for (const std::string_view name : {"api-key", "x-api-key"})
    if (const auto other = without_blanks(request.find(name)); !other.empty()) return other;
  return {};
}

boost::system::result<intent, failure> read_intent(const net::request_view& request, const net::route_match& route,
                                                   net::json_looker& looker) {
  intent out;
  out.route = route;
  // Some clients join their parts with one slash too many; what stands behind is the same path.
  while (out.route.rest.starts_with('/'))
    out.route.rest.remove_prefix(1);
  out.at = endpoint_of(out.route.rest);
  out.reads = only_reads(request.method, out.route.rest);
  const auto kind = body_kind_of(request, out.at);
  if (!kind) return kind.error();
  out.body = *kind;
  if (out.body == body_kind::json) {
    if (auto wrong = read_json(request, looker, out)) return std::move(*wrong);
  } else if (out.body == body_kind::multipart) {
    auto look = net::look_multipart(request.find("content-type"), request.body);
    if (!look) return look.error();
    out.multipart = *look;
    out.model = look->model.value_or("");
    out.stream = look->stream;
  }
  if (!route.deployment.empty()) { // Azure's clients name the model in the path
    auto name = percent_decode(route.deployment);
    if (!name) return failure{ec::bad_request, "The deployment's name in the path is not properly percent-encoded."};
    out.model = std::move(*name);
  }
  if (auto wrong = read_path(request, out)) return std::move(*wrong);
  if (auto wrong = read_headers(request, out)) return std::move(*wrong);
  if (auto wrong = check_metadata(out.metadata, looker)) return std::move(*wrong);
  const auto likely = estimate(out, request.body.size(), 0);
  out.tokens = static_cast<std::uint32_t>(std::min<std::int64_t>(likely.sum(), UINT32_MAX));
  out.prompt_tokens = static_cast<std::uint32_t>(std::min<std::int64_t>(likely.prompt, UINT32_MAX));
  return out;
}

} // namespace logos::ingress
