// SPDX-License-Identifier: MIT
#include "simulator/spec.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace logos::simulator {
namespace {

core::failure unreadable(std::string why) { return {.code = core::ec::bad_field, .message = std::move(why)}; }

using std::chrono::milliseconds;

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number n{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The parameters in 10⁹ that a name like `gemma3:4b` tells, 0 if it tells none.
double billions(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] < '0' || name[i] > '9' || (i > 0 && name[i - 1] != ':' && name[i - 1] != '-')) continue;
    double n = 0;
    const auto [end, error] = std::from_chars(name.data() + i, name.data() + name.size(), n);
    if (error == std::errc{} && end != name.data() + name.size() && (*end == 'b' || *end == 'm'))
      return *end == 'b' ? n : n / 1000;
  }
  return 0;
}

/// Sets one option of a model; false if the key is unknown or the value is wrong.
bool set_option(model_spec& m, std::string_view key, std::string_view value) {
  const auto assign = [&](auto& field) {
    const auto n = number_of<std::remove_reference_t<decltype(field)>>(value);
    if (n && *n >= 0) field = *n;
    return n && *n >= 0;
  };
  if (key == "size") return assign(m.size_mb);
  if (key == "vram") return assign(m.vram_mb);
  if (key == "prefill") return assign(m.prefill_tokens_per_s);
  if (key == "speed") return assign(m.tokens_per_s);
  if (key == "parallel") return assign(m.parallel);
  if (key == "context") return assign(m.context);
  if (key == "dim") return assign(m.embedding_dim) && m.embedding_dim > 0 && m.embedding_dim <= 8192;
  if (key == "tokens") return assign(m.answer_tokens);
  if (key == "load" || key == "unload") {
    const auto d = parse_duration(value);
    if (!d || *d < milliseconds{0}) return false;
    (key == "load" ? m.load_time : m.unload_time) = *d;
    return true;
  }
  if (key == "can") {
    m.capabilities.clear();
    for (std::size_t at = 0; at <= value.size();) {
      const auto end = std::min(value.find('+', at), value.size());
      m.capabilities.emplace_back(value.substr(at, end - at));
      at = end + 1;
    }
    return true;
  }
  return false;
}

} // namespace

std::string_view to_string(flavour f) {
  switch (f) {
  case flavour::openai: return "openai";
  case flavour::azure: return "azure";
  case flavour::ollama: return "ollama";
  }
  return "?";
}

bool model_spec::can(std::string_view capability) const {
  return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

model_spec default_model(flavour api, std::string name) {
  model_spec m;
  m.name = std::move(name);
  m.family = m.name.substr(0, m.name.find_first_of(":-/"));
  const bool embeds = contains(m.name, "embed");
  if (embeds)
    m.capabilities = {"embedding"};
  else
    m.capabilities = {"completion", "tools"};
  if (contains(m.name, "gpt-4o") || contains(m.name, "gemma3") || contains(m.name, "vision"))
    m.capabilities.emplace_back("vision");
  if (embeds) m.embedding_dim = api == flavour::ollama ? 768 : 1536;
  if (api != flavour::ollama) {
    m.context = 128'000;
    m.prefill_tokens_per_s = 20'000;
    m.tokens_per_s = contains(m.name, "mini") ? 120 : 80;
    return m;
  }
  const double size = std::max(billions(m.name), embeds ? 0.14 : 1.0);
  m.size_mb = static_cast<std::uint64_t>(size * 700);
  m.vram_mb = static_cast<std::uint64_t>(size * 800) + 300;
  m.load_time = milliseconds{400 + static_cast<int>(size * 350)};
  m.prefill_tokens_per_s = 6000 / size;
  m.tokens_per_s = 300 / (size + 1);
  m.parallel = 4;
  return m;
}

std::vector<model_spec> default_models(flavour api) {
  std::vector<model_spec> models;
  if (api == flavour::ollama) {
    for (const auto* name : {"gemma3:4b", "qwen3:8b", "llama3.2:3b", "nomic-embed-text"})
      models.push_back(default_model(api, name));
  } else {
    for (const auto* name : {"gpt-4o-mini", "gpt-4o", "text-embedding-3-small", "gpt-image-1", "whisper-1", "tts-1",
                             "omni-moderation-latest"})
      models.push_back(default_model(api, name));
  }
  return models;
}

fleet_spec demo_fleet() {
  provider_spec small;
  small.name = "sim-gpu-1";
  small.api = flavour::ollama;
  small.total_vram_mb = 8192;
  small.seed = 11;
  for (const auto* name : {"gemma3:4b", "llama3.2:3b", "nomic-embed-text"})
    small.models.push_back(default_model(small.api, name));

  provider_spec large;
  large.name = "sim-gpu-2";
  large.api = flavour::ollama;
  large.total_vram_mb = 24'576;
  large.seed = 12;
  for (const auto* name : {"gemma3:4b", "qwen3:8b", "qwen3:14b", "nomic-embed-text"})
    large.models.push_back(default_model(large.api, name));

  provider_spec cloud;
  cloud.name = "sim-cloud";
  cloud.seed = 13;
  cloud.models = default_models(cloud.api);
  return {std::move(small), std::move(large), std::move(cloud)};
}

boost::system::result<model_spec, core::failure> parse_model(flavour api, std::string_view text) {
  auto name = text;
  std::string_view options;
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos && contains(text.substr(colon), "=")) {
    name = text.substr(0, colon);
    options = text.substr(colon + 1);
  }
  if (name.empty()) return unreadable("the model '" + std::string{text} + "' has no name");
  auto model = default_model(api, std::string{name});
  while (!options.empty()) {
    const auto option = options.substr(0, options.find(','));
    options.remove_prefix(std::min(option.size() + 1, options.size()));
    const auto equals = option.find('=');
    if (equals == std::string_view::npos || !set_option(model, option.substr(0, equals), option.substr(equals + 1)))
      return unreadable("'" + std::string{option} + "' in the model '" + std::string{text} +
                        "' is not one of size=MB, vram=MB, load=TIME, unload=TIME, prefill=TOKENS_PER_S, "
                        "speed=TOKENS_PER_S, parallel=N, "
                        "context=TOKENS, tokens=N, dim=N, can=completion+tools");
  }
  return model;
}

boost::system::result<milliseconds, core::failure> parse_duration(std::string_view text) {
  double n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  double factor = 1000;
  if (unit == "ms")
    factor = 1;
  else if (unit == "m")
    factor = 60'000;
  else if (unit == "h")
    factor = 3'600'000;
  else if (!unit.empty() && unit != "s")
    factor = 0;
  if (error != std::errc{} || factor == 0 || !(n * factor < 1e12))
    return unreadable("'" + std::string{text} + "' is not a time like 250ms, 3s, 5m or -1");
  return n < 0 ? milliseconds{-1} : milliseconds{static_cast<std::int64_t>(n * factor)};
}

} // namespace logos::simulator
