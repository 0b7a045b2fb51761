// SPDX-License-Identifier: MIT
#include "simulator/text.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace logos::simulator {
namespace {

constexpr std::array<std::string_view, 64> vocabulary{
    "the",     "a",     "light",    "river", "model",   "answers", "with",    "care",  "and",    "every",   "token",
    "travels", "along", "its",      "way",   "from",    "one",     "node",    "to",    "next",   "where",   "small",
    "lamps",   "burn",  "over",     "quiet", "water",   "while",   "morning", "opens", "slowly", "like",    "old",
    "maps",    "that",  "remember", "names", "of",      "towns",   "beyond",  "hills", "we",     "count",   "seven",
    "bridges", "then",  "return",   "home",  "by",      "train",   "under",   "clear", "skies",  "nothing", "is",
    "lost",    "what",  "was",      "said",  "remains", "here",    "for",     "today", "again"};

using simdjson::dom::element;

/// The element that a local reference like `#/$defs/step` names.
simdjson::simdjson_result<element> resolve(element root, std::string_view reference) {
  return reference.substr(0, 1) == "#" ? root.at_pointer(reference.substr(1)) : root.at_pointer("/");
}

std::string_view type_of(element schema) {
  std::string_view type;
  if (element listed; schema["type"].get(listed) == simdjson::SUCCESS) {
    if (listed.get(type) == simdjson::SUCCESS) return type;
    if (listed.at(0).get(type) == simdjson::SUCCESS) return type;
  }
  if (schema["properties"].error() == simdjson::SUCCESS) return "object";
  if (schema["items"].error() == simdjson::SUCCESS) return "array";
  return "string";
}

void append_example(std::string& out, element root, element schema, sequence& random, int depth) {
  std::string_view reference;
  if (depth > 16) {
    out += "null";
    return;
  }
  if (schema["$ref"].get(reference) == simdjson::SUCCESS) {
    if (element target; resolve(root, reference).get(target) == simdjson::SUCCESS)
      append_example(out, root, target, random, depth + 1);
    else
      out += "null";
    return;
  }
  if (element constant; schema["const"].get(constant) == simdjson::SUCCESS) {
    out += simdjson::minify(constant);
    return;
  }
  if (simdjson::dom::array choices; schema["enum"].get(choices) == simdjson::SUCCESS && choices.size() > 0) {
    out += simdjson::minify(choices.at(random.below(choices.size())).value_unsafe());
    return;
  }
  for (const auto* key : {"anyOf", "oneOf", "allOf"})
    if (element first; schema[key].at(0).get(first) == simdjson::SUCCESS)
      return append_example(out, root, first, random, depth + 1);
  const auto type = type_of(schema);
  if (type == "object") {
    out += '{';
    if (simdjson::dom::object properties; schema["properties"].get(properties) == simdjson::SUCCESS) {
      for (const auto [key, value] : properties) {
        if (out.back() != '{') out += ',';
        out.append(core::json_string(key)).append(":");
        append_example(out, root, value, random, depth + 1);
      }
    }
    out += '}';
  } else if (type == "array") {
    out += '[';
    if (element items; schema["items"].get(items) == simdjson::SUCCESS)
      append_example(out, root, items, random, depth + 1);
    out += ']';
  } else if (type == "integer" || type == "number") {
    std::int64_t least = 0;
    if (schema["minimum"].get(least) != simdjson::SUCCESS) least = 0;
    std::int64_t most = least + 40;
    if (schema["maximum"].get(most) != simdjson::SUCCESS || most < least) most = least + 40;
    out +=
        std::to_string(least + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least) + 1)));
  } else if (type == "boolean") {
    out += random.below(2) != 0 ? "true" : "false";
  } else if (type == "null") {
    out += "null";
  } else {
    out.append("\"").append(vocabulary[random.below(vocabulary.size())]).append("\"");
  }
}

} // namespace

std::uint64_t sequence::next() {
  state_ += 0x9e3779b97f4a7c15;
  auto z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ sequence { seed }.next();
  for (const auto c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return sequence{hash}.next();
}

unsigned count_tokens(std::string_view text) { return static_cast<unsigned>((text.size() + 3) / 4); }

std::vector<std::string> words(std::uint64_t seed, std::size_t tokens) {
  sequence random{seed};
  std::vector<std::string> all;
  all.reserve(tokens);
  for (std::size_t i = 0; i < tokens; ++i) {
    std::string word{i == 0 ? "" : " "};
    word += vocabulary[random.below(vocabulary.size())];
    all.push_back(std::move(word));
  }
  return all;
}

std::vector<std::string> pieces_of(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    auto length = std::min<std::size_t>(6, text.size());
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
      ++length;
    all.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return all;
}

std::vector<float> embedding(std::string_view text, std::uint64_t seed, std::size_t dimension) {
  sequence random{stable_hash(text, seed)};
  std::vector<float> values(dimension);
  double squares = 0;
  for (auto& value : values) {
    value = static_cast<float>(static_cast<double>(random.next() >> 11) / 4503599627370496.0 - 1.0);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const auto norm = static_cast<float>(std::sqrt(squares > 0 ? squares : 1));
  for (auto& value : values)
    value /= norm;
  return values;
}

void append_floats(std::string& out, const std::vector<float>& values) {
  out += '[';
  std::array<char, 32> digits{};
  for (const auto value : values) {
    if (out.back() != '[') out += ',';
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  }
  out += ']';
}

std::string base64(std::string_view bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= bytes.size() ? alphabet[(group >> (18 - 6 * k)) & 63] : '=';
  }
  return out;
}

std::string base64_of(const std::vector<float>& values) {
  return base64({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

std::string example_of(element schema, std::uint64_t seed) {
  sequence random{seed};
  std::string out;
  append_example(out, schema, schema, random, 0);
  return out;
}

} // namespace logos::simulator
