// SPDX-License-Identifier: MIT
#include "actors/administration/views.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

std::string model_json(const catalog::model& m, core::wall_time created) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(created).time_since_epoch().count();
  return R"({"id":)" + core::json_string(m.name) + R"(,"object":"model","created":)" + std::to_string(seconds) +
         R"(,"owned_by":"logos"})";
}

bool usable(const call& c, const catalog::profile* profile, const catalog::model& m) {
  return catalog::snapshot::permits(*c.who, profile, m.id) && !c.snapshot->deployments_of(m.id).empty();
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

} // namespace logos::administration
