// SPDX-License-Identifier: MIT
#include "actors/administration/views.hpp"

#include "actors/administration/rights.hpp"

#include <algorithm>
#include <charconv>

namespace logos::administration {
namespace {

using core::ec;

std::string model_json(const catalog::model& m, core::wall_time created) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(created).time_since_epoch().count();
  return R"({"id":)" + core::json_string(m.name) + R"(,"object":"model","created":)" + std::to_string(seconds) +
         R"(,"owned_by":"logos"})";
}

bool usable(const call& c, const catalog::profile* profile, const catalog::model& m) {
  const auto all = c.snapshot->deployments_of(m.id);
  return std::any_of(all.begin(), all.end(),
                     [&](const auto* d) { return catalog::snapshot::permits(*c.who, profile, *d); });
}

std::string_view provider_state(const catalog::provider& p, const observations& seen) {
  const auto at = seen.find(p.id);
  return at == seen.end() ? "unknown" : at->second.reachable ? "up" : "down";
}

/// A model is up when one of its providers is, and down when all are.
std::string model_health(const catalog::snapshot& in, const catalog::model& m, const observations& seen) {
  std::string providers;
  std::string_view state = "down";
  for (const auto* d : in.deployments_of(m.id)) {
    const auto there = provider_state(*d->provider, seen);
    if (there == "up" || (there == "unknown" && state == "down")) state = there;
    providers.append(providers.empty() ? "" : ",").append(R"({"name":)").append(core::json_string(d->provider->name));
    providers.append(R"(,"state":")").append(there).append("\"}");
  }
  return R"({"name":)" + core::json_string(m.name) + R"(,"state":")" + std::string{state} + R"(","providers":[)" +
         providers + "]}";
}

} // namespace

outcome list_models(const call& c, core::wall_time created) {
  const auto profile = chosen_profile(c);
  if (!profile) return to_openai_error(profile.error());
  std::vector<const catalog::model*> models;
  for (const auto& m : c.snapshot->models)
    if (usable(c, *profile, m)) models.push_back(&m);
  std::sort(models.begin(), models.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  std::string data;
  for (const auto* m : models)
    data.append(data.empty() ? "" : ",").append(model_json(*m, created));
  return to_outcome(200, R"({"object":"list","data":[)" + data + "]}");
}

outcome show_model(const call& c, core::wall_time created) {
  const auto profile = chosen_profile(c);
  if (!profile) return to_openai_error(profile.error());
  const auto* m = c.snapshot->find_model(c.path.front());
  if (m != nullptr && usable(c, *profile, *m)) return to_outcome(200, model_json(*m, created));
  return to_openai_error(
      {ec::model_not_found,
       "The model '" + c.path.front().substr(0, 200) + "' does not exist or this key may not use it.", "model"});
}

outcome show_health(const catalog::snapshot* catalog, const observations& seen, const node_facts& self,
                    core::wall_time now) {
  std::string models;
  if (catalog != nullptr)
    for (const auto& m : catalog->models)
      models.append(models.empty() ? "" : ",").append(model_health(*catalog, m, seen));
  const auto uptime = std::chrono::floor<std::chrono::seconds>(now - self.started).count();
  return to_outcome(200, R"({"status":"ok","node":)" + core::json_string(self.node) + R"(,"version":)" +
                             core::json_string(self.version) + R"(,"uptime_s":)" + std::to_string(uptime) +
                             R"(,"models":[)" + models + "]}");
}

outcome list_actors(std::span<const actors::actor_status> all) {
  std::string data;
  const auto text = [&](std::string_view name, const std::string& value) {
    data.append("\"").append(name).append("\":").append(core::json_string(value)).append(",");
  };
  const auto number = [&](std::string_view name, std::uint64_t value, char behind) {
    data.append("\"").append(name).append("\":").append(std::to_string(value)) += behind;
  };
  for (const auto& a : all) {
    data += data.empty() ? "{" : ",{";
    text("name", a.name);
    text("kind", a.kind);
    text("node", a.node);
    text("state", a.state);
    text("parent", a.parent);
    number("mailbox", a.mailbox, ',');
    number("messages", a.messages, ',');
    number("busy_us", a.busy_us, ',');
    number("restarts", a.restarts, '}');
  }
  return to_outcome(200, R"({"actors":[)" + data + "]}");
}

outcome show_forward_host(const call& c) {
  auto host = c.request().find("x-forwarded-host");
  if (host.empty()) host = c.request().find("forwarded");
  return to_outcome(200, R"({"host":)" + (host.empty() ? std::string{"null"} : core::json_string(host)) + "}");
}

outcome scheduler_state(const call& c, const observations& seen, std::span<const actors::actor_status> all) {
  const auto& catalog = *c.snapshot;
  // `3 in flight, 2 waiting…` is how a SCHEDULER describes itself.
  const auto count_before = [](std::string_view text, std::string_view word) -> std::int64_t {
    const auto at = text.find(word);
    if (at == text.npos) return 0;
    auto begin = at;
    while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9')
      --begin;
    std::int64_t n = 0;
    std::from_chars(text.data() + begin, text.data() + at, n);
    return n;
  };
  std::int64_t waiting = 0;
  std::string providers;
  for (const auto& p : catalog.providers) {
    const auto at = std::find_if(all.begin(), all.end(), [&](const actors::actor_status& a) {
      return a.kind == "scheduler" && a.name == "scheduler/" + p.name;
    });
    const auto state = at == all.end() ? std::string{} : at->state;
    const auto queued = count_before(state, " waiting");
    std::string models;
    for (const auto& d : catalog.deployments) {
      if (d.provider != &p || !reaches(c, d.model->id, p.id)) continue;
      auto capacity = p.parallel;
      for (const auto& [id, own] : p.parallel_of)
        if (id == d.id) capacity = own;
      models.append(models.empty() ? "\"" : ",\"").append(std::to_string(d.model->id)).append(R"(":{"model_name":)");
      models.append(core::json_string(d.model->name)).append(R"(,"max_capacity":)").append(std::to_string(capacity)) +=
          "}";
    }
    if (models.empty() && !administers(c)) continue;
    waiting += queued;
    const auto known = seen.find(p.id);
    providers.append(providers.empty() ? "\"" : ",\"").append(std::to_string(p.id)).append(R"(":{"name":)");
    providers.append(core::json_string(p.name));
    if (administers(c)) providers.append(R"(,"base_url":)").append(core::json_string(p.base_url));
    providers.append(R"(,"reachable":)");
    providers.append(known == seen.end() ? "null" : known->second.reachable ? "true" : "false");
    providers.append(R"(,"active":)").append(std::to_string(count_before(state, " in flight")));
    providers.append(R"(,"queue_depth":)").append(std::to_string(queued)).append(R"(,"models":{)").append(models) +=
        "}}";
  }
  return to_outcome(200, R"({"queue_total":)" + std::to_string(waiting) + R"(,"ollama":{"providers":{)" + providers +
                             R"(}},"tracked_requests":{}})");
}

} // namespace logos::administration
