// SPDX-License-Identifier: MIT
#include "actors/accounting/pricing.hpp"

#include "actors/accounting/applied_prices.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace logos::accounting {
namespace {

using core::token_type;
__extension__ using wide = __int128;

constexpr std::int64_t per_k = 1000;

std::size_t place(token_type t) { return static_cast<std::size_t>(t); }

bool of_prompt(token_type t) {
  return t == token_type::prompt || t == token_type::prompt_cached || t == token_type::prompt_cache_creation ||
         t == token_type::prompt_audio;
}

/// What it is a part of, or costs as much as where it has no price of its own: the length of sound is itself.
token_type whole_of(token_type t) {
  if (t == token_type::audio_milliseconds) return t;
  return of_prompt(t) ? token_type::prompt : token_type::completion;
}

core::nano saturated(wide x) {
  return static_cast<core::nano>(std::min<wide>(x, std::numeric_limits<core::nano>::max()));
}

core::nano rounded(wide thousandths) {
  auto whole = thousandths / per_k;
  const auto rest = thousandths % per_k;
  if (rest > per_k / 2 || (rest == per_k / 2 && whole % 2 != 0)) ++whole;
  return saturated(whole);
}

/// The price of every type at a moment, as `price_book::find` finds each, in one pass.
using price_list = std::array<const price*, core::token_types>;

price_list in_force(const std::vector<price>& prices, std::int64_t provider_id, core::wall_time at) {
  price_list out{};
  for (const auto& p : prices) {
    auto& found = out[place(p.type)];
    if (found == nullptr && (p.provider_id == 0 || p.provider_id == provider_id) && p.valid_from <= at) found = &p;
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i] == nullptr) out[i] = out[place(whole_of(static_cast<token_type>(i)))];
  return out;
}

} // namespace

disjoint_tokens decompose(const counted_tokens& counted) {
  const auto& c = counted;
  disjoint_tokens out{std::max<std::int64_t>(c.prompt, 0),
                      std::max<std::int64_t>(c.completion, 0),
                      c.prompt_cached,
                      c.prompt_cache_creation,
                      c.prompt_audio,
                      c.completion_reasoning,
                      c.completion_audio,
                      std::max<std::int64_t>(c.audio_milliseconds, 0)};
  for (auto i = place(token_type::prompt_cached); i <= place(token_type::completion_audio); ++i) {
    auto& whole = out[place(whole_of(static_cast<token_type>(i)))];
    out[i] = std::clamp<std::int64_t>(out[i], 0, whole);
    whole -= out[i];
  }
  return out;
}

price_book::sorted::sorted(const std::vector<price>& in_order) {
  for (const auto& p : in_order)
    (p.model_id == 0 ? of_any : by_model[p.model_id]).push_back(p);
  for (auto& [model, own] : by_model)
    own.insert(own.end(), of_any.begin(), of_any.end());
}

/// A model that has no prices of its own has the others.
const std::vector<price>& price_book::sorted::of(std::int64_t model_id) const {
  const auto own = by_model.find(model_id);
  return own != by_model.end() ? own->second : of_any;
}

price_book::price_book(std::vector<price> prices, std::vector<own_type> types) : types_{std::move(types)} {
  const auto rank = [](const price& p) {
    const int general = (p.model_id == 0 ? 2 : 0) + (p.provider_id == 0 ? 1 : 0);
    return std::tuple{general, -p.valid_from.time_since_epoch().count(), -p.id};
  };
  std::sort(prices.begin(), prices.end(), [&](const price& a, const price& b) { return rank(a) < rank(b); });
  const auto first_own =
      std::stable_partition(prices.begin(), prices.end(), [](const price& p) { return p.own_type == 0; });
  any_beside_ = std::any_of(prices.begin(), prices.end(), [](const price& p) {
    return p.per_k_tokens > 0 && (p.own_type != 0 || p.type == token_type::audio_milliseconds);
  });
  own_ = sorted{{first_own, prices.end()}};
  prices.erase(first_own, prices.end());
  general_ = sorted{prices};
}

const price* price_book::find(std::int64_t model_id, std::int64_t provider_id, token_type type,
                              core::wall_time at) const {
  return in_force(general_.of(model_id), provider_id, at)[place(type)];
}

