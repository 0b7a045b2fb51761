// SPDX-License-Identifier: MIT
#include "actors/scheduling/memory.hpp"

#include "net/dialects/ollama.hpp"

#include <algorithm>

namespace logos::scheduling {
namespace {

using actors::residence;
using std::chrono::microseconds;
using stage = residency::stage;

/// What a model takes beside its weights (context, buffers): a quarter more than its file, as a rule; known for certain
/// only once it has been loaded.
std::uint64_t likely_bytes(std::uint64_t on_disk) { return on_disk + on_disk / 4; }

std::uint64_t bytes_of(const actors::loaded_model& m) { return m.vram_bytes != 0 ? m.vram_bytes : m.bytes; }

} // namespace

void memory::adopt(const actors::provider_terms& terms, places& lanes) {
  on_demand_ = !terms.deployments.empty();
  if (!on_demand_) return;
  plan_.room(terms.memory_bytes, terms.most_models);
  for (auto& m : models_) {
    m.drained = false;
    m.pinned_by = 0;
  }
  slots_.assign(lanes.lanes(), none);
  for (const auto& d : terms.deployments) {
    const auto l = lanes.lane_of(d.deployment_id);
    const auto s = slot_named(d.model);
    if (l >= slots_.size()) slots_.resize(l + 1, none);
    slots_[l] = s;
    if (d.residence == static_cast<std::uint8_t>(residence::pinned)) models_[s].pinned_by = d.deployment_id;
    models_[s].drained = models_[s].drained || d.residence == static_cast<std::uint8_t>(residence::drained);
  }
  for (slot s = 0; s < models_.size(); ++s)
    plan_.describe(s, {.pinned = models_[s].pinned_by != 0 && !models_[s].drained, .drained = models_[s].drained});
}

void memory::observe(const actors::provider_observation& seen, core::steady_time now) {
  if (!on_demand_) return;
  known_ = true;
  if (seen.listed_bytes.size() == seen.listed_models.size())
    for (std::size_t i = 0; i < seen.listed_models.size(); ++i)
      if (const auto at = index_.find(net::ollama::canonical(seen.listed_models[i])); at != index_.end())
        plan_.guess(at->second, likely_bytes(seen.listed_bytes[i]));
  listed_ = seen.reachable && seen.lists_memory;
  if (!listed_) return lose_orders(now);
  std::vector<bool> present(models_.size());
  for (const auto& m : seen.loaded_models) {
    const auto s = slot_named(m.name);
    present.resize(models_.size());
    present[s] = true;
    if (m.load_us > 0) models_[s].loaded_in = microseconds{m.load_us};
    models_[s].exempt = false;
    plan_.size(s, bytes_of(m));
  }
  for (const auto& f : seen.failed)
    take_failure(f, now);
  // Before what has come is noted: what a load has thrown out tells that they do not fit together.
  for (slot s = 0; s < present.size(); ++s)
    if (!present[s] && plan_.where(s) != stage::loading) plan_.gone(s);
  for (const auto& m : seen.loaded_models)
    plan_.warm(slot_named(m.name), now);
}

/// A MONITOR whose server is away has given up whatever was ordered.
void memory::lose_orders(core::steady_time now) {
  for (slot s = 0; s < models_.size(); ++s)
    plan_.lost(s, now);
}

core::failure memory::want(lane l, bool loaded) {
  const auto s = slot_of(l);
  if (!on_demand_ || s == none)
    return {core::ec::conflict, "Only a provider of type ollama loads models on demand; this one keeps its own."};
  if (!listed_)
    return {core::ec::no_provider, "What lies in the provider's memory is not known now. Try again.", "", 5};
  plan_.want(s, loaded);
  return {};
}

std::string_view memory::state_of(lane l) const {
  static constexpr std::string_view words[] = {"cold", "loading", "warm", "draining", "leaving"};
  const auto s = slot_of(l);
  return words[static_cast<std::size_t>(s == none ? stage::warm : plan_.where(s))];
}

void memory::recall(lane l, const actors::learned& before) {
  const auto s = slot_of(l);
  if (s == none) return;
  const microseconds load{before.load_us};
  if (models_[s].loaded_in.count() == 0) models_[s].loaded_in = load;
  plan_.expect(s, before.vram_bytes != 0 ? before.vram_bytes : before.bytes, load);
}

void memory::take_failure(const actors::failed_order& f, core::steady_time now) {
  const auto s = slot_named(f.model);
  if (!f.load) return f.undone ? plan_.revived(s) : plan_.stays(s, now);
  if (plan_.where(s) != stage::loading) return;
  plan_.failed(s, now);
  models_[s].exempt = !f.undone;
  if (!f.undone) return;
  models_[s].undone_at = now;
  plan_.contest(s);
}

bool memory::admits_known(lane l) const {
  const auto s = slot_of(l);
  return s == none || plan_.admits(s) || models_[s].exempt;
}

bool memory::drained(lane l) const {
  const auto s = slot_of(l);
  return on_demand_ && s != none && models_[s].drained;
}

bool memory::in_memory(lane l) const {
  const auto s = slot_of(l);
  if (!on_demand_ || !listed_ || s == none) return true;
  return plan_.where(s) != stage::cold && plan_.where(s) != stage::loading;
}

microseconds memory::pace(const service_times& times) const {
  auto longest = times.typical();
  if (!on_demand_ || !listed_) return longest;
  for (const auto s : slots_)
    if (s != none) longest = std::max(longest, models_[s].loaded_in);
  return longest;
}

microseconds memory::load_of(lane l) const {
  const auto s = slot_of(l);
  return s == none ? microseconds{0} : models_[s].loaded_in;
}

std::optional<microseconds> memory::load_left(lane l, core::steady_time now) const {
  const auto s = slot_of(l);
  if (!on_demand_ || s == none || plan_.where(s) != stage::loading) return std::nullopt;
  const auto spent = std::chrono::duration_cast<microseconds>(now - plan_.since(s));
  return std::max(plan_.load_of(s) - spent, microseconds{0});
}

std::vector<actors::model_order> memory::decide(const queue& waits, const places& taken, const service_times& times,
                                                core::steady_time now) {
  reprieved_ = false;
  if (!on_demand_ || !listed_) return {};
  demands_.assign(models_.size(), {});
  std::vector<bool> wanted(models_.size());
  for (lane l = 0; l < slots_.size(); ++l) {
    const auto s = slots_[l];
    if (s == none) continue;
    auto& d = demands_[s];
    d.in_flight += taken.taken(l);
    const auto n = waits.size(l);
    if (n == 0) continue;
    wanted[s] = true;
    if (models_[s].exempt) continue;
    const auto first = waits.first(l);
    if (!d.first || (first && *first < *d.first)) d.first = first;
    d.waited += waits.waited(l, now);
    const auto abreast = std::max<std::uint32_t>(1, std::min(taken.limit_of(l), static_cast<std::uint32_t>(n)));
    d.work += microseconds{times.mean_us(l)} * n / abreast;
  }
  for (slot s = 0; s < models_.size(); ++s) {
    if (!wanted[s]) models_[s].exempt = false;
    auto& d = demands_[s];
    // Those who went with its load wait inside the server: it must not be left to what others keep there (17408).
    if (d.in_flight > 0 && !d.first && plan_.contested(s) && plan_.where(s) == stage::cold)
      d.first = models_[s].undone_at;
  }
  const auto todo = plan_.decide(demands_, now);
  reprieved_ = todo.reprieve;
  std::vector<actors::model_order> orders;
  for (const auto s : todo.unload)
    orders.push_back({models_[s].name, false});
  if (todo.load) orders.push_back({models_[*todo.load].name, true});
  return orders;
}

std::vector<actors::model_order> memory::outstanding() const {
  std::vector<actors::model_order> orders;
  for (slot s = 0; s < models_.size(); ++s)
    if (const auto where = plan_.where(s); where == stage::loading || where == stage::leaving)
      orders.push_back({models_[s].name, where == stage::loading});
  return orders;
}

std::optional<core::steady_time> memory::next_change(core::steady_time now) const {
  if (!on_demand_ || !listed_) return std::nullopt;
  const auto retry = plan_.next_retry(now);
  if (!plan_.next() || plan_.where(*plan_.next()) != stage::cold) return retry;
  // Somebody waits for room, and who must make it depends on how long they have been there.
  const auto look = now + std::max<microseconds>(plan_.load_of(*plan_.next()) / 2, residency::shortest_load);
  return std::min<core::steady_time>(retry.value_or(look), look);
}

std::string memory::why(lane l) const {
  if (!on_demand_) return {};
  const auto s = slot_of(l);
  if (s == none) return {};
  if (!known_) return "what lies in the provider's memory is not known yet";
  if (!listed_ || admits_known(l)) return {};
  switch (plan_.where(s)) {
  case stage::loading: return "its model is being loaded";
  case stage::draining:
    return plan_.next() ? "its model is about to make room for " + models_[*plan_.next()].name
                        : "an administrator has its model thrown out first";
  case stage::leaving: return "its model is making room";
  case stage::warm: return {};
  case stage::cold: break;
  }
  if (const auto coming = names_in(stage::loading); !coming.empty())
    return "its model is not in memory, " + coming + " is being loaded first";
  if (const auto going = names_in(stage::draining) + names_in(stage::leaving); !going.empty())
    return "its model is not in memory, where " + going + " still is";
  const auto there = occupants();
  return there.empty() ? "its model is not in memory" : "its model is not in memory, which " + there + " fill";
}

std::string memory::shut_out(lane l) const {
  const auto s = slot_of(l);
  if (!on_demand_ || !listed_ || s == none || models_[s].exempt || models_[s].drained || !plan_.shut_out(s)) return {};
  std::string pins;
  for (slot other = 0; other < models_.size(); ++other)
    if (const auto& m = models_[other]; other != s && m.pinned_by != 0 && !m.drained)
      pins.append(pins.empty() ? "" : " and ")
          .append(m.name)
          .append(" (the residence of deployment ")
          .append(std::to_string(m.pinned_by))
          .append(")");
  return pins;
}

std::string memory::condition() const {
  if (!on_demand_ || !listed_) return {};
  std::string text;
  const auto add = [&](stage where, std::string_view word) {
    if (const auto names = names_in(where); !names.empty())
      text.append(text.empty() ? "" : ", ").append(names).append(" ").append(word);
  };
  add(stage::warm, "in memory");
  add(stage::loading, "being loaded");
  add(stage::draining, "draining");
  add(stage::leaving, "leaving");
  return text.empty() ? "memory empty" : text;
}

memory::slot memory::slot_named(std::string_view name) {
  const auto [at, made] = index_.try_emplace(net::ollama::canonical(name), static_cast<slot>(models_.size()));
  if (made) {
    models_.emplace_back();
    models_.back().name = name;
  }
  return at->second;
}

/// Who lies in memory: "a (pinned) and b".
std::string memory::occupants() const {
  std::string names;
  for (slot s = 0; s < models_.size(); ++s)
    if (plan_.where(s) != stage::cold)
      names.append(names.empty() ? "" : " and ")
          .append(models_[s].name)
          .append(models_[s].pinned_by != 0 && !models_[s].drained ? " (pinned)" : "");
  return names;
}

std::string memory::names_in(stage where) const {
  std::string names;
  for (slot s = 0; s < models_.size(); ++s)
    if (plan_.where(s) == where) names.append(names.empty() ? "" : " and ").append(models_[s].name);
  return names;
}

} // namespace logos::scheduling
