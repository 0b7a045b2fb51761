// SPDX-License-Identifier: MIT
#include "actors/transfer/upstream_types.hpp"

#include "actors/administration/fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace logos::transfer {
namespace {

using core::ec;
using storage::token_counts;
using manner = upstream_types::manner;

struct built_in {
  std::string_view upstream;
  std::int64_t token_counts::*count;
  core::token_type type;
  manner told = manner::plain;
};
/// Whatever a provider may call it: upstream knows its fields by their own names. Of two names of one type, the first
/// is the usual one.
constexpr std::array<built_in, 14> built_in_types{{
    {"prompt_tokens", &token_counts::prompt_tokens, core::token_type::prompt},
    {"completion_tokens", &token_counts::completion_tokens, core::token_type::completion},
    {"prompt_cached_tokens", &token_counts::prompt_cached_tokens, core::token_type::prompt_cached},
    {"prompt_cache_hit_tokens", &token_counts::prompt_cached_tokens, core::token_type::prompt_cached, manner::again},
    {"prompt_cache_creation_tokens", &token_counts::prompt_cache_creation_tokens,
     core::token_type::prompt_cache_creation},
    {"prompt_cache_write_tokens", &token_counts::prompt_cache_creation_tokens, core::token_type::prompt_cache_creation,
     manner::again},
    {"prompt_audio_tokens", &token_counts::prompt_audio_tokens, core::token_type::prompt_audio},
    {"completion_reasoning_tokens", &token_counts::completion_reasoning_tokens, core::token_type::completion_reasoning},
    {"completion_audio_tokens", &token_counts::completion_audio_tokens, core::token_type::completion_audio},
    {"audio_milliseconds", &token_counts::audio_milliseconds, core::token_type::audio_milliseconds},
    {"input_tokens", &token_counts::prompt_tokens, core::token_type::prompt, manner::beside},
    {"output_tokens", &token_counts::completion_tokens, core::token_type::completion, manner::beside},
    {"cache_read_input_tokens", &token_counts::prompt_cached_tokens, core::token_type::prompt_cached, manner::beside},
    {"cache_creation_input_tokens", &token_counts::prompt_cache_creation_tokens,
     core::token_type::prompt_cache_creation, manner::beside},
}};
constexpr std::string_view whole = "total_tokens"; // counted, and priced by its parts

/// Where a provider's usage has what upstream calls so. It puts `prompt_` before what stands in
/// `prompt_tokens_details`, and the like.
void infer_source(const std::string& name, storage::token_type& out) {
  out.counted_from = "usage." + name;
  for (const auto& [prefix, part_of] : {std::pair<std::string_view, std::string_view>{"prompt_", "prompt_tokens"},
                                        {"completion_", "completion_tokens"}}) {
    if (!name.starts_with(prefix) || name.size() == prefix.size()) continue;
    out.part_of = part_of;
    if (name == "prompt_cache_miss_tokens") return; // beside prompt_tokens, where it is told
    out.counted_from = "usage." + out.part_of + "_details." + name.substr(prefix.size());
  }
}

/// The name that it can have here, if it is no other's.
std::string plain_name(std::string name) {
  for (auto& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == '.' || c == ' ') c = '_';
  }
  return name;
}

} // namespace

void upstream_types::add(std::int64_t id, std::string name, std::string description, const std::string& where) {
  const auto [at, fresh] = types_.emplace(id, type{});
  if (!fresh) return;
  auto& t = at->second;
  t.called = std::move(name);
  t.where = where;
  const auto known = std::find_if(built_in_types.begin(), built_in_types.end(),
                                  [&](const built_in& b) { return b.upstream == t.called; });
  if (known != built_in_types.end()) {
    t.count = known->count;
    t.told = known->told;
    t.rank = static_cast<std::size_t>(known - built_in_types.begin());
    t.priced = to_string(known->type);
    return;
  }
  if (t.called == whole) {
    t.count = &token_counts::total_tokens;
    t.why_not = "a total has no price here, its parts have: prompt_tokens and completion_tokens";
    return;
  }
  t.row.description = std::move(description);
  find_own(t, id);
}

void upstream_types::find_own(type& of, std::int64_t id) {
  auto& row = of.row;
  row.name = plain_name(of.called);
  infer_source(of.called, row);
  const auto there = [&](std::string storage::token_type::*what) {
    return std::find_if(there_.token_types.begin(), there_.token_types.end(), [&](const storage::token_type& t) {
      return t.id >= storage::first_own_token_type && t.*what == row.*what;
    });
  };
  auto same = there(&storage::token_type::name);
  if (same == there_.token_types.end()) same = there(&storage::token_type::counted_from);
  if (same != there_.token_types.end()) row = *same;
  if (!taken_.insert(row.name).second) {
    of.why_not = "another token type of the file is " + row.name + " here";
    return;
  }
  // One of below 100 would pass for built in, so its id is not kept.
  row.id = -id;
  if (const auto bad = administration::check_fields(row); bad.code != ec::none) {
    of.why_not = "it can be no token type here: " + bad.message;
    while (of.why_not.ends_with('.'))
      of.why_not.pop_back();
    return;
  }
  of.own = row.id;
  of.priced = row.name;
  of.made = same == there_.token_types.end();
}

const upstream_types::type* upstream_types::use(std::int64_t id) {
  const auto at = types_.find(id);
  if (at == types_.end()) return nullptr;
  auto& t = at->second;
  if (t.own == 0 || t.where.empty()) return &t;
  into_.add<storage::token_type>(t.where) = t.row;
  if (t.made)
    into_.notes.push_back(t.where + ": " + core::json_string(t.called) + " is not built in, so " +
                          (t.priced == t.called ? "it" : core::json_string(t.priced)) +
                          " becomes a token type of your own, counted from " + t.row.counted_from +
                          (t.row.part_of.empty() ? ", beside the others" : ", a part of " + t.row.part_of) +
                          ". Where providers tell it elsewhere, change that at /admin/v1/token-types.");
  else if (t.priced != t.called)
    into_.notes.push_back(t.where + ": " + core::json_string(t.called) + " is what the token type " +
                          core::json_string(t.priced) + " counts here.");
  t.where.clear(); // it is in the cargo
  return &t;
}

} // namespace logos::transfer
