// SPDX-License-Identifier: MIT
#include "actors/execution/estimate.hpp"

#include "actors/ingress/account_paths.hpp"
#include "actors/ingress/extent.hpp"
#include "actors/ingress/object_names.hpp"
#include "actors/ingress/sound.hpp"
#include "actors/ingress/told_usage.hpp"
#include "net/json_text.hpp"
#include "tokenization/counting.hpp"
#include "tokenization/sampled_count.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace logos::execution {
namespace {

using core::usage_source;
using ingress::endpoint;
using simdjson::SUCCESS;
using std::chrono::milliseconds;

/// To read a longer one keeps its I/O thread from everything else for too long. Of what is read, no more than
/// `sampled_count` takes is counted.
constexpr std::size_t longest_read = 1024 * 1024;
constexpr std::size_t deepest_counted = 32;
/// A model that writes a hundred tokens a second is fast: where nothing was learned of it.
constexpr milliseconds per_token{10};
/// Of an answer that comes, whenever the journal is told how much has come.
constexpr std::size_t most_read_again = 1024;
constexpr std::size_t fewest_windows = 4;
/// In bytes: two halves of a character.
constexpr std::size_t longest_escape = 12;

/// Members whose strings are no text that the model reads.
constexpr std::array<std::string_view, 9> beside_text{
    "bytesBase64Encoded", "image_url",   "input_audio", "source",   "type",
    "inlineData",         "inline_data", "fileData",    "file_data"};

/// Texts of a prompt that is not a chat, wherever they stand in it.
struct text_count {
  tokenization::sampled_count texts;
  std::uint64_t numbers = 0;

  void add(simdjson::dom::element e, std::size_t depth) {
    std::string_view text;
    simdjson::dom::array list;
    simdjson::dom::object members;
    if (depth > deepest_counted) return;
    if (e.get(text) == SUCCESS) {
      texts.add(text);
    } else if (e.is_number()) {
      ++numbers; // a token's id
    } else if (e.get(list) == SUCCESS) {
      for (const auto item : list)
        add(item, depth + 1);
    } else if (e.get(members) == SUCCESS) {
      for (const auto [name, value] : members)
        if (std::find(beside_text.begin(), beside_text.end(), name) == beside_text.end()) add(value, depth + 1);
    }
  }
};

/// `likely_bytes`: of all texts of the prompt.
std::optional<std::int64_t> counted(std::string_view body, const tokenization::family& of, std::size_t likely_bytes) {
  static thread_local simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(body.data(), body.size()).get(root) != SUCCESS || !root.is_object()) return std::nullopt;
  text_count other{tokenization::sampled_count{of, likely_bytes}};
  std::uint64_t chat = 0;
  simdjson::dom::array messages;
  simdjson::dom::element tools;
  bool found = false; // anything of what has a prompt
  const bool has_tools = root["tools"].get(tools) == SUCCESS;
  if (root["messages"].get(messages) == SUCCESS) {
    if (const auto tally = tokenization::count_chat(messages, has_tools ? &tools : nullptr, of, likely_bytes))
      chat = tally->count;
    else
      return std::nullopt;
    found = true;
  } else if (has_tools) {
    other.add(tools, 0);
    found = true;
  }
  for (const std::string_view name : {"prompt", "input", "instructions", "system", "contents", "content",
                                      "systemInstruction", "system_instruction", "requests", "instances"})
    if (simdjson::dom::element e; root[name].get(e) == SUCCESS) {
      other.add(e, 0);
      found = true;
    }
  if (!found) other.add(root, 0); // it stands where nobody knows
  return static_cast<std::int64_t>(chat + other.numbers + (other.texts.thousandths() + 999) / 1000);
}

/// The provider counts for a model, as opposed to answering about its files and the like.
bool works_for_a_model(const admission& a) {
  const auto& i = a.intent;
  return !i.reads && i.at != endpoint::counting && (!i.model.empty() || i.at != endpoint::other);
}

