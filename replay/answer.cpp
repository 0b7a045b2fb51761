// SPDX-License-Identifier: MIT
#include "replay/answer.hpp"

#include "core/utf8.hpp"

#include <simdjson.h>

#include <array>

namespace logos::replay {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t most_kept = 1 << 20; // of a document or an event
constexpr std::size_t shown_of_other = 200;

std::string_view string_at(dom::element in, std::string_view pointer) {
  std::string_view text;
  return in.at_pointer(pointer).get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

/// Cuts `text` at `most` bytes or before, never inside a character.
std::string_view beginning_of(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U)
    --most;
  return text.substr(0, most);
}

} // namespace

struct answer_reader::parser {
  dom::parser json{};
};

answer_reader::answer_reader(net::content_kind kind, bool refusal, std::size_t most_text)
    : kind_{kind},
      refusal_{refusal},
      most_text_{most_text},
      parser_{std::make_unique<parser>()} {}
answer_reader::~answer_reader() = default;
answer_reader::answer_reader(answer_reader&&) noexcept = default;
answer_reader& answer_reader::operator=(answer_reader&&) noexcept = default;

bool answer_reader::feed(std::string_view bytes) {
  if (too_long_) return begun_;
  if (kept_.size() + bytes.size() > most_kept) {
    too_long_ = true;
    kept_.clear();
    return begun_;
  }
  kept_ += bytes;
  if (kind_ != net::content_kind::sse) return begun_ = begun_ || !bytes.empty();
  std::size_t done = 0;
  for (;;) {
    const auto rest = std::string_view{kept_}.substr(done);
    const auto end = scanner_.find_end(rest);
    if (end == std::string_view::npos) break;
    read_event(rest.substr(0, end));
    done += end;
  }
  kept_.erase(0, done);
  return begun_;
}

void answer_reader::finish() {
  if (kind_ == net::content_kind::sse) {
    read_event(kept_);
  } else if (!too_long_) {
    read_json(kept_, true);
  }
  kept_.clear();
}

std::string answer_reader::text() const { return cut_ ? text_ + "…" : text_; }

void answer_reader::read_event(std::string_view event) {
  const auto data = net::event_data(event, scratch_);
  if (data.empty()) return;
  begun_ = true;
  if (data != "[DONE]") read_json(data, false);
}

void answer_reader::read_json(std::string_view json, bool whole) {
  dom::element document;
  if (parser_->json.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS) {
    if (whole && refusal_ && error_.empty()) error_ = beginning_of(json, shown_of_other);
    return;
  }
  // Chat and plain completions, events and documents; the Responses API last.
  constexpr std::array<std::string_view, 7> places{"/choices/0/delta/reasoning_content",
                                                   "/choices/0/delta/content",
                                                   "/choices/0/message/content",
                                                   "/choices/0/text",
                                                   "/delta",
                                                   "/output/0/content/0/text",
                                                   "/message/content"};
  for (const auto place : places)
    if (const auto piece = string_at(document, place); !piece.empty()) {
      write(piece);
      break;
    }
  if (!error_.empty()) return;
  for (const std::string_view place : {"/error/message", "/error", "/detail", "/message"}) {
    if (!refusal_ && !place.starts_with("/error")) return;
    if (const auto message = string_at(document, place); !message.empty()) {
      error_ = beginning_of(message, shown_of_other);
      return;
    }
  }
}

void answer_reader::write(std::string_view piece) {
  if (cut_) return;
  const auto part = beginning_of(piece, most_text_ - text_.size());
  text_ += part;
  cut_ = part.size() < piece.size();
}

} // namespace logos::replay
