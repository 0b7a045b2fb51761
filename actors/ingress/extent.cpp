// SPDX-License-Identifier: MIT
#include "actors/ingress/extent.hpp"

#include "actors/ingress/image_tokens.hpp"

#include <algorithm>
#include <limits>

namespace logos::ingress {
namespace {

constexpr std::int64_t tokens_per_message = 16; // at most, of what surrounds its text
constexpr std::int64_t usual_tokens_per_message = 4;
constexpr std::int64_t usual_tokens_per_image = 765;
constexpr std::int64_t tokens_per_drawn_image = 6240;      // gpt-image-1 in high quality, 1024 × 1536
constexpr std::int64_t sound_bytes_per_token = 32;         // 8 kbit/s at 32 tokens a second
constexpr std::int64_t usual_sound_bytes_per_token = 1600; // 128 kbit/s at 10 tokens a second
constexpr std::int64_t sound_bytes_per_word_token = 128;   // 8 kbit/s, and nobody speaks 8 tokens a second
constexpr std::int64_t spoken_tokens_per_byte = 4; // 15 characters a second at 21 tokens, said at a third of the speed
constexpr std::int64_t most_tokens = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t most_answers = 1'000'000;
constexpr std::int64_t most_prompt_tokens = std::int64_t{1} << 40;
constexpr std::int64_t most_calls = 1'000'000;
constexpr std::int64_t turns_of_messages = 10; // after which Anthropic's loop pauses

std::int64_t bounded(std::uint64_t n) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(n, static_cast<std::uint64_t>(most_tokens)));
}

/// Whether numbers that are the prompt, or stand in lists that are, are ids of tokens.
bool takes_ids(endpoint e) { return e == endpoint::completions || e == endpoint::embeddings; }

/// Whether files that are read do not stand in the body, but at an address or id. JSON names them, where forms bring
/// them.
bool names_files(const intent& i, endpoint at) {
  if (i.body == body_kind::multipart) return i.multipart.remote;
  return i.body == body_kind::json && (at == endpoint::transcription || at == endpoint::image_edit);
}

/// Messages, or prompts of a list.
std::int64_t prompts_of(const intent& i, endpoint at) {
  const auto& look = i.json;
  if (!takes_ids(at) || look.bare_numbers == 0) return look.messages;
  return std::int64_t{look.messages} - look.bare_numbers + 1;
}

/// Each prompt of a list gets `n` answers. A list of numbers is one prompt, of token ids.
std::int64_t answers_of(const intent& i, endpoint at) {
  if (i.body == body_kind::multipart) return std::max<std::int64_t>(i.multipart.n, 1);
  const auto& look = i.json;
  const auto n = std::max<std::int64_t>(look.n, 1);
  if (at != endpoint::completions || look.messages <= 1 || look.bare_numbers == look.messages) return n;
  return std::min<std::int64_t>(n * look.messages, most_answers);
}

/// `context`: 0 where it is not known, or does not matter.
std::int64_t answer_of(const intent& i, endpoint at, std::size_t body_bytes, std::int64_t reserve,
                       std::int64_t context) {
  if (!generates(at)) return 0;
  // Whoever asks for nothing gets a token all the same: no provider takes 0.
  if (i.json.completion_most && takes_a_limit(at))
    return std::clamp<std::int64_t>(*i.json.completion_most, 1, most_tokens);
  reserve = reserve > 0 ? std::min(reserve, most_tokens) : default_answer_tokens;
  context = std::min(context, most_tokens);
  switch (at) {
  case endpoint::image_generation:
  case endpoint::image_edit: return std::max(reserve, tokens_per_drawn_image);
  case endpoint::speech: return std::max(reserve, bounded(body_bytes) * spoken_tokens_per_byte);
  case endpoint::transcription:
    if (names_files(i, at)) reserve = std::max(reserve, context);
    return std::max(reserve, bounded(i.multipart.file_bytes) / sound_bytes_per_word_token);
  case endpoint::other: // heeds fields of any name; what names no model makes things at the provider, conversations say
    if (i.at != endpoint::other || !i.model.empty()) reserve = std::max(reserve, context);
    [[fallthrough]];
  default: return i.json.completion_most ? std::max(reserve, std::min(*i.json.completion_most, most_tokens)) : reserve;
  }
}

std::int64_t most_of_images(const net::json_look& look, std::string_view model) {
  const auto unsized = look.attachments - static_cast<std::int64_t>(look.sized.size());
  // Asked only when there are any: to find the model's family takes longer than all else here.
  auto sum = unsized == 0 ? 0 : unsized * most_image_tokens(model, std::nullopt);
  for (const auto& size : look.sized)
    sum += most_image_tokens(model, size);
  return sum;
}

/// The query, and all else that stands beside the longest list, is read with each of its elements.
std::int64_t most_ranked(const net::json_look& look, std::size_t body_bytes) {
  const auto beside = body_bytes - std::min<std::uint64_t>(look.list_bytes, body_bytes);
  const auto each = beside + std::uint64_t{tokens_per_message}; // neither factor has more than 32 bits
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(each * look.list_elements + look.list_bytes, most_prompt_tokens));
}