/// Whether a model has worked on it, as its answer shows: a path that is not known need not name one. Only what the
/// provider keeps (files, conversations) has texts that no model has written for this request.
bool was_worked_on(const admission& a, const net::call_outcome& o) {
  const auto& i = a.intent;
  if (works_for_a_model(a)) return true;
  const bool came = o.generated_bytes > 0 || o.events > 0;
  return came && !i.reads && i.at == endpoint::other && !ingress::is_account_path("POST", i.route.rest) &&
         !ingress::read_object_path("POST", i.route.rest);
}

/// The tokens of a text in thousandths, of which a part is kept as JSON spells it; of that no more than `most_bytes`
/// are read, in windows spread evenly over it.
std::uint64_t thousandths_of(const net::text_sample& text, const tokenization::family& of, std::size_t most_bytes) {
  const auto kept = text.kept().size();
  if (text.is_whole() && kept <= most_bytes) return of.thousandths(net::unescape(text.kept()));
  const auto longest = std::min(net::text_sample::window_bytes, most_bytes / fewest_windows);
  const auto stretch = std::max(longest, kept * longest / most_bytes);
  std::uint64_t sum = 0, covered = 0;
  for (auto rest = text.kept(); !rest.empty();) {
    auto window = rest.substr(0, longest);
    rest.remove_prefix(std::min(rest.size(), stretch));
    // An escape that is cut off is none.
    if (const auto escape = window.rfind('\\'); escape != window.npos && window.size() - escape < longest_escape)
      window = window.substr(0, escape);
    const auto plain = net::unescape(window);
    sum += of.thousandths(tokenization::whole_characters(plain));
    covered += window.size();
  }
  return covered == 0 ? 0 : static_cast<std::uint64_t>(static_cast<long double>(sum) * text.size() / covered);
}

/// What came of an answer, without its text: a provider that sends each token by itself has an event for each.
std::int64_t came_of(const net::call_outcome& o) {
  return std::max<std::int64_t>(o.events, static_cast<std::int64_t>(o.generated_bytes) / ingress::bytes_per_token);
}

/// The same by its text, where that was kept. By another family's tokenizer the number of events is at least as good.
std::int64_t counted_answer(const net::call_outcome& o, std::string_view model,
                            std::size_t most_bytes = net::text_sample::most_bytes) {
  if (o.generated == nullptr || o.generated->size() == 0) return came_of(o);
  const auto& of = tokenization::find_family(model);
  const auto count = static_cast<std::int64_t>((thousandths_of(*o.generated, of, most_bytes) + 999) / 1000);
  return of.exact ? count : std::max<std::int64_t>(count, o.events);
}

/// By the name that tells the tokenizer.
std::string_view counted_name(const admission& a, const catalog::deployment& d) {
  return a.brings_key() ? std::string_view{a.intent.model} : std::string_view{d.upstream_name};
}

/// What may have been written of an answer that did not come whole, of which `came` was seen and as much as `in_time`
/// may have been written.
std::int64_t answer_so_far(const ingress::extent& may, const net::call_outcome& o, bool stream, std::int64_t came,
                           std::int64_t in_time) {
  const bool begun = came != 0 || o.generated_bytes != 0 || o.first_byte != core::wall_time{};
  if (stream) return begun ? std::max<std::int64_t>(came, 1) : 0;
  // In one piece: it is written before its first byte comes.
  return std::max(came, std::min(std::max<std::int64_t>(in_time, begun ? 1 : 0), may.answer * may.answers));
}

