// SPDX-License-Identifier: MIT
#include "core/capability.hpp"

#include "core/words.hpp"

namespace logos::core {
namespace {

constexpr words<11> capabilities{"chat",         "tools",      "vision", "json_schema",      "audio",
                                 "embeddings",   "moderation", "rerank", "image_generation", "speech",
                                 "transcription"};

} // namespace

std::string_view to_string(capability x) { return word_of(capabilities, x); }
std::optional<capability> parse_capability(std::string_view s) { return parse_word<capability>(capabilities, s); }

capability_set completed(capability_set said) {
  using enum capability;
  for (const auto c : {tools, vision, json_schema, audio})
    if (said.has(c)) said.add(chat);
  return said;
}

std::vector<std::string> words_of(capability_set set) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < capabilities.size(); ++i)
    if (set.has(static_cast<capability>(i))) out.emplace_back(capabilities[i]);
  return out;
}

std::string joined(capability_set set) {
  std::string out;
  for (const auto& word : words_of(set))
    out.append(out.empty() ? "" : " ").append(word);
  return out;
}

capability_set parse_capabilities(std::string_view text) {
  capability_set out;
  while (!text.empty()) {
    const auto end = text.find(' ');
    if (const auto c = parse_capability(text.substr(0, end))) out.add(*c);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string_view capability_words() {
  static const std::string all = [] {
    std::string out;
    for (const auto word : capabilities)
      out.append(out.empty() ? "" : ", ").append(word);
    return out;
  }();
  return all;
}

} // namespace logos::core
