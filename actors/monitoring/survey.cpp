// SPDX-License-Identifier: MIT
#include "actors/monitoring/survey.hpp"

#include "actors/monitoring/versions.hpp"
#include "net/dialects/ollama.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace logos::monitoring {
namespace {

namespace ollama = net::ollama;

constexpr std::string_view listing_path = "/v1/models";
constexpr std::string_view metrics_path = "/metrics";
constexpr std::string_view server_version_path = "/version"; // vLLM
constexpr std::string_view properties_path = "/props";       // llama.cpp
constexpr std::string_view slots_path = "/slots";
constexpr std::chrono::seconds seldom{60};
constexpr std::chrono::seconds again_after{5}; // where something was missing
constexpr std::string_view open_to_all = "everybody can use it: it has a public address and asks for no key";
constexpr std::uint32_t rounds_of_grace = 2; // a busy server may be late once

/// A request makes a model stay longer. Servers work out what is left anew for each answer, so that it differs a
/// little.
bool same_stay(const std::pair<std::string, core::wall_time>& a, const std::pair<std::string, core::wall_time>& b) {
  return a.first == b.first && std::chrono::abs(a.second - b.second) < std::chrono::seconds{1};
}

} // namespace

survey::survey(std::int64_t provider_id, core::provider_type type, bool exposed)
    : type_{type},
      exposed_{exposed},
      kind_{usual_kind()} {
  seen_.provider_id = provider_id;
}

std::vector<std::string> survey::begin_round(core::steady_time now, core::wall_time wall) {
  answered_ = refused_ = told_memory_ = stirs_ = recognised_ = false;
  load_ = {};
  remark_.clear();
  failure_.clear();
  begun_ = now;
  whole_ = !whole_at_ || now - *whole_at_ >= (knows_all() ? seldom : again_after);
  wall_ = wall;
  if (!ollama()) {
    std::vector<std::string> paths{std::string{listing_path}};
    // Only a server that has said what it is, is asked for what others would not understand.
    if (kind_ != server_kind::unknown) paths.emplace_back(metrics_path);
    if (kind_ == server_kind::llama_cpp) paths.emplace_back(slots_path);
    if (kind_ != server_kind::unknown && whole_)
      paths.emplace_back(kind_ == server_kind::vllm ? server_version_path : properties_path);
    return paths;
  }
  std::vector<std::string> paths{std::string{ollama::loaded_models_path}};
  if (whole_) {
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
  if (take_extra(path, answer)) return;
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
    if (whole_) whole_at_ = begun_;
    seen_.reachable = true;
    seen_.server = version_;
    seen_.detail = remark_.empty() ? version_ : remark_;
    if (!advice_.empty()) seen_.detail += (seen_.detail.empty() ? "" : "; ") + advice_;
    if (!ollama()) take_load();
    return seen_;
  }
  ++late_;
  stirs_ = busy(); // it may be late because it works
  if (!refused_ && late_ < rounds_of_grace && seen_.reachable) {
    seen_.running = seen_.waiting = seen_.kv_used_permille = -1; // nobody knows now
    return seen_;
  }
  seen_.reachable = false;
  seen_.detail = failure_.empty() ? "no answer in time" : failure_;
  seen_.loaded_models.clear();
  seen_.lists_memory = false;
  seen_.running = seen_.waiting = seen_.slots = seen_.kv_used_permille = -1;
  seen_.vram_used_bytes = 0;
  whole_at_.reset();
  forget_kind();
  if (!ollama()) seen_.listed_models.clear(); // by which another server in its place would seem to be known
  return seen_;
}

void survey::forget_kind() {
  if (ollama()) return;
  kind_ = usual_kind();
  version_.clear();
  seen_.slots = -1;
}

server_kind survey::usual_kind() const {
  return type_ == core::provider_type::vllm ? server_kind::vllm : server_kind::unknown;
}

bool survey::knows_all() const {
  if (ollama()) return !version_.empty();
  return kind_ != server_kind::llama_cpp || seen_.slots >= 0;
}

