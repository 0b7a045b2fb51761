// SPDX-License-Identifier: MIT
#pragma once
#include "core/money.hpp"
#include "core/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace logos::accounting {

/// What a thousand tokens of a type cost from a moment on.
struct price {
  std::int64_t id = 0;          // of its row
  std::int64_t model_id = 0;    // 0: every model
  std::int64_t provider_id = 0; // 0: every provider
  core::token_type type = core::token_type::prompt;
  core::wall_time valid_from{};
  core::nano per_k_tokens = 0;
  std::int64_t own_type = 0; // an operator's own type, in place of `type`; 0: none
  std::int64_t rate_id = 0;  // the rate of exchange that it was reckoned with; 0: it is in the installation's currency
  std::int64_t version = 0;  // of its row: what a cost is stored with
  std::int64_t rate_version = 0; // likewise of the rate's row
};

/// A token type of an operator's own: what it counts is a part of another one's, or counts beside all tokens.
struct own_type {
  std::int64_t id = 0;
  std::optional<core::token_type> part_of{};
  bool of_calls = false; // counts calls of tools that the provider runs
};

/// Tokens as a provider reports them: cached, cache-creating and audio tokens are part of the prompt's, reasoning and
/// audio tokens part of the answer's. The length of transcribed sound counts beside them.
struct counted_tokens {
  std::int64_t prompt = 0;
  std::int64_t completion = 0;
  std::int64_t prompt_cached = 0;
  std::int64_t prompt_cache_creation = 0;
  std::int64_t prompt_audio = 0;
  std::int64_t completion_reasoning = 0;
  std::int64_t completion_audio = 0;
  std::int64_t audio_milliseconds = 0;
  std::span<const core::own_count> own{}; // of the operator's own types
};

/// The counts of a usage, whatever room it is of: their names are those that providers give them.
template <class Usage>
counted_tokens counts_of(const Usage& u, std::span<const core::own_count> own) {
  return {u.prompt_tokens,
          u.completion_tokens,
          u.prompt_cached_tokens,
          u.prompt_cache_creation_tokens,
          u.prompt_audio_tokens,
          u.completion_reasoning_tokens,
          u.completion_audio_tokens,
          u.audio_milliseconds,
          own};
}

/// What counts beside tokens and is bounded before the answer.
struct bounded_beside {
  bool calls = false; // of tools that the provider runs
  bool sound = false; // its length
};

/// The same tokens as parts that do not overlap, by token_type: `prompt` and `completion` are what is left. Parts that
/// exceed the whole are cut, in the order of token_type; what is negative counts as none.
using disjoint_tokens = std::array<std::int64_t, core::token_types>;
disjoint_tokens decompose(const counted_tokens& counted);

struct cost {
  core::nano amount = 0;
  std::int64_t price_id = 0; // the highest of the prices that were applied
  std::int64_t rate_id = 0;  // likewise of rates of exchange; 0: none was
};

class applied_prices;

/// The prices in force, now and before. Immutable once made; any thread.
class price_book {
public:
  price_book() = default;
  explicit price_book(std::vector<price> prices, std::vector<own_type> types = {});

  bool empty() const { return general_.empty() && own_.empty(); }
  /// The price of a type at a moment: the most specific one (model and provider, then model, then provider, then
  /// neither), the latest of these. A part without a price of its own costs what its whole costs. Null: none.
  const price* find(std::int64_t model_id, std::int64_t provider_id, core::token_type type, core::wall_time at) const;
  /// Summed exactly and rounded once, half to even; saturates. Nothing when no part of it has a price. An own type with
  /// a price that is a part of another one is taken off that, of which there may be less: then it counts as that much.
  /// `from` gets the prices that it was made from.
  std::optional<cost> cost_of(std::int64_t model_id, std::int64_t provider_id, const counted_tokens& tokens,
                              core::wall_time at, applied_prices* from = nullptr) const;
  /// The most that so many tokens can cost, whatever their parts turn out to be; rounded up. What counts beside tokens
  /// is reckoned once for each of `calls`, of tools that the provider runs; sound at that length. `from` gets
  /// the prices that it was made from.
  core::nano bound(std::int64_t model_id, std::int64_t provider_id, std::int64_t prompt, std::int64_t completion,
                   core::wall_time at, std::int64_t calls = 0, std::int64_t sound_ms = 0,
                   applied_prices* from = nullptr) const;
  /// Whether anything that counts beside tokens costs something, at some model or time.
  bool counts_beside() const { return any_beside_; }
  /// Whether a request may cost more than `bound` says: something has a price that counts beside tokens, and nobody
  /// knows before the answer how much of it there will be. `known`: what was reckoned with there.
  bool exceeds_bound(std::int64_t model_id, std::int64_t provider_id, core::wall_time at, bounded_beside known) const;

private:
  /// The most specific first, the latest first among equals. A model that has prices of its own has the others, too.
  struct sorted {
    std::vector<price> of_any;
    std::unordered_map<std::int64_t, std::vector<price>> by_model;
    explicit sorted(const std::vector<price>& in_order = {});
    bool empty() const { return of_any.empty() && by_model.empty(); }
    const std::vector<price>& of(std::int64_t model_id) const;
  };
  const price* find_own(std::int64_t model_id, std::int64_t provider_id, std::int64_t type, core::wall_time at) const;

  sorted general_;
  sorted own_; // of own types: seldom any
  std::vector<own_type> types_;
  bool any_beside_ = false; // something that counts beside tokens costs something
};

} // namespace logos::accounting
