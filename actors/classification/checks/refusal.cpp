// SPDX-License-Identifier: MIT
#include "actors/classification/checks/refusal.hpp"

#include "actors/classification/checks/refusal_phrases.hpp"

#include <algorithm>
#include <string>

namespace logos::checks {
namespace {

using namespace phrases;

/// A sentence that says no, not "no problem".
bool negates(std::string_view sentence) {
  for (const auto word : german_negations)
    for (auto at = sentence.find(word); at != sentence.npos; at = sentence.find(word, at + 1)) {
      const auto behind = sentence.substr(at + word.size());
      if (std::none_of(german_comforts.begin(), german_comforts.end(), [&](auto c) { return behind.starts_with(c); }))
        return true;
    }
  return false;
}

/// Lower case, typographic marks as plain ones, one blank for several, no marks of emphasis or quotation in front.
std::string plain(std::string_view text) {
  std::string out;
  bool blank = true;
  for (std::size_t i = 0; i < text.size() && out.size() < beginning_bytes; ++i) {
    const auto rest = text.substr(i);
    auto c = text[i];
    if (rest.starts_with("\xe2\x80\x99") || rest.starts_with("\xe2\x80\x98")) { // ’ ‘
      out += '\'';
      i += 2;
      blank = false;
      continue;
    }
    if (rest.starts_with("\xc2\xa0")) { // a blank that keeps a line together
      c = ' ';
      ++i;
    }
    if (rest.starts_with("\xc3") && rest.size() > 1) { // À to Þ, as à to þ
      const auto second = static_cast<unsigned char>(rest[1]);
      out += c;
      out += static_cast<char>(second >= 0x80 && second < 0x9f && second != 0x97 ? second + 0x20 : second);
      ++i;
      blank = false;
      continue;
    }
    if (c == '*' || c == '_' || c == '"' || c == '`' || c == '>' || c == '#') continue;
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    if (c == ' ' && blank) continue;
    blank = c == ' ';
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

/// Takes a phrase off `text` if it stands there as whole words.
bool take(std::string_view& text, std::string_view phrase) {
  if (!text.starts_with(phrase)) return false;
  const auto rest = text.substr(phrase.size());
  const auto next = rest.empty() ? ' ' : rest.front();
  const bool letter = (next >= 'a' && next <= 'z') || static_cast<unsigned char>(next) >= 0x80;
  if (letter && !phrase.ends_with('\'')) return false;
  text = rest.substr(std::min(rest.find_first_not_of(" ,.;:!-"), rest.size()));
  return true;
}

bool take_any(std::string_view& text, std::span<const std::string_view> phrases) {
  // The longest first: "sorry" must not stand in the way of what is longer.
  const std::string_view* best = nullptr;
  for (const auto& p : phrases) {
    auto trial = text;
    if ((best == nullptr || p.size() > best->size()) && take(trial, p)) best = &p;
  }
  return best != nullptr && take(text, *best);
}

bool begins_any(std::string_view text, std::span<const std::string_view> stems) {
  return std::any_of(stems.begin(), stems.end(), [&](auto stem) { return text.starts_with(stem); });
}

bool declines(const manner& in, std::string_view text) {
  for (int opening = 0; opening < 6; ++opening) {
    if (begins_any(text, in.whole)) return true;
    auto rest = text;
    if (take_any(rest, in.unable)) {
      for (int softener = 0; softener < 3; ++softener) {
        if (begins_any(rest, in.verbs)) return true;
        if (!take_any(rest, in.softeners)) break;
      }
    }
    if (!take_any(text, in.openings)) return false;
  }
  return false;
}

bool declines_in_german(std::string_view text) {
  for (int opening = 0; opening < 6; ++opening) {
    auto rest = text;
    if (take_any(rest, german_unable)) {
      // Of one sentence: a negation and, behind it or at the end, what is not done.
      const auto sentence = std::string{" "} + std::string{rest.substr(0, rest.find_first_of(".!?"))} + " ";
      const bool negated = text.starts_with("ich bin nicht") || text.starts_with("bin ich nicht") ||
                           text.find("nicht möglich") < 30 || negates(sentence);
      const bool of_help = std::any_of(german_verbs.begin(), german_verbs.end(),
                                       [&](auto verb) { return sentence.find(verb) != sentence.npos; });
      if (negated && of_help) return true;
    }
    if (!take_any(text, german_openings)) return false;
  }
  return false;
}

} // namespace

bool begins_with_refusal(std::string_view text) {
  const auto beginning = plain(text);
  if (std::any_of(manners.begin(), manners.end(), [&](const manner& m) { return declines(m, beginning); })) return true;
  return declines_in_german(beginning);
}

} // namespace logos::checks
