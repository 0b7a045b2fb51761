// SPDX-License-Identifier: MIT
#include "actors/administration/provider_state.hpp"

#include "actors/catalog/passages.hpp"
#include "actors/monitoring/experience.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

constexpr std::uint32_t prompt_lengths[] = {100, 1'000, 10'000};

/// A JSON object that is written member by member.
class object {
public:
  explicit object(std::string& out) : out_{out} { out_ += '{'; }
  object(const object&) = delete;
  object& operator=(const object&) = delete;
  ~object() { out_ += '}'; }

  std::string& member(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    return out_.append(core::json_string(name)).append(":");
  }
  void text(std::string_view name, std::string_view value) { member(name) += core::json_string(value); }
  /// Null unless it is known.
  void number(std::string_view name, std::int64_t value, bool known = true) {
    member(name) += known ? std::to_string(value) : "null";
  }

private:
  std::string& out_;
};

std::int64_t per_second(std::int64_t ns) { return ns > 0 ? (1'000'000'000 + ns / 2) / ns : 0; }

void write_memory(std::string& out, const actors::provider_observation& seen) {
  out += '[';
  for (const auto& m : seen.loaded_models) {
    if (out.back() == '}') out += ',';
    object row{out};
    row.text("model", m.name);
    row.number("bytes", static_cast<std::int64_t>(m.bytes));
    row.number("vram_bytes", static_cast<std::int64_t>(m.vram_bytes));
    row.number("expires_in_s", m.expires_in_us / 1'000'000, m.expires_in_us >= 0);
  }
  out += ']';
}

void write_deployment(std::string& out, const catalog::deployment& d, const actors::learned& known) {
  object row{out};
  row.number("id", d.id);
  row.text("model", d.model->name);
  row.text("upstream", d.upstream_name);
  row.text("residence", to_string(d.residence));
  row.number("calls", static_cast<std::int64_t>(known.calls));
  row.number("error_permille", known.error_permille, known.calls > 0);
  row.number("load_ms", known.load_us / 1'000, known.load_us > 0);
  row.number("memory_bytes", static_cast<std::int64_t>(known.bytes), known.bytes > 0);
  row.number("prompt_tokens_per_s", per_second(known.prompt_token_ns), known.prompt_token_ns > 0);
  row.number("answer_tokens_per_s", per_second(known.answer_token_ns), known.answer_token_ns > 0);
  auto& first = row.member("first_token_ms");
  if (known.first_token_us == 0 && known.prompt_token_ns == 0) {
    first += "null";
    return;
  }
  object by_length{first};
  for (const auto tokens : prompt_lengths)
    by_length.number(std::to_string(tokens), monitoring::expected_first_token_us(known, tokens) / 1'000);
}

} // namespace

outcome show_provider_state(const call& c, const observations& seen) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  const auto* const provider = c.snapshot ? c.snapshot->find_provider(*id) : nullptr;
  if (provider == nullptr)
    return to_problem({core::ec::resource_not_found, "There is no provider " + std::to_string(*id) + "."});
  static const actors::provider_observation nothing;
  const auto at = seen.find(*id);
  const auto& last = at == seen.end() ? nothing : at->second;
  std::string body;
  {
    object all{body};
    all.number("id", *id);
    all.text("name", provider->name);
    all.member("reachable") += at == seen.end() ? "null" : last.reachable ? "true" : "false";
    all.text("detail", last.detail);
    all.text("server", last.server);
    all.number("running", last.running, last.running >= 0);
    all.number("waiting", last.waiting, last.waiting >= 0);
    all.number("slots", last.slots, last.slots >= 0);
    all.number("kv_used_permille", last.kv_used_permille, last.kv_used_permille >= 0);
    all.number("memory_used_bytes", static_cast<std::int64_t>(last.vram_used_bytes));
    auto& memory = all.member("memory");
    if (last.lists_memory)
      write_memory(memory, last);
    else
      memory += "null";
    auto& deployments = all.member("deployments");
    deployments += '[';
    for (const auto& d : c.snapshot->deployments) {
      if (d.provider != provider || catalog::is_passage(d)) continue;
      if (deployments.back() == '}') deployments += ',';
      const auto known = std::find_if(last.experience.begin(), last.experience.end(),
                                      [&](const auto& x) { return x.deployment_id == d.id; });
      write_deployment(deployments, d, known == last.experience.end() ? actors::learned{} : *known);
    }
    deployments += ']';
  }
  return to_outcome(200, std::move(body));
}

} // namespace logos::administration
