// SPDX-License-Identifier: MIT
#include "actors/learning/notebook.hpp"

#include "actors/classification/impression.hpp"
#include "actors/learning/owner.hpp"
#include "net/json_look.hpp"

#include <functional>
#include <utility>

namespace logos::learning {

using classification::signal;
using namespace std::chrono_literals;

noted note_about(const core::uuid& request, const classification::remembered& what, signal of, core::wall_time now) {
  noted out{{}, what.about};
  auto& row = out.row;
  row.given_at = now;
  row.request_id = request.str();
  row.process_id = what.giver;
  row.tenant_id = what.tenant;
  row.model_id = what.model;
  row.signal = static_cast<std::int64_t>(of);
  if (what.storable && what.about != nullptr) row.imprint = classification::to_bytes(*what.about);
  return out;
}

std::string pack(const classification::remembered& what) {
  if (what.about == nullptr) return {};
  std::string out;
  for (const auto n : {what.tenant, what.model, what.giver})
    for (int i = 0; i < 8; ++i)
      out += static_cast<char>(static_cast<std::uint64_t>(n) >> (8 * i));
  out += what.storable ? '\1' : '\0';
  return out + classification::to_bytes(*what.about);
}

std::optional<classification::remembered> unpack(std::string_view bytes) {
  constexpr std::size_t ids = 24;
  if (bytes.size() <= ids) return std::nullopt;
  const auto about = classification::imprint_from(bytes.substr(ids + 1));
  if (!about) return std::nullopt;
  const auto number = [&](std::size_t at) {
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < 8; ++i)
      n |= std::uint64_t{static_cast<std::uint8_t>(bytes[at + i])} << (8 * i);
    return static_cast<std::int64_t>(n);
  };
  return classification::remembered{std::make_shared<const classification::imprint>(*about), number(0), number(8),
                                    number(16), bytes[ids] == '\1'};
}

notebook::notebook(const rules& by, figures& shown) : rules_{by}, shown_{shown}, recent_{by.memory} {}

std::shared_ptr<const classification::imprint> notebook::imprint_of_body(std::string_view padded) {
  if (padded.size() <= net::json_padding) return nullptr;
  const auto read =
      scorer_.read(padded.substr(0, padded.size() - net::json_padding), classification::built_in_encoder());
  if (!read || read->text.question.empty()) {
    shown_.unread.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  shown_.prompts.fetch_add(1, std::memory_order_relaxed);
  const std::hash<std::string_view> hash;
  last_prompt_ = 0;
  for (const auto part : {read->text.question, read->text.before, read->text.system})
    last_prompt_ = (last_prompt_ ^ hash(part)) * 0x9e3779b97f4a7c15ULL;
  last_prompt_ ^= read->text.bytes; // of all that was said before
  return std::make_shared<const classification::imprint>(classification::imprint_of(*read));
}

void notebook::note(const served& call, core::wall_time wall, core::steady_time now) {
  auto about = imprint_of_body(call.body);
  if (about == nullptr) return;
  const classification::remembered what{std::move(about), call.tenant_id, call.model_id, call.process_id, call.full};
  recent_.add(call.request, what, now);
  shown_.remembered = static_cast<std::int64_t>(recent_.size());
  shown_.memory_bytes = static_cast<std::int64_t>(recent_.bytes());
  shown_.pushed_out = recent_.pushed_out();
  if (!rules_.implicit) return;
  const bool told = counts(call, now);
  const auto bad = [&](signal sign) {
    if (told) judge(call.request, what, sign, false, wall, now);
  };
  switch (call.how) {
  case fate::answered: return repeated_.saw(call.process_id, last_prompt_, call.request, call.model_id, told, now);
  case fate::abandoned: return bad(signal::abandoned);
  case fate::unfit: return bad(signal::unfit);
  case fate::failed: return bad(signal::error);
  }
}

notebook::tally& notebook::of_owner(const served& call) {
  auto& table = minute_.owners;
  const std::pair seat{owner_or_key(call.tenant_id, call.process_id), call.model_id};
  if (const auto at = table.find(seat); at != table.end()) return at->second;
  constexpr std::int64_t all_others = 0; // nobody's id
  return table[table.size() < rules_.owners_a_minute ? seat : std::pair{all_others, call.model_id}];
}

/// Whichever way calls end, as large a part of an owner's is left out: else a model that is asked much would look
/// better, or worse, than it is. How many others call does not matter: a program must not silence who asks now and
/// then.
bool notebook::counts(const served& call, core::steady_time now) {
  if (now - minute_.since >= 1min) minute_ = {now, {}, {}};
  auto& all = minute_.models[call.model_id];
  auto& own = of_owner(call);
  if (own.calls >= rules_.calls_a_minute) return false;
  const bool seldom = own.calls < rules_.few_calls;
  if (all.calls >= (seldom ? rules_.all_calls_a_minute : rules_.all_calls_a_minute / 2)) return false;
  ++own.calls;
  ++all.calls;
  if (call.how != fate::failed) return true;
  if (own.errors >= (rules_.errors_a_minute + 1) / 2 || all.errors >= rules_.errors_a_minute) return false;
  ++own.errors;
  ++all.errors;
  return true;
}

/// Of a call that tells something. `again`: it was judged before.
void notebook::judge(const core::uuid& request, const classification::remembered& what, std::optional<signal> sign,
                     bool again, core::wall_time wall, core::steady_time now) {
  const auto owner = owner_or_key(what.tenant, what.giver);
  usual_.heard(owner, what.model, request, sign ? classification::blame_of(*sign) : 0.0F, again);
  if (sign) add(note_about(request, what, *sign, wall));
  static const double weight = classification::meaning_of(signal::accepted, 0).weight;
  const auto good = usual_.take_due(owner, what.model, weight);
  if (!good) return;
  if (const auto* of = recent_.find(*good, now)) add(note_about(*good, *of, signal::accepted, wall));
}

void notebook::add(noted sign) {
  if (signs_.size() < rules_.most_signs) signs_.push_back(std::move(sign));
}

std::vector<noted> notebook::signs(core::wall_time wall, core::steady_time now) {
  for (const auto& each : repeated_.settled(now))
    if (const auto* what = recent_.find(each.request, now))
      judge(each.request, *what, each.sign, each.again, wall, now);
  return std::exchange(signs_, {});
}

void notebook::keep(std::vector<noted> unwritten) {
  for (auto& sign : unwritten)
    add(std::move(sign));
}

} // namespace logos::learning
