// SPDX-License-Identifier: MIT
#include "net/content_tally.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace logos::net {
namespace {

/// So many of one request are looked at; the others count as large ones.
constexpr std::size_t most_sized = 256;
constexpr std::int64_t most_uses = 1'000'000;

/// A file that is the text that stands there. Of anything else, whatever it calls itself, only the provider knows how
/// many pages and pictures it has.
bool is_plain(std::string_view file) {
  const auto head = file.substr(0, file.find(','));
  return head.size() < file.size() && (head == "data:" || head.starts_with("data:text/")) &&
         head.find_first_of(";\\") == std::string_view::npos;
}

/// Kinds of a message's parts of which all that is read stands in the body, or at members that are looked at.
constexpr auto known_parts = std::to_array<std::string_view>({
    "text",
    "image_url",
    "input_text",
    "output_text",
    "tool_use",
    "tool_result",
    "thinking",
    "redacted_thinking",
    "input_image",
    "image",
    "input_audio",
    "file",
    "input_file",
    "document",
    "document_url",
    "file_url",
    "video_url",
    "audio_url",
    "refusal",
    "reasoning",
    "reasoning_text",
    "summary_text",
    "reference",
    "tool_reference",
    "search_result",
    "computer_screenshot",
    "container_upload",
    // What tools of the provider have answered before, as Anthropic has it sent again.
    "server_tool_use",
    "web_search_tool_result",
    "web_search_tool_result_error",
    "web_search_result",
    "web_fetch_tool_result",
    "web_fetch_tool_result_error",
    "web_fetch_result",
    "code_execution_tool_result",
    "code_execution_result",
    "bash_code_execution_tool_result",
    "bash_code_execution_result",
    "bash_code_execution_output",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "mcp_tool_use",
    "mcp_tool_result",
});

/// A sound that does not stand there: base64 has no colon, which any address has, if by an escape.
bool is_address(std::string_view sound) {
  constexpr std::size_t longest_scheme = 64; // if all of it is escaped
  const auto head = sound.substr(0, longest_scheme);
  return !head.starts_with("data:") &&
         (head.find(':') != std::string_view::npos || head.find("\\u003a") != std::string_view::npos ||
          head.find("\\u003A") != std::string_view::npos);
}

} // namespace

void content_tally::attach_image(const std::optional<image_size>& size) {
  ++out_.attachments;
  ++out_.images;
  if (size && out_.sized.size() < most_sized) out_.sized.push_back(*size);
}

void content_tally::image(std::string_view address) {
  if (!address.starts_with("data:image/")) {
    attach_image(std::nullopt);
    // Anything else may be read as the text that it is, or may be a video.
    out_.content_bytes += address.size();
    if (address.starts_with("data:")) out_.remembers = true;
    return;
  }
  out_.attachment_bytes += address.size();
  constexpr std::string_view coded = ";base64,";
  const auto head = address.find(coded);
  attach_image(head == std::string_view::npos ? std::nullopt : read_image_size(address.substr(head + coded.size())));
}

void content_tally::begin(place object) {
  if (object == place::source) {
    source_bytes_ = 0;
    source_is_image_ = source_is_text_ = source_is_other_ = false;
    source_size_.reset();
  } else if (object == place::turn) {
    turn_has_id_ = turn_has_kind_ = false;
  } else if (object == place::tool) {
    ++out_.tools;
    tool_is_provided_ = false;
    tool_uses_.reset();
  }
}

void content_tally::remember(bool tool) {
  out_.remembers = true;
  if (!tool) return;
  ++out_.provider_tools;
  ++out_.boundless_tools;
}

void content_tally::number(std::string_view text, place where) {
  ++out_.content_numbers;
  if (where != place::tool_uses) return;
  std::int64_t uses = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uses);
  if (error != std::errc{} || end != text.data() + text.size()) return; // none that a provider would take
  tool_uses_ = std::max(tool_uses_.value_or(0), std::clamp<std::int64_t>(uses, 0, most_uses));
}

const char* content_tally::element(std::string_view text, const char* before) {
  constexpr std::size_t most_digits = 7; // no vocabulary has as many tokens that an id of one is longer
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() > most_digits || !std::all_of(text.begin(), text.end(), is_digit)) return nullptr;
  // One byte of what is between two stays for the second one: blanks are no more tokens than its digits.
  if (before != nullptr) out_.id_bytes += static_cast<std::uint64_t>(text.data() - before - 1);
  out_.id_bytes += text.size();
  return text.data() + text.size();
}

void content_tally::list(std::uint32_t elements, std::uint64_t bytes) {
  if (elements < out_.list_elements) return;
  out_.list_bytes = elements > out_.list_elements ? bytes : std::max(out_.list_bytes, bytes);
  out_.list_elements = elements;
}

void content_tally::end(place object) {
  if (object == place::turn) {
    // OpenAI's item_reference need not say what it is.
    if (turn_has_id_ && !turn_has_kind_) out_.remembers = true;
  } else if (object == place::tool) {
    if (!tool_is_provided_) return;
    ++out_.provider_tools;
    if (tool_uses_)
      out_.tool_uses += *tool_uses_;
    else
      ++out_.boundless_tools;
  } else if (object == place::source) {
    if (source_is_image_ && !source_is_text_ && !source_is_other_) {
      attach_image(source_size_);
      out_.attachment_bytes += source_bytes_;
    } else {
      out_.content_bytes += source_bytes_;
      if (source_is_other_) out_.remembers = true;
    }
  }
}

void content_tally::text(std::string_view inside, place where) {
  switch (where) {
  case place::image: // Responses: the address itself
  case place::attached_image: return image(inside);
  case place::sound: // Mistral: the sound itself
  case place::attached_sound:
    if (is_address(inside)) out_.remembers = true;
    out_.attachment_bytes += inside.size();
    out_.sound_bytes += inside.size();
    return;
  case place::source_remote: out_.remembers = true; [[fallthrough]];
  case place::source_data:
    source_bytes_ += inside.size();
    source_size_ = read_image_size(inside);
    return;
  case place::source_kind:
    if (inside.starts_with("image/") || inside == "url")
      source_is_image_ = true;
    else if (inside == "text" || inside == "text/plain" || inside == "content")
      source_is_text_ = true;
    else if (inside != "base64")
      source_is_other_ = true; // a PDF: how many pages and pictures it has, only the provider knows
    return;
  case place::clip: // the address itself
  case place::attached_clip:
  case place::file:
  case place::remote_file:
    ++out_.attachments;
    out_.remembers = true;
    break;
  case place::attached_file:
    if (!is_plain(inside)) out_.remembers = true;
    break;
  case place::remembered: out_.remembers = true; break;
  case place::format: return; // no part of the prompt
  case place::format_kind:
    if (inside == "json_schema") out_.wants_schema = true;
    return;
  case place::part_kind:
    if (std::find(known_parts.begin(), known_parts.end(), inside) == known_parts.end()) out_.remembers = true;
    break;
  case place::excerpt_kind:
    if (inside != "text") out_.remembers = true;
    break;
  case place::turn_id: turn_has_id_ = true; break;
  case place::turn_kind:
    turn_has_kind_ = true;
    // An escape may spell it, too.
    if (inside == "item_reference" || inside.find('\\') != std::string_view::npos) out_.remembers = true;
    break;
  case place::tool_kind:
    if (inside != "function" && inside != "custom") out_.remembers = tool_is_provided_ = true;
    break;
  default: break;
  }
  out_.content_bytes += inside.size();
}

} // namespace logos::net
