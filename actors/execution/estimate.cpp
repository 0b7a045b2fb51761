// SPDX-License-Identifier: MIT
#include "actors/execution/estimate.hpp"

#include "actors/ingress/extent.hpp"
#include "actors/ingress/sound.hpp"
#include "tokenization/counting.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace logos::execution {
namespace {

using core::usage_source;
using ingress::endpoint;
using simdjson::SUCCESS;
using std::chrono::milliseconds;

/// A longer one keeps its I/O thread from everything else for too long.
constexpr std::size_t longest_counted = 16 * 1024;
constexpr std::size_t deepest_counted = 32;
/// A model that writes a hundred tokens a second is fast.
constexpr milliseconds per_token{10};

/// Texts of a prompt that is not a chat, wherever they stand in it.
struct text_count {
  const tokenization::family& of;
  std::uint64_t thousandths = 0;

  void add(simdjson::dom::element e, std::size_t depth) {
    std::string_view text;
    simdjson::dom::array list;
    simdjson::dom::object members;
    if (depth > deepest_counted) return;
    if (e.get(text) == SUCCESS) {
      thousandths += of.thousandths(text);
    } else if (e.is_number()) {
      thousandths += 1000; // a token's id
    } else if (e.get(list) == SUCCESS) {
      for (const auto item : list)
        add(item, depth + 1);
    } else if (e.get(members) == SUCCESS) {
      for (const auto [name, value] : members)
        if (name != "image_url" && name != "input_audio" && name != "source" && name != "type") add(value, depth + 1);
    }
  }
};

std::optional<std::int64_t> counted(std::string_view body, const tokenization::family& of) {
  static thread_local simdjson::dom::parser parser;
  simdjson::dom::object root;
  if (parser.parse(body.data(), body.size()).get(root) != SUCCESS) return std::nullopt;
  text_count texts{of};
  std::uint64_t chat = 0;
  simdjson::dom::array messages;
  simdjson::dom::element tools;
  const bool has_tools = root["tools"].get(tools) == SUCCESS;
  if (root["messages"].get(messages) == SUCCESS) {
    if (const auto tally = tokenization::count_chat(messages, has_tools ? &tools : nullptr, of))
      chat = tally->count;
    else
      return std::nullopt;
  } else if (has_tools) {
    texts.add(tools, 0);
  }
  for (const std::string_view name : {"prompt", "input", "instructions", "system"})
    if (simdjson::dom::element e; root[name].get(e) == SUCCESS) texts.add(e, 0);
  return static_cast<std::int64_t>(chat + (texts.thousandths + 999) / 1000);
}

/// The provider counts for a model, as opposed to answering about its files and the like.
bool works_for_a_model(const admission& a) {
  const auto& i = a.intent;
  return !i.reads && i.at != endpoint::counting && (!i.model.empty() || i.at != endpoint::other);
}

/// What may have been written of an answer that did not come whole.
std::int64_t answer_so_far(const ingress::extent& may, const net::call_outcome& o, bool stream) {
  const auto came =
      std::max<std::int64_t>(o.events, static_cast<std::int64_t>(o.generated_bytes) / ingress::bytes_per_token);
  const bool begun = came != 0 || o.generated_bytes != 0 || o.first_byte != core::wall_time{};
  if (stream) return begun ? std::max<std::int64_t>(came, 1) : 0;
  // In one piece: it is written before its first byte comes.
  const auto in_time = std::max<std::int64_t>((o.ended - o.sent) / per_token, begun ? 1 : 0);
  return std::max(came, std::min(in_time, may.answer * may.answers));
}

std::int64_t estimated_answer(const net::exchange& x, const admission& a, const catalog::deployment& d,
                              const net::call_outcome& o) {
  if (!generates(a.intent.at)) return 0;
  const auto may = ingress::estimate(a.intent, x.request().body.size(), d.model->reserve_tokens);
  if (!o.complete || o.error != core::ec::none) return answer_so_far(may, o, a.intent.stream);
  if (o.generated_bytes == 0 && o.events == 0)
    // A response that is written in the background: its usage comes to whoever reads it.
    return a.intent.at == endpoint::responses ? may.answer : 0;
  return std::max<std::int64_t>({1, o.events, static_cast<std::int64_t>(o.generated_bytes) / ingress::bytes_per_token});
}

/// As many tokens as all answers together may have had: what the provider was told by us or by the client. No estimate
/// is above that, so that it costs no more than was held.
std::int64_t most_allowed(const net::exchange& x, const admission& a) {
  const auto& i = a.intent;
  std::int64_t each = a.answer_cap;
  if (each == 0 && i.json.completion_most && takes_a_limit(i.at))
    each = std::max<std::int64_t>(*i.json.completion_most, 1);
  if (each == 0) return std::numeric_limits<std::int64_t>::max();
  const auto answers = ingress::estimate(i, x.request().body.size(), 1).answers;
  return each > std::numeric_limits<std::int64_t>::max() / answers ? std::numeric_limits<std::int64_t>::max()
                                                                   : each * answers;
}

/// As it was estimated when the request was read.
std::int64_t sized_prompt(const admission& a) { return std::max<std::int64_t>(a.intent.prompt_tokens, 1); }

/// A total beyond its parts is the provider's word, too: Gemini leaves out there what the model has thought.
void take_total(net::usage& u, bool generated) {
  const auto rest = u.total_tokens - u.prompt_tokens - u.completion_tokens;
  if (rest > 0) (generated ? u.completion_tokens : u.prompt_tokens) += rest;
}

} // namespace

