// SPDX-License-Identifier: MIT
#include "tokenization/counting.hpp"

#include "tokenization/sampled_count.hpp"

#include <string>

namespace logos::tokenization {
namespace {

using core::ec;
using core::failure;
using simdjson::SUCCESS;
using simdjson::dom::element;
using verdict = boost::system::result<void, failure>;

// "How to count tokens with tiktoken" in OpenAI's cookbook.
constexpr std::uint64_t per_message = 3;
constexpr std::uint64_t per_name = 1;
constexpr std::uint64_t before_reply = 3;

// OpenAI's guide to images: 85 tokens for one of low detail, else 85 and 170 for each tile of 512 × 512 pixels, at most
// 768 × 2048 after scaling. How large the image is would take its bytes, so this is one of 1024 × 1024.
constexpr std::uint64_t low_image = 85;
constexpr std::uint64_t usual_image = 85 + 4 * 170;
// OpenAI counts 10 tokens a second; a second of 16-bit samples at 24 kHz is 48,000 bytes or 64,000 characters of
// base64.
constexpr std::size_t sound_characters_per_token = 6400;
/// What nobody can say without opening it: a file, or a part that is not known here.
constexpr std::uint64_t unknown_part = 1000;

constexpr std::uint64_t whole(std::uint64_t thousandths) { return (thousandths + 999) / 1000; }

class chat_count {
public:
  chat_count(const family& of, std::size_t likely_bytes)
      : texts_{of, likely_bytes},
        exact_{of.exact && of.exact_chat} {}

  verdict add_message(element message, std::size_t index);
  void add_json(element value) {
    exact_ = false;
    add_text(simdjson::minify(value));
  }
  tally sum() const { return {around_ + before_reply + whole(texts_.thousandths()), exact_ && texts_.is_whole()}; }

private:
  verdict add_content(element content, const std::string& where);
  verdict add_part(element part, const std::string& where);
  void add_text(std::string_view text) { texts_.add(text); }
  void estimate(std::uint64_t count) {
    exact_ = false;
    around_ += count;
  }

  sampled_count texts_;
  std::uint64_t around_ = 0;
  bool exact_;
};

failure wrong(const std::string& where, std::string_view expected) {
  return {ec::bad_field, "'" + where + "' must be " + std::string{expected} + ".", where};
}

verdict chat_count::add_message(element message, std::size_t index) {
  const auto where = "messages[" + std::to_string(index) + "]";
  simdjson::dom::object members;
  if (message.get(members) != SUCCESS) return wrong(where, "an object");
  std::string_view role;
  if (members["role"].get(role) != SUCCESS) return wrong(where + ".role", "a text");
  around_ += per_message;
  for (const auto [key, value] : members) {
    std::string_view text;
    if (key == "content") {
      if (auto bad = add_content(value, where + ".content"); !bad) return bad;
    } else if (value.get(text) == SUCCESS) {
      add_text(text);
      if (key == "name") around_ += per_name;
      if (key != "name" && key != "role") exact_ = false;
    } else if (!value.is_null()) {
      add_json(value); // calls of tools
    }
  }
  return {};
}

verdict chat_count::add_content(element content, const std::string& where) {
  std::string_view text;
  if (content.is_null()) return {};
  if (content.get(text) == SUCCESS) {
    add_text(text);
    return {};
  }
  simdjson::dom::array parts;
  if (content.get(parts) != SUCCESS) return wrong(where, "a text or an array of parts");
  if (parts.size() > 1) exact_ = false; // whether tokens reach from one text into the next is nowhere said
  std::size_t i = 0;
  for (const auto part : parts)
    if (auto bad = add_part(part, where + "[" + std::to_string(i++) + "]"); !bad) return bad;
  return {};
}

verdict chat_count::add_part(element part, const std::string& where) {
  simdjson::dom::object members;
  if (part.get(members) != SUCCESS) return wrong(where, "an object");
  std::string_view type, text;
  if (members["type"].get(type) != SUCCESS) return wrong(where + ".type", "a text");
  if (type == "text" || type == "refusal") {
    if (members[type].get(text) != SUCCESS) return wrong(where + "." + std::string{type}, "a text");
    add_text(text);
  } else if (type == "image_url") {
    std::string_view detail;
    const bool low = members["image_url"]["detail"].get(detail) == SUCCESS && detail == "low";
    estimate(low ? low_image : usual_image);
  } else if (type == "input_audio" && members["input_audio"]["data"].get(text) == SUCCESS) {
    estimate(1 + text.size() / sound_characters_per_token);
  } else {
    estimate(unknown_part);
  }
  return {};
}

} // namespace

tally count_text(std::string_view text, const family& of) { return {whole(of.thousandths(text)), of.exact}; }

boost::system::result<tally, failure> count_chat(simdjson::dom::array messages, const element* tools, const family& of,
                                                 std::size_t likely_bytes) {
  chat_count counted{of, likely_bytes};
  std::size_t i = 0;
  for (const auto message : messages)
    if (auto bad = counted.add_message(message, i++); !bad) return bad.error();
  if (tools != nullptr && !tools->is_null()) counted.add_json(*tools);
  return counted.sum();
}

} // namespace logos::tokenization