std::int64_t most_prompt(const intent& i, endpoint at, std::size_t body_bytes, std::string_view model) {
  switch (i.body) {
  case body_kind::none: return 0;
  case body_kind::opaque: return bounded(body_bytes);
  case body_kind::json: {
    const auto& look = i.json;
    // An id is one token however it is written: the comma or bracket behind it stands for it.
    const auto no_text = look.attachment_bytes + (takes_ids(at) ? look.id_bytes : 0);
    const auto once =
        bounded(body_bytes - std::min<std::uint64_t>(no_text, body_bytes) + look.sound_bytes / sound_bytes_per_token) +
        tokens_per_message * prompts_of(i, at) + most_of_images(look, model);
    return at == endpoint::ranking ? std::max(once, most_ranked(look, body_bytes)) : once;
  }
  case body_kind::multipart: {
    const auto& form = i.multipart;
    const auto text = bounded(form.text_bytes);
    if (at == endpoint::transcription) return text + bounded(form.file_bytes) / sound_bytes_per_token;
    if (at == endpoint::image_edit) return text + most_image_tokens(model, std::nullopt) * bounded(form.files);
    return bounded(form.text_bytes + form.file_bytes);
  }
  }
  return bounded(body_bytes);
}

std::int64_t usual_prompt(const intent& i, std::size_t body_bytes) {
  switch (i.body) {
  case body_kind::none: return 0;
  case body_kind::opaque: return bounded(body_bytes) / bytes_per_token;
  case body_kind::json: {
    const auto& look = i.json;
    return bounded(look.content_bytes) / bytes_per_token + bounded(look.content_numbers) +
           usual_tokens_per_message * prompts_of(i, i.at) + usual_tokens_per_image * look.attachments +
           bounded(look.sound_bytes) / usual_sound_bytes_per_token;
  }
  case body_kind::multipart: {
    const auto& form = i.multipart;
    const auto text = bounded(form.text_bytes) / bytes_per_token;
    if (i.at == endpoint::transcription) return text + bounded(form.file_bytes) / usual_sound_bytes_per_token;
    if (i.at == endpoint::image_edit) return text + usual_tokens_per_image * bounded(form.files);
    return text + bounded(form.file_bytes) / bytes_per_token;
  }
  }
  return 0;
}

std::int64_t passes_at(const intent& i, endpoint at) {
  const auto& look = i.json;
  if (i.body != body_kind::json || look.provider_tools == 0) return 1;
  // A tool that is a model is asked as often as it is called.
  const auto per_call = look.names_models ? 2 : 1;
  const auto of_calls = [&](std::int64_t calls) { return 1 + per_call * std::min(calls, most_calls); };
  std::int64_t passes = 1;
  if (look.max_tool_calls)
    passes = of_calls(*look.max_tool_calls);
  else if (at == endpoint::responses)
    passes = of_calls(default_tool_calls);
  if (at == endpoint::messages) {
    const bool bounded = look.boundless_tools == 0 && look.tool_uses < turns_of_messages;
    passes = std::max(passes, of_calls(bounded ? look.tool_uses : turns_of_messages));
  }
  if (look.max_turns) passes = std::max(passes, std::min(*look.max_turns, most_calls) * per_call);
  return passes;
}

extent bound_at(const intent& i, endpoint at, std::size_t body_bytes, std::int64_t reserve, std::string_view model,
                std::int64_t context) {
  auto prompt = most_prompt(i, at, body_bytes, model);
  std::int64_t calls = 0;
  const bool json = i.body == body_kind::json;
  if ((json && i.json.remembers) || names_files(i, at)) {
    const auto passes = passes_at(i, at);
    if (json && i.json.provider_tools > 0) calls = std::max<std::int64_t>(passes - 1, 1);
    // How much that is, only the provider knows; but no model reads more than its context at a time.
    if (context > 0)
      prompt = std::max(prompt, std::min(std::min(context, most_tokens) * passes, most_prompt_tokens));
    else
      prompt += reserve > 0 ? std::min(reserve, most_tokens) : default_answer_tokens;
  }
  return {prompt, answer_of(i, at, body_bytes, reserve, context), answers_of(i, at), calls};
}

} // namespace

bool needs_call_limit(const intent& i) {
  return i.body == body_kind::json && i.at == endpoint::responses && i.json.provider_tools > 0 &&
         !i.json.max_tool_calls;
}

std::int64_t most_passes(const intent& i) { return passes_at(i, i.at); }

bool may_call_more(const intent& i) {
  const auto& look = i.json;
  if (i.body != body_kind::json) return true;
  if (i.at == endpoint::responses) return false; // there is always a `max_tool_calls`
  return i.at != endpoint::messages || look.boundless_tools > 0 || look.tool_uses > turns_of_messages;
}

extent upper_bound(const intent& i, std::size_t body_bytes, std::int64_t reserve, std::string_view model,
                   std::int64_t context) {
  if (i.reads || i.at == endpoint::counting) return {};
  return bound_at(i, i.at, body_bytes, reserve, model, context);
}

extent upper_bound_elsewhere(const intent& i, std::size_t body_bytes, std::int64_t reserve, std::string_view model,
                             std::int64_t context) {
  if (i.reads) return {};
  const auto asked = upper_bound(i, body_bytes, reserve, model, context);
  const auto unknown = bound_at(i, endpoint::other, body_bytes, reserve, model, context);
  return {std::max(asked.prompt, unknown.prompt), std::max(asked.answer, unknown.answer),
          std::max(asked.answers, unknown.answers), std::max(asked.calls, unknown.calls)};
}

extent estimate(const intent& i, std::size_t body_bytes, std::int64_t reserve) {
  if (i.reads || i.at == endpoint::counting) return {};
  auto answer = answer_of(i, i.at, body_bytes, reserve, 0);
  if (i.json.completion_limit && takes_a_limit(i.at))
    answer = std::clamp<std::int64_t>(*i.json.completion_limit, 1, most_tokens);
  return {usual_prompt(i, body_bytes), answer, answers_of(i, i.at), 0};
}

} // namespace logos::ingress