const price* price_book::find_own(std::int64_t model_id, std::int64_t provider_id, std::int64_t type,
                                  core::wall_time at) const {
  for (const auto& p : own_.of(model_id))
    if (p.own_type == type && (p.provider_id == 0 || p.provider_id == provider_id) && p.valid_from <= at) return &p;
  return nullptr;
}

std::optional<cost> price_book::cost_of(std::int64_t model_id, std::int64_t provider_id, const counted_tokens& tokens,
                                        core::wall_time at, applied_prices* from) const {
  if (empty()) return std::nullopt;
  auto parts = decompose(tokens);
  wide thousandths = 0;
  cost out;
  bool priced = false;
  const auto add = [&](const price& p, std::int64_t count) {
    priced = true;
    if (count == 0) return;
    thousandths += wide{count} * p.per_k_tokens;
    out.price_id = std::max(out.price_id, p.id);
    out.rate_id = std::max(out.rate_id, p.rate_id);
    if (from != nullptr) from->add(p);
  };
  if (!own_.empty())
    for (const auto& type : types_) {
      const auto counted = std::find_if(tokens.own.begin(), tokens.own.end(),
                                        [&](const core::own_count& c) { return c.type == type.id; });
      const auto* p = counted == tokens.own.end() ? nullptr : find_own(model_id, provider_id, type.id, at);
      if (p == nullptr) continue;
      auto count = std::max<std::int64_t>(counted->count, 0);
      if (type.part_of) {
        auto& whole = parts[place(*type.part_of)];
        count = std::min(count, whole);
        whole -= count;
      }
      add(*p, count);
    }
  const auto prices = in_force(general_.of(model_id), provider_id, at);
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (prices[i] != nullptr) add(*prices[i], parts[i]);
  if (!priced) return std::nullopt;
  out.amount = rounded(thousandths);
  return out;
}

core::nano price_book::bound(std::int64_t model_id, std::int64_t provider_id, std::int64_t prompt,
                             std::int64_t completion, core::wall_time at, std::int64_t calls, std::int64_t sound_ms,
                             applied_prices* from) const {
  const price* dearest[2] = {nullptr, nullptr};
  const std::int64_t counts[2] = {std::max<std::int64_t>(prompt, 0), std::max<std::int64_t>(completion, 0)};
  const auto take_dearer = [&](bool prompts, const price* p) {
    auto& most = dearest[prompts ? 0 : 1];
    if (most == nullptr || p->per_k_tokens > most->per_k_tokens) most = p;
  };
  wide thousandths = 0;
  const auto add = [&](const price* p, std::int64_t count) {
    if (p == nullptr || count <= 0) return;
    thousandths += wide{count} * p->per_k_tokens;
    if (from != nullptr) from->add(*p);
  };
  const auto prices = in_force(general_.of(model_id), provider_id, at);
  for (std::size_t i = 0; i < prices.size(); ++i)
    if (prices[i] != nullptr && i != place(token_type::audio_milliseconds))
      take_dearer(of_prompt(static_cast<token_type>(i)), prices[i]);
  add(prices[place(token_type::audio_milliseconds)], sound_ms);
  if (!own_.empty())
    for (const auto& type : types_) {
      const auto* p = find_own(model_id, provider_id, type.id, at);
      if (p == nullptr) continue;
      if (type.part_of)
        take_dearer(of_prompt(*type.part_of), p);
      else
        add(p, calls);
    }
  for (std::size_t i = 0; i < 2; ++i)
    add(dearest[i], counts[i]);
  return saturated((thousandths + per_k - 1) / per_k);
}

bool price_book::exceeds_bound(std::int64_t model_id, std::int64_t provider_id, core::wall_time at,
                               bounded_beside known) const {
  if (!any_beside_) return false;
  const auto* sound = find(model_id, provider_id, token_type::audio_milliseconds, at);
  if (!known.sound && sound != nullptr && sound->per_k_tokens > 0) return true;
  return std::any_of(types_.begin(), types_.end(), [&](const own_type& type) {
    if (type.part_of || (type.of_calls && known.calls)) return false;
    const auto* p = find_own(model_id, provider_id, type.id, at);
    return p != nullptr && p->per_k_tokens > 0;
  });
}

} // namespace logos::accounting
