// SPDX-License-Identifier: MIT
#include "actors/administration/views.hpp"

#include "actors/administration/event_stats.hpp"
#include "actors/administration/rights.hpp"
#include "actors/catalog/passages.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <unordered_map>

namespace logos::administration {
namespace {

using core::ec;

constexpr std::uint32_t most_tickets = 10'000; // of those who wait, at all providers

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

/// `3 in flight, 2 waiting…` is how a SCHEDULER describes itself.
std::int64_t count_before(std::string_view text, std::string_view word) {
  const auto at = text.find(word);
  if (at == text.npos) return 0;
  auto begin = at;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9')
    --begin;
  std::int64_t n = 0;
  std::from_chars(text.data() + begin, text.data() + at, n);
  return n;
}

/// Upstream's three queues: each priority counts to the one of whose it is nearest.
enum class level : std::uint8_t { low, normal, high };
level level_of(core::priority p) {
  if (p <= (core::priority_low + core::priority_mid) / 2) return level::low;
  return p <= (core::priority_mid + core::priority_high) / 2 ? level::normal : level::high;
}

/// A deployment as upstream shows a model. Who runs there is known to the I/O threads alone.
std::string model_state(const catalog::deployment& d, const scheduling::outlook* known,
                        const actors::queue_page& queue) {
  auto capacity = d.provider->parallel;
  for (const auto& [id, own] : d.provider->parallel_of)
    if (id == d.id) capacity = own;
  if (capacity == 0 && known != nullptr) // nobody says: what its server takes, as far as that is known
    if (const auto places = known->places.load(std::memory_order_relaxed); places != UINT32_MAX) capacity = places;
  std::uint32_t active = known == nullptr ? 0 : known->taken.load(std::memory_order_relaxed);
  std::uint32_t depth = 0;
  std::array<std::uint32_t, 3> by_level{};
  for (const auto& t : queue.tickets) {
    if (t.expects.deployment_id != d.id || t.deferred) continue;
    ++depth;
    ++by_level[static_cast<std::size_t>(level_of(t.counts_as))];
    active = std::max(active, t.expects.in_use);
  }
  if (known != nullptr && queue.tickets.size() >= most_tickets) // there are more than were asked for
    depth = std::max(depth, known->waiting.load(std::memory_order_relaxed));
  std::string out = "\"" + std::to_string(d.model->id) + R"(":{"model_name":)" + core::json_string(d.model->name);
  const auto number = [&out](std::string_view name, std::uint32_t value) {
    out.append(name).append(std::to_string(value));
  };
  number(R"(,"active":)", active);
  number(R"(,"max_capacity":)", capacity);
  number(R"(,"queue_depth":)", depth);
  number(R"(,"queue_depth_breakdown":{"low":)", by_level[static_cast<std::size_t>(level::low)]);
  number(R"(,"normal":)", by_level[static_cast<std::size_t>(level::normal)]);
  number(R"(,"high":)", by_level[static_cast<std::size_t>(level::high)]);
  return out + R"(},"active_request_ids":[]})";
}

/// Those who wait, and whose requests the caller may see; each where it waits first.
std::string tracked(const call& c, const actors::queue_page& queue) {
  const auto own = requests_of(c);
  std::unordered_map<std::int64_t, std::int64_t> users;
  for (const auto& p : c.snapshot->principals)
    users.emplace(p.process_id, p.user_id);
  std::set<std::string> told;
  std::string out;
  for (const auto& t : queue.tickets) {
    const auto user = users.find(t.process_id);
    if (!own.covers(t.process_id, user == users.end() ? 0 : user->second)) continue;
    const auto* d = c.snapshot->find_deployment(t.expects.deployment_id);
    if (d == nullptr || catalog::is_passage(*d) || !told.insert(t.request.str()).second) continue;
    out.append(out.empty() ? "" : ",").append(core::json_string(t.request.str())).append(R"(:{"model_id":)");
    out.append(std::to_string(d->model->id)).append(R"(,"provider_id":)").append(std::to_string(t.expects.provider_id));
    out.append(R"(,"priority":)").append(std::to_string(t.priority)).append(R"(,"arrival_age_s":)");
    out.append(decimal(static_cast<double>(t.expects.waited_us) / 1e6)).append(R"(,"processing_age_s":null})");
  }
  return out;
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

actors::queue_question everybody_waiting(const call& c) {
  actors::queue_question asked;
  asked.limit = most_tickets;
  for (const auto& d : c.snapshot->deployments)
    asked.deployments.push_back(d.id);
  std::sort(asked.deployments.begin(), asked.deployments.end());
  return asked;
}

outcome show_forward_host(const call& c) {
  auto host = c.request().find("x-forwarded-host");
  if (host.empty()) host = c.request().find("forwarded");
  return to_outcome(200, R"({"host":)" + (host.empty() ? std::string{"null"} : core::json_string(host)) + "}");
}

outcome scheduler_state(const call& c, const observations& seen, std::span<const actors::actor_status> all,
                        const actors::queue_page& queue, const scheduling::outlooks* outlooks) {
  const auto& catalog = *c.snapshot;
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
      if (d.provider != &p || catalog::is_passage(d) || !reaches(c, d.model->id, p.id)) continue;
      const auto known = outlooks == nullptr ? nullptr : outlooks->find(d.id);
      models.append(models.empty() ? "" : ",").append(model_state(d, known.get(), queue));
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
                             R"(}},"tracked_requests":{)" + tracked(c, queue) + "}}");
}

} // namespace logos::administration
