// SPDX-License-Identifier: MIT
#include "net/dialects/ollama.hpp"

#include "net/dialects/dialects.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace logos::net {

std::optional<core::failure> dialects::shape_ollama(deployment_route& route, const base_url& base,
                                                    const deployment_settings& settings) {
  route.path_prefix = path_of(base, settings);
  // Always below /v1: the native API, which can pull, create and delete, is out of a client's reach.
  route.path_prefix += "/v1/";
  return std::nullopt;
}

namespace ollama {
namespace {

namespace dom = simdjson::dom;
using core::failure;

failure not_ollama(std::string_view path) {
  return {core::ec::upstream_protocol, std::string{"The answer to "}.append(path).append(" is not what Ollama sends.")};
}

std::string text_of(const dom::element& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string{text} : std::string{};
}

std::int64_t number_of(const dom::element& object, std::string_view key) {
  std::int64_t number = 0;
  return object[key].get(number) == simdjson::SUCCESS && number > 0 ? number : 0;
}

/// Older servers say `name`, newer ones `model` too; both are the full name with its tag.
std::string name_of(const dom::element& model) {
  auto name = text_of(model, "name");
  return name.empty() ? text_of(model, "model") : name;
}

/// Calls `add` for each named element of `models`. An empty list may be null.
template <class Add>
bool each_model(std::string_view json, Add add) {
  dom::parser parser;
  dom::element document;
  if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS) return false;
  dom::element list;
  if (document["models"].get(list) != simdjson::SUCCESS) return false;
  if (list.is_null()) return true;
  dom::array models;
  if (list.get(models) != simdjson::SUCCESS) return false;
  for (const auto model : models)
    if (auto name = name_of(model); !name.empty()) add(std::move(name), model);
  return true;
}

/// `length` digits at `at`; -1 when they are not there.
int digits(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  if (at + length > text.size()) return -1;
  const auto* from = text.data() + at;
  const auto [stop, error] = std::from_chars(from, from + length, value);
  return error == std::errc{} && stop == from + length && value >= 0 ? value : -1;
}

} // namespace

boost::system::result<std::vector<loaded_model>, failure> parse_loaded_models(std::string_view json) {
  std::vector<loaded_model> out;
  const bool good = each_model(json, [&](std::string name, const dom::element& model) {
    out.push_back({std::move(name), number_of(model, "size"), number_of(model, "size_vram"),
                   parse_timestamp(text_of(model, "expires_at")), number_of(model, "context_length")});
  });
  if (!good) return not_ollama(loaded_models_path);
  return out;
}

boost::system::result<std::vector<known_model>, failure> parse_known_models(std::string_view json) {
  std::vector<known_model> out;
  const bool good = each_model(json, [&](std::string name, const dom::element& model) {
    out.push_back({std::move(name), number_of(model, "size")});
  });
  if (!good) return not_ollama(known_models_path);
  return out;
}

boost::system::result<std::string, failure> parse_version(std::string_view json) {
  dom::parser parser;
  dom::element document;
  if (parser.parse(json.data(), json.size()).get(document) == simdjson::SUCCESS)
    if (auto version = text_of(document, "version"); !version.empty()) return version;
  return not_ollama(version_path);
}

std::string load_body(std::string_view model, std::int64_t keep_alive_s) {
  return "{\"model\":" + core::json_string(model) + ",\"stream\":false,\"keep_alive\":" + std::to_string(keep_alive_s) +
         "}";
}

std::string unload_body(std::string_view model) { return load_body(model, 0); }

std::string embedder_load_body(std::string_view model, std::int64_t keep_alive_s) {
  return "{\"model\":" + core::json_string(model) + ",\"input\":[],\"keep_alive\":" + std::to_string(keep_alive_s) +
         "}";
}

std::string parse_error(std::string_view json) {
  dom::parser parser;
  dom::element document;
  if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS) return {};
  return text_of(document, "error");
}

bool only_embeds(int status, std::string_view json) {
  return status == 400 && parse_error(json).find("does not support generate") != std::string::npos;
}

std::string canonical(std::string_view model) {
  std::string name{model};
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  constexpr std::string_view assumed = "library/";
  if (const auto host = name.find('/');
      host != std::string::npos && name.find('.') < host && name.compare(host + 1, assumed.size(), assumed) == 0)
    name.erase(0, host + 1);
  if (name.starts_with(assumed)) name.erase(0, assumed.size());
  const auto last = name.rfind('/');
  if (name.find(':', last == std::string::npos ? 0 : last) == std::string::npos) name += ":latest";
  return name;
}

core::wall_time parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  const int y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
  const int h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
  const auto date = year{y} / mo / d;
  if (y < 1970 || mo < 1 || d < 1 || !date.ok() || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60) return {};
  auto time = core::wall_time{sys_days{date}} + hours{h} + minutes{mi} + seconds{s};
  std::size_t at = 19;
  if (at < text.size() && text[at] == '.') {
    auto unit = microseconds{100'000};
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
      time += unit * (text[at] - '0');
  }
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const int offset_h = digits(text, at + 1, 2), offset_m = digits(text, at + 4, 2);
    if (offset_h < 0 || offset_m < 0) return {};
    const auto offset = hours{offset_h} + minutes{offset_m};
    return text[at] == '+' ? time - offset : time + offset;
  }
  return time;
}

} // namespace ollama
} // namespace logos::net