std::int64_t prompt_tokens(const net::exchange& x, const admission& a, std::string_view model) {
  const auto body = x.request().body;
  if (a.intent.body == ingress::body_kind::json && body.size() <= longest_counted)
    if (const auto exact = counted(body, tokenization::find_family(model))) return std::max<std::int64_t>(*exact, 1);
  return sized_prompt(a);
}

std::int64_t prompt_by_size(const net::exchange& x, const admission& a) {
  const bool reads = a.intent.reads && ingress::is_read(x.request().method);
  return reads || !works_for_a_model(a) ? 0 : sized_prompt(a);
}

booked_usage usage_of(const net::exchange& x, const admission& a, const catalog::deployment& d,
                      const net::call_outcome& o) {
  booked_usage out;
  // What only asks for a stored response is told what that has used, which was billed when it was made.
  if (a.intent.reads && ingress::is_read(x.request().method)) return out;
  const bool broken = o.error != core::ec::none;
  const bool heard = a.intent.at == endpoint::transcription;
  if (o.tokens.seen || (heard && o.tokens.told_milliseconds > 0)) {
    out = {o.tokens, usage_source::provider};
    if (!o.tokens.seen) out.tokens.audio_milliseconds = o.tokens.told_milliseconds;
    take_total(out.tokens, generates(a.intent.at));
    // A stream that was cut behind an early report went on behind it. Anthropic's begins with one, so that it is early
    // also where the stream ended with an error, or without its last event.
    const bool cut = broken || (a.intent.at == endpoint::messages && a.intent.stream);
    if (!cut || (o.complete && !o.failed)) return out;
    const auto so_far = std::min(answer_so_far({}, o, true), most_allowed(x, a));
    if (so_far <= out.tokens.completion_tokens) return out;
    out.tokens.completion_tokens = so_far;
    out.source = usage_source::partial;
  } else {
    const bool nothing_but_an_error = o.failed && o.generated_bytes == 0 && o.events == 0;
    if (!o.sent_whole || o.status >= 400 || nothing_but_an_error || !works_for_a_model(a)) return out;
    out.tokens.own = o.tokens.own;
    out.tokens.prompt_tokens = prompt_tokens(x, a, a.brings_key() ? a.intent.model : d.upstream_name);
    out.tokens.completion_tokens = std::min(estimated_answer(x, a, d, o), most_allowed(x, a));
    if (heard) out.tokens.audio_milliseconds = ingress::likely_sound(x.request(), a.intent);
    out.source = broken || o.failed || !o.complete ? usage_source::partial : usage_source::estimated;
  }
  out.tokens.total_tokens = out.tokens.prompt_tokens + out.tokens.completion_tokens;
  return out;
}

} // namespace logos::execution