std::int64_t estimated_answer(const net::exchange& x, const admission& a, const catalog::deployment& d,
                              const net::call_outcome& o, const pace& known) {
  if (!generates(a.intent.at)) return 0;
  const auto may = ingress::estimate(a.intent, x.request().body.size(), d.model->reserve_tokens);
  const auto came = counted_answer(o, counted_name(a, d));
  if (!o.complete || o.error != core::ec::none)
    return answer_so_far(may, o, a.intent.stream, came, known.written(o.ended - o.sent, d.id, a.intent.prompt_tokens));
  if (o.generated_bytes == 0 && o.events == 0) {
    if (a.intent.at == endpoint::responses) return may.answer; // written in the background, and counted to who reads it
    // In one piece, it is no text (speech, images) or comes later; what an unknown path answers nobody knows, and there
    // may be nothing to hear.
    const bool hidden = !a.intent.stream && a.intent.at != endpoint::other && a.intent.at != endpoint::transcription;
    return hidden ? may.answer * may.answers : 0;
  }
  return std::max<std::int64_t>(1, came);
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

/// What all that has come of a stream has more tokens than a report that came before the last of it can mean; 0: none.
/// A token has a byte at least, so that nothing is counted where the report may be true.
std::int64_t belying(const net::call_outcome& o, std::int64_t reported, std::string_view model) {
  constexpr std::int64_t most_apart = 64;
  if (o.text_after_usage == 0 || reported > (std::numeric_limits<std::int64_t>::max() - most_apart) / 2) return 0;
  const auto believed = 2 * reported + most_apart;
  if (static_cast<std::int64_t>(o.generated_bytes) <= believed) return 0;
  const auto came = counted_answer(o, model);
  return came > believed ? came : 0;
}

} // namespace

