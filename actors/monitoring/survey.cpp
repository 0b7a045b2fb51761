// SPDX-License-Identifier: MIT
#include "actors/monitoring/survey.hpp"

#include "net/dialects/ollama.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace logos::monitoring {
namespace {

namespace ollama = net::ollama;

constexpr std::string_view listing_path = "/v1/models";
constexpr std::uint32_t seldom = 12;         // rounds: a minute at the regular interval
constexpr std::uint32_t rounds_of_grace = 2; // a busy server may be late once

} // namespace

survey::survey(std::int64_t provider_id, core::provider_type type) : type_{type} { seen_.provider_id = provider_id; }

std::vector<std::string> survey::begin_round() {
  answered_ = refused_ = false;
  remark_.clear();
  failure_.clear();
  if (!ollama()) return {std::string{listing_path}};
  std::vector<std::string> paths{std::string{ollama::loaded_models_path}};
  if (rounds_++ % seldom == 0) {
    paths.emplace_back(ollama::version_path);
    paths.emplace_back(ollama::known_models_path);
  }
  return paths;
}

void survey::take(std::string_view path, const probe_answer& answer) {
  if (answer.status == 0) {
    refused_ = refused_ || answer.error == core::ec::upstream_unreachable;
    failure_ = answer.message.empty() ? std::string{to_string(answer.error)} : answer.message;
    return;
  }
  answered_ = true;
  if (answer.status == 401 || answer.status == 403)
    return note("answers, but refuses the key (" + std::to_string(answer.status) + ")");
  if (answer.status >= 400) return note("answers " + std::string{path} + " with " + std::to_string(answer.status));
  if (ollama())
    take_ollama(path, answer);
  else
    take_listing(answer);
}

const actors::provider_observation& survey::end_round() {
  if (answered_) {
    late_ = 0;
    seen_.reachable = true;
    seen_.detail = remark_.empty() ? version_ : remark_;
    return seen_;
  }
  ++late_;
  if (!refused_ && late_ < rounds_of_grace && seen_.reachable) return seen_;
  seen_.reachable = false;
  seen_.detail = failure_.empty() ? "no answer in time" : failure_;
  seen_.loaded_models.clear();
  seen_.vram_used_bytes = 0;
  rounds_ = 0;
  return seen_;
}

void survey::take_ollama(std::string_view path, const probe_answer& answer) {
  if (path == ollama::version_path) {
    if (auto version = ollama::parse_version(answer.body))
      version_ = "Ollama " + *version;
    else
      note(version.error().message);
  } else if (path == ollama::known_models_path) {
    auto known = ollama::parse_known_models(answer.body);
    if (!known) return note(known.error().message);
    seen_.listed_models.clear();
    for (auto& model : *known)
      seen_.listed_models.push_back(std::move(model.name));
    std::sort(seen_.listed_models.begin(), seen_.listed_models.end());
  } else {
    auto loaded = ollama::parse_loaded_models(answer.body);
    if (!loaded) return note(loaded.error().message);
    seen_.loaded_models.clear();
    seen_.vram_used_bytes = 0;
    for (auto& model : *loaded) {
      seen_.vram_used_bytes += static_cast<std::uint64_t>(std::max<std::int64_t>(model.size_vram_bytes, 0));
      seen_.loaded_models.push_back(std::move(model.name));
    }
    std::sort(seen_.loaded_models.begin(), seen_.loaded_models.end());
  }
}

void survey::take_listing(const probe_answer& answer) {
  seen_.listed_models = parse_model_list(answer.body);
  std::sort(seen_.listed_models.begin(), seen_.listed_models.end());
}

void survey::note(std::string text) {
  if (remark_.empty()) remark_ = std::move(text);
}

std::vector<std::string> parse_model_list(std::string_view json) {
  std::vector<std::string> ids;
  simdjson::dom::parser parser;
  simdjson::dom::array models;
  if (parser.parse(json.data(), json.size())["data"].get(models) != simdjson::SUCCESS) return ids;
  for (const auto model : models) {
    std::string_view id;
    if (model["id"].get(id) == simdjson::SUCCESS) ids.emplace_back(id);
  }
  return ids;
}

} // namespace logos::monitoring
