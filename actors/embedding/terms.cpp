// SPDX-License-Identifier: MIT
#include "actors/embedding/terms.hpp"

#include "core/fingerprint.hpp"

#include <algorithm>
#include <charconv>

namespace logos::embedding {
namespace {

std::string told(std::string_view name) { return "'" + std::string{name} + "'"; }

/// By name, else by id; why there is none is told in `trouble`.
const catalog::principal* find_process(const catalog::snapshot& in, const std::string& text, std::string& trouble) {
  const catalog::principal* named = nullptr;
  for (const auto& p : in.principals) {
    if (p.name != text) continue;
    if (named != nullptr) {
      trouble = "several processes are called " + told(text) + ": give the id of one";
      return nullptr;
    }
    named = &p;
  }
  if (named != nullptr) return named;
  std::int64_t id = 0;
  const auto* end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, id); read.ec == std::errc{} && read.ptr == end)
    for (const auto& p : in.principals)
      if (p.process_id == id) return &p;
  trouble = "there is no process " + told(text);
  return nullptr;
}

std::int64_t space_of(const terms& of) {
  std::vector<std::string> names;
  for (const auto* d : of.places)
    names.push_back(d->upstream_name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  auto text = of.model;
  for (const auto& name : names)
    text.append("\n").append(name);
  return static_cast<std::int64_t>(core::fingerprint(0, text).low());
}

} // namespace

terms terms_of(const catalog::snapshot& in, const classification::embedding_rules& by) {
  terms out;
  const auto* who = find_process(in, by.process, out.trouble);
  if (who == nullptr) return out;
  if (who->log == core::log_level::full) {
    out.trouble =
        "the process " + told(who->name) + " has log level FULL, which would store others' prompts: set it to BILLING";
    return out;
  }
  const auto* m = in.find_model(by.model);
  if (m == nullptr) {
    out.trouble = "there is no model " + told(by.model);
    return out;
  }
  if (!classification::can_do(*m, {.capabilities = {core::capability::embeddings}})) {
    out.trouble = "the model " + told(m->name) + " has no 'embeddings' among its capabilities";
    return out;
  }
  if (!catalog::snapshot::permits(*who, who->find_profile(0), m->id)) {
    out.trouble = "the process " + told(who->name) + " may not use the model " + told(m->name) +
                  ": give its first profile the permission";
    return out;
  }
  const auto all = in.deployments_of(m->id);
  if (all.empty()) {
    out.trouble = "no enabled provider serves the model " + told(m->name);
    return out;
  }
  out.model = m->name;
  out.process_id = who->process_id;
  out.places.assign(all.begin(), all.end());
  out.space = space_of(out);
  return out;
}

bool may_see(const classification::selection_input& prompt, const terms& of) {
  return std::all_of(of.places.begin(), of.places.end(), [&](const catalog::deployment* d) {
    const auto provider = d->provider->id;
    return classification::admits(prompt.policy, *d) &&
           (prompt.profile == nullptr || prompt.profile->allows(provider)) &&
           (prompt.provider_id == 0 || prompt.provider_id == provider);
  });
}

std::string hard_filters(const catalog::policy* of) {
  static const catalog::policy none{};
  const auto& p = of != nullptr ? *of : none;
  return "logos-v1__policy_privacy=" + std::string{to_string(p.threshold_privacy)} +
         "_cost=" + std::to_string(p.threshold_cost);
}

} // namespace logos::embedding