std::int64_t pace::written(std::chrono::microseconds time, std::int64_t deployment_id, std::int64_t prompt) const {
  using std::chrono::nanoseconds;
  const auto of = known_ != nullptr ? known_->find(deployment_id) : nullptr;
  if (of == nullptr || of->answer_token_ns <= 0) return time / per_token;
  const nanoseconds reading{of->first_token_us * 1'000 + of->prompt_token_ns * prompt};
  return std::max<std::int64_t>((time - reading) / nanoseconds{of->answer_token_ns}, 0);
}

std::int64_t prompt_tokens(const net::exchange& x, const admission& a, std::string_view model) {
  const auto body = x.request().body;
  const auto texts = body.size() - std::min<std::size_t>(a.intent.json.attachment_bytes, body.size()); // at most
  if (a.intent.body == ingress::body_kind::json && body.size() <= longest_read)
    if (const auto exact = counted(body, tokenization::find_family(model), texts))
      return std::max<std::int64_t>(*exact, 1);
  return sized_prompt(a);
}

std::int64_t prompt_by_size(const admission& a) {
  return a.intent.reads || !works_for_a_model(a) ? 0 : sized_prompt(a);
}

booked_usage usage_of(const net::exchange& x, const admission& a, const catalog::deployment& d,
                      const net::call_outcome& o, const pace& known) {
  booked_usage out;
  // What only asks for a stored response, or cancels it, is told what that has used, which was billed when it was made.
  if (a.intent.reads) return out;
  if (o.status >= 400) return out; // costs nothing, whatever is counted in it
  const bool broken = o.error != core::ec::none;
  const bool heard = a.intent.at == endpoint::transcription;
  if (o.tokens.seen || (heard && o.tokens.told_milliseconds > 0)) {
    out = {o.tokens, usage_source::provider};
    if (!o.tokens.seen) out.tokens.audio_milliseconds = o.tokens.told_milliseconds;
    ingress::take_total(out.tokens, a.intent.at);
    // A stream that was cut behind an early report went on behind it. Anthropic's begins with one, so that it is early
    // also where the stream ended with an error, or without its last event.
    const bool cut = broken || (a.intent.at == endpoint::messages && a.intent.stream);
    if (!ingress::counts_its_text(out.tokens, o.generated_bytes, a.intent.at)) {
      // It has written and counted nothing of it: neither is the prompt's count believed if it is none.
      if (out.tokens.prompt_tokens == 0) out.tokens.prompt_tokens = prompt_tokens(x, a, counted_name(a, d));
      out.tokens.completion_tokens = std::min(estimated_answer(x, a, d, o, known), most_allowed(x, a));
      out.tokens.total_tokens = out.tokens.prompt_tokens + out.tokens.completion_tokens;
      out.source = broken || o.failed || !o.complete ? usage_source::partial : usage_source::estimated;
      return out;
    }
    if (!cut || (o.complete && !o.failed)) {
      if (!a.intent.stream || !generates(a.intent.at)) return out;
      const auto came = std::min(belying(o, out.tokens.completion_tokens, counted_name(a, d)), most_allowed(x, a));
      if (came <= out.tokens.completion_tokens) return out;
      out.tokens.completion_tokens = came;
      out.tokens.total_tokens = out.tokens.prompt_tokens + came;
      out.source = o.failed || !o.complete ? usage_source::partial : usage_source::estimated;
      return out;
    }
    const auto so_far =
        std::min(answer_so_far({}, o, true, counted_answer(o, counted_name(a, d)), 0), most_allowed(x, a));
    if (so_far <= out.tokens.completion_tokens) return out;
    out.tokens.completion_tokens = so_far;
    out.source = usage_source::partial;
  } else {
    const bool nothing_but_an_error = o.failed && o.generated_bytes == 0 && o.events == 0;
    if (!o.sent_whole || nothing_but_an_error || !was_worked_on(a, o)) return out;
    out.tokens.own = o.tokens.own;
    out.tokens.prompt_tokens = prompt_tokens(x, a, counted_name(a, d));
    out.tokens.completion_tokens = std::min(estimated_answer(x, a, d, o, known), most_allowed(x, a));
    if (heard) out.tokens.audio_milliseconds = ingress::likely_sound(x.request(), a.intent);
    out.source = broken || o.failed || !o.complete ? usage_source::partial : usage_source::estimated;
  }
  out.tokens.total_tokens = out.tokens.prompt_tokens + out.tokens.completion_tokens;
  return out;
}

std::optional<estimated_tokens> compared_estimate(const net::exchange& x, const admission& a,
                                                  const catalog::deployment& d, const net::call_outcome& o,
                                                  const pace& known, usage_source booked) {
  const bool whole = o.complete && !o.failed && o.error == core::ec::none && o.status < 400;
  if (booked != usage_source::provider || !whole || !o.tokens.seen || !works_for_a_model(a)) return std::nullopt;
  if (o.tokens.prompt_tokens + o.tokens.completion_tokens <= 0) return std::nullopt; // counted in seconds
  if (a.intent.at == endpoint::transcription || (generates(a.intent.at) && o.generated_bytes == 0)) return std::nullopt;
  return estimated_tokens{prompt_tokens(x, a, counted_name(a, d)),
                          std::min(estimated_answer(x, a, d, o, known), most_allowed(x, a))};
}

net::usage usage_so_far(const net::exchange& x, const admission& a, const catalog::deployment& d,
                        const net::call_outcome& o, core::wall_time now, const pace& known) {
  net::usage out;
  if (a.intent.reads || !was_worked_on(a, o) || o.failed) return out;
  out = o.tokens;
  if (!out.seen) out.prompt_tokens = sized_prompt(a);
  if (generates(a.intent.at)) {
    const auto may = ingress::estimate(a.intent, x.request().body.size(), d.model->reserve_tokens);
    const auto came = answer_so_far(may, o, a.intent.stream, counted_answer(o, counted_name(a, d), most_read_again),
                                    known.written(now - o.sent, d.id, a.intent.prompt_tokens));
    out.completion_tokens = std::max(out.completion_tokens, std::min(came, most_allowed(x, a)));
  }
  out.total_tokens = out.prompt_tokens + out.completion_tokens;
  return out;
}

} // namespace logos::execution
