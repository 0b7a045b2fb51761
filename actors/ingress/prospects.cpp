// SPDX-License-Identifier: MIT
#include "actors/ingress/prospects.hpp"

#include <algorithm>
#include <functional>

namespace logos::ingress {
namespace {

using std::chrono::microseconds;

constexpr std::size_t beginning = 256; // bytes: the model's name and most of a system prompt
constexpr std::int32_t any_cost = -1024;

/// Of numbers that differ in one bit, half of the bits differ (SplitMix64's finisher, Steele et al. 2014).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint64_t kinship(const wanderer& w, std::int64_t deployment_id) {
  const auto head = std::hash<std::string_view>{}(w.body.substr(0, beginning));
  return mixed(head ^ mixed(static_cast<std::uint64_t>(w.key)) ^ mixed(~static_cast<std::uint64_t>(deployment_id)));
}

void look_at(const scheduling::outlook& o, std::uint32_t prompt_tokens, prospect& p) {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto places = o.places.load(relaxed), taken = o.taken.load(relaxed), waiting = o.waiting.load(relaxed);
  p.known = true;
  p.open = o.open.load(relaxed);
  p.first_token = microseconds{o.first_token_us.load(relaxed) +
                               std::int64_t{prompt_tokens} * o.prompt_token_ns.load(relaxed) / 1'000};
  p.failed_permille = o.failed_permille.load(relaxed);
  if (!o.warm.load(relaxed))
    p.load = std::max(microseconds{o.load_us.load(relaxed)}, microseconds{1}); // it takes time, known or not
  if (waiting > 0 || taken >= places)
    p.wait = std::max(microseconds{o.service_us.load(relaxed)} * (waiting + 1) / std::max<std::uint32_t>(places, 1),
                      microseconds{1});
  constexpr double many = 16; // where there is no limit
  const auto all = places == UINT32_MAX ? taken + many : std::max<double>(places, 1);
  p.busy = std::min(1.0, taken / all);
}

} // namespace

std::vector<prospect> prospects_of(const wanderer& w, std::span<const catalog::deployment* const> open,
                                   const scheduling::outlooks* seen) {
  std::vector<prospect> out(open.size());
  std::size_t nearest = 0;
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto& d = *open[i];
    out[i].deployment_id = d.id;
    if (seen != nullptr)
      if (const auto o = seen->find(d.id)) look_at(*o, w.prompt_tokens, out[i]);
    if (!w.snapshot.prices.empty())
      out[i].price = w.snapshot.prices.bound(d.model->id, d.provider->id, w.tokens / 2, w.tokens / 2, w.received);
    if (const auto near = kinship(w, d.id); near > most) {
      most = near;
      nearest = i;
    }
  }
  if (!out.empty()) out[nearest].familiar = true;
  return out;
}

taste taste_of(const catalog::policy* policy) {
  taste by;
  if (policy != nullptr && policy->threshold_cost != any_cost) by.tolerance = 4;
  return by;
}

} // namespace logos::ingress
