// SPDX-License-Identifier: MIT
#include "actors/monitoring/orders.hpp"

#include "net/dialects/ollama.hpp"

#include <algorithm>
#include <utility>

namespace logos::monitoring {
namespace {

namespace ollama = net::ollama;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds unload_patience{30'000}; // with an answer that comes at once
constexpr milliseconds grace{5'000};            // the probe, which has the same limit, speaks first
constexpr milliseconds shortest_look{20};
constexpr milliseconds longest_look{1'000}; // while something leaves
constexpr milliseconds watch_shortest{50};  // while something loads
constexpr milliseconds watch_longest{5'000};
constexpr milliseconds hardly_a_load{100}; // an answer so soon, of a model that was listed, tells nothing of loads

milliseconds in_ms(microseconds t) { return std::chrono::ceil<milliseconds>(t); }

std::string words_of(const probe_answer& answer) {
  if (answer.status == 0) return answer.message.empty() ? std::string{to_string(answer.error)} : answer.message;
  const auto said = ollama::parse_error(answer.body);
  return "answered with " + std::to_string(answer.status) + (said.empty() ? std::string{} : ": " + said);
}

} // namespace

bool orders::take(const actors::model_order& order, core::steady_time now) {
  const auto key = ollama::canonical(order.model);
  const auto found = works_.find(key);
  if (found != works_.end() && found->second.load == order.load) {
    auto& w = found->second;
    if (!w.told) return false;
    // Whoever orders it anew has forgotten that others keep it, or another load needs the room: it hears so again.
    w.told = false;
    w.tries = tries_before_told;
    w.repeat = repeat_of(key);
    w.next_try = now;
    return true;
  }
  work w{.model = order.model, .load = order.load, .since = now};
  w.was_listed = std::find(listed_.begin(), listed_.end(), key) != listed_.end();
  if (found != works_.end()) {
    const auto& former = found->second;
    w.was_listed = false; // it was on its way in or out
    if (order.load) {
      // Which of two requests the server reads first is not known, so the load waits until the other is answered.
      w.awaited = former.awaited;
      w.before = former.awaited != 0;
    } else {
      w.overtaken_load = former.before ? 0 : former.awaited;
    }
  }
  if (!order.load) kept_.erase(key);
  w.repeat = repeat_of(key);
  if (order.load)
    for (auto& [other, o] : works_) {
      if (o.load) continue;
      o.repeat = repeat_of(other);
      o.next_try = std::min(o.next_try, now + o.repeat);
    }
  w.look = std::clamp(leave_of(key) / 4, shortest_look, longest_look);
  works_.insert_or_assign(key, std::move(w));
  return true;
}

std::vector<orders::posting> orders::due(core::steady_time now) {
  std::vector<posting> out;
  for (auto& [key, w] : works_) {
    if (w.awaited != 0) continue;
    if (w.load) {
      out.push_back(loading(key, w.model, limit_of(key)));
      w.awaited = out.back().number;
      w.since = now;
    } else if (w.is_listed && (w.tries == 0 || now >= w.next_try)) {
      if (w.tries++ == 0) w.since = now;
      w.awaited = ++numbers_;
      w.next_try = now + w.repeat;
      if (!loads()) w.repeat = std::min(w.repeat * 2, longest_repeat);
      out.push_back({w.awaited, ollama::generate_path, ollama::unload_body(w.model), unload_patience});
    }
  }
  for (auto& [key, k] : kept_) {
    if (now < k.renew_at || works_.contains(key)) continue;
    k.renew_at = now + keep_alive_ / 2;
    out.push_back(loading(key, k.model, unload_patience));
  }
  return out;
}

/// Generating comes first, because which models only embed is known only when they have refused it.
orders::posting orders::loading(const std::string& key, const std::string& model, milliseconds at_most) {
  const auto found = known_.find(key);
  if (found != known_.end() && found->second.only_embeds)
    return {++numbers_, ollama::embed_path, ollama::embedder_load_body(model, keep_alive_.count()), at_most};
  return {++numbers_, ollama::generate_path, ollama::load_body(model, keep_alive_.count()), at_most};
}

void orders::answered(std::uint64_t number, const probe_answer& answer, core::steady_time now) {
  const auto at = std::find_if(works_.begin(), works_.end(), [number](const auto& entry) {
    return entry.second.awaited == number || entry.second.overtaken_load == number;
  });
  if (at == works_.end()) return;
  auto& w = at->second;
  if (w.overtaken_load == number) {
    w.overtaken_load = 0;
    return;
  }
  w.awaited = 0;
  if (std::exchange(w.before, false)) return;
  const bool good = answer.status >= 200 && answer.status < 300;
  if (w.load && ollama::only_embeds(answer.status, answer.body) && !std::exchange(known_[at->first].only_embeds, true))
    return; // it is posted once more
  if (answer.status == 0 || (w.load && !good)) {
    fail(at, words_of(answer));
  } else if (w.load) {
    loaded(at->first, w, now);
    end(at);
  } else {
    w.refusal = good ? std::string{} : words_of(answer);
  }
}

void orders::loaded(const std::string& key, const work& w, core::steady_time now) {
  const auto took = duration_cast<microseconds>(now - w.since);
  auto& learned = known_[key].load;
  if (!w.was_listed || took >= std::max<microseconds>(hardly_a_load, learned / 4))
    learned = std::max(took, microseconds{1});
  kept_.insert_or_assign(key, kept{w.model, now + keep_alive_ / 2});
}

void orders::see(std::span<const actors::loaded_model> memory, core::steady_time now) {
  listed_.clear();
  for (const auto& model : memory)
    listed_.push_back(ollama::canonical(model.name));
  const auto is_listed = [this](const std::string& key) {
    return std::find(listed_.begin(), listed_.end(), key) != listed_.end();
  };
  for (auto at = kept_.begin(); at != kept_.end();) {
    const auto here = at++;
    auto& k = here->second;
    if (is_listed(here->first)) {
      k.seen = true;
      continue;
    }
    if (!k.seen && !works_.contains(here->first)) {
      failed_.push_back({k.model, true, "was loaded, and thrown out again before it was used", true});
      ended_ = true;
    }
    kept_.erase(here);
  }
  for (auto at = works_.begin(); at != works_.end();) {
    const auto here = at++;
    auto& w = here->second;
    w.is_listed = is_listed(here->first);
    if (!w.load) {
      see_leaving(here, now);
      continue;
    }
    if (!w.is_listed) w.was_listed = false;
    const auto limit = limit_of(here->first);
    if (now - w.since > limit + grace)
      fail(here, "no answer within " + std::to_string(duration_cast<std::chrono::seconds>(limit).count()) + " s");
  }
}

void orders::see_leaving(works::iterator at, core::steady_time now) {
  auto& w = at->second;
  if (!w.is_listed && w.overtaken_load == 0) {
    if (w.tries > 0) last_leave_ = known_[at->first].leave = duration_cast<microseconds>(now - w.since);
    end(at);
    return;
  }
  if (!w.refusal.empty()) {
    fail(at, std::move(w.refusal));
    return;
  }
  if (w.tries >= most_tries && now >= w.next_try) {
    if (w.overtaken_load != 0 || loads())
      w.tries = most_tries - 1; // it cannot leave before it is there; another's load may not end before it has left
    else {
      fail(at, "is still in memory after " + std::to_string(w.tries) + " requests to leave");
      return;
    }
  }
  const bool asked_enough = w.tries > tries_before_told || (w.tries == tries_before_told && now >= w.next_try);
  if (!w.told && w.overtaken_load == 0 && asked_enough) {
    w.told = true;
    failed_.push_back({w.model, false, "is kept in memory by requests of others", true});
    ended_ = true;
  }
  if (w.tries > 0) w.look = std::min(w.look * 3 / 2, longest_look);
}

void orders::give_up(const std::string& why) {
  for (auto at = works_.begin(); at != works_.end();)
    at = fail(at, why);
}

orders::works::iterator orders::end(works::iterator at) {
  ended_ = true;
  return works_.erase(at);
}

orders::works::iterator orders::fail(works::iterator at, std::string why) {
  failed_.push_back({at->second.model, at->second.load, std::move(why)});
  return end(at);
}

std::optional<milliseconds> orders::next_look() const {
  std::optional<milliseconds> soonest;
  for (const auto& [key, w] : works_) {
    auto wait = w.look;
    if (w.load) {
      const auto found = known_.find(key);
      const bool learned = found != known_.end() && found->second.load.count() > 0;
      wait = learned ? std::clamp(in_ms(found->second.load) / 4, watch_shortest, watch_longest) : longest_look;
    }
    soonest = std::min(soonest.value_or(wait), wait);
  }
  return soonest;
}

bool orders::loads() const {
  return std::any_of(works_.begin(), works_.end(), [](const auto& entry) { return entry.second.load; });
}

bool orders::is_loading(std::string_view model) const {
  const auto found = works_.find(ollama::canonical(model));
  return found != works_.end() && found->second.load && !found->second.was_listed;
}

std::int64_t orders::load_us(std::string_view model) const {
  const auto found = known_.find(ollama::canonical(model));
  return found == known_.end() ? 0 : found->second.load.count();
}

std::optional<milliseconds> orders::shortest_load() const {
  std::optional<milliseconds> shortest;
  for (const auto& [key, times] : known_)
    if (times.load.count() > 0) shortest = std::min(shortest.value_or(milliseconds::max()), in_ms(times.load));
  return shortest;
}

std::string orders::text() const {
  std::string out;
  for (const auto& [key, w] : works_)
    out.append(out.empty() ? "" : ", ").append(w.load ? "loading " : "unloading ").append(w.model);
  return out;
}

milliseconds orders::limit_of(const std::string& key) const {
  const auto found = known_.find(key);
  if (found == known_.end() || found->second.load.count() == 0) return first_limit;
  return std::max<milliseconds>(shortest_limit, load_limits * in_ms(found->second.load));
}

milliseconds orders::repeat_of(const std::string& key) const { return std::max(first_repeat, 4 * leave_of(key)); }

milliseconds orders::leave_of(const std::string& key) const {
  const auto found = known_.find(key);
  return in_ms(found == known_.end() || found->second.leave.count() == 0 ? last_leave_ : found->second.leave);
}

} // namespace logos::monitoring