void survey::take_ollama(std::string_view path, const probe_answer& answer) {
  if (path == ollama::version_path) {
    if (auto version = ollama::parse_version(answer.body)) {
      version_ = "Ollama " + *version;
      advice_ = remark_on_ollama(*version);
      if (exposed_) advice_ += (advice_.empty() ? "" : "; ") + std::string{open_to_all};
    } else
      note(version.error().message);
  } else if (path == ollama::known_models_path) {
    auto known = ollama::parse_known_models(answer.body);
    if (!known) return note(known.error().message);
    seen_.listed_models.clear();
    seen_.listed_bytes.clear();
    std::sort(known->begin(), known->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (auto& model : *known) {
      seen_.listed_models.push_back(std::move(model.name));
      seen_.listed_bytes.push_back(static_cast<std::uint64_t>(std::max<std::int64_t>(model.size_bytes, 0)));
    }
  } else {
    auto loaded = ollama::parse_loaded_models(answer.body);
    if (!loaded) return note(loaded.error().message);
    seen_.loaded_models.clear();
    seen_.vram_used_bytes = 0;
    std::vector<std::pair<std::string, core::wall_time>> memory;
    for (auto& model : *loaded) {
      memory.emplace_back(model.name, model.expires_at);
      const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(model.size_bytes, 0));
      const auto vram = static_cast<std::uint64_t>(std::max<std::int64_t>(model.size_vram_bytes, 0));
      seen_.vram_used_bytes += vram;
      const auto left =
          model.expires_at == core::wall_time{} ? -1 : std::max<std::int64_t>((model.expires_at - wall_).count(), 0);
      seen_.loaded_models.push_back({std::move(model.name), bytes, vram, 0, left});
    }
    std::sort(seen_.loaded_models.begin(), seen_.loaded_models.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(memory.begin(), memory.end());
    stirs_ = seen_.lists_memory && !std::equal(memory.begin(), memory.end(), memory_.begin(), memory_.end(), same_stay);
    memory_ = std::move(memory);
    seen_.lists_memory = told_memory_ = true;
  }
}

void survey::take_listing(const probe_answer& answer) {
  seen_.listed_models = parse_model_list(answer.body);
  std::sort(seen_.listed_models.begin(), seen_.listed_models.end());
  const bool batches = type_ == core::provider_type::vllm || type_ == core::provider_type::custom;
  const auto kind = batches ? recognise(answer.body) : server_kind::unknown;
  // A list that cannot be read, or has nothing in it, tells nothing.
  if (kind == server_kind::unknown && (seen_.listed_models.empty() || kind_ == usual_kind())) return;
  if (kind != kind_) {
    forget_kind();
    if (kind == server_kind::unknown) return;
    kind_ = kind;
    whole_at_.reset();
    // The next round asks for what only such a server has: but not for ever where two kinds answer in turns.
    recognised_ = !recognised_at_ || begun_ - *recognised_at_ >= seldom;
    if (recognised_) recognised_at_ = begun_;
    whole_ = false; // what such a one has was not asked
  }
  if (version_.empty()) version_ = name_of(kind);
}

/// What this round has said of how busy it is, and nothing that an earlier one has.
void survey::take_load() {
  const auto moved = [](std::int64_t before, std::int64_t now) { return before >= 0 && now >= 0 && before != now; };
  const bool late = busy() && load_.running < 0 && load_.waiting < 0; // what works most answers last
  stirs_ = recognised_ || late || load_.running > 0 || load_.waiting > 0 || moved(seen_.running, load_.running) ||
           moved(seen_.waiting, load_.waiting);
  seen_.running = load_.running;
  seen_.waiting = load_.waiting;
  seen_.kv_used_permille = load_.kv_used_permille;
  if (load_.slots >= 0 && kind_ == server_kind::llama_cpp) seen_.slots = load_.slots;
}

/// Whether the path is one of those that a server need not have.
bool survey::take_extra(std::string_view path, const probe_answer& answer) {
  const bool version = path == server_version_path, properties = path == properties_path;
  if (!version && !properties && path != metrics_path && path != slots_path) return false;
  if (answer.status != 200) return true;
  std::string build;
  if (version) {
    if (auto number = ollama::parse_version(answer.body)) build = std::move(*number);
  } else if (properties) {
    build = read_props(answer.body, load_);
  } else if (path == slots_path) {
    read_slots(answer.body, load_);
  } else {
    read_metrics(answer.body, load_);
  }
  // The list may have said in between that another one is there.
  if (!build.empty() && kind_ == (version ? server_kind::vllm : server_kind::llama_cpp))
    version_ = std::string{name_of(kind_)} + " " + build;
  return true;
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
