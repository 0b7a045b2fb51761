// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/features.hpp"

#include "actors/classification/scoring/lexicon.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#if defined(__x86_64__) && defined(__GNUC__)
#define LOGOS_VECTORS
#include <immintrin.h>
#endif

namespace logos::classification {
namespace {

// The words of so many bytes at the beginning and the end of a question are looked up: there stands what is wanted,
// what lies between is what it is wanted of.
constexpr std::size_t words_head = 3072;
constexpr std::size_t words_tail = 1024;

// What a byte may be; it may be several. Counted eight at a time, a byte wide each, in one word.
enum byte_class : unsigned { digit, symbol, operation, high, classes = 8 };
using lanes = std::uint64_t;

constexpr std::array<lanes, 256> make_classes() {
  std::array<lanes, 256> out{};
  const auto mark = [&](std::string_view bytes, byte_class c) {
    for (const char b : bytes)
      out[static_cast<unsigned char>(b)] |= lanes{1} << (8U * c);
  };
  mark("0123456789", digit);
  mark("{}[]();<>=&|_$#@\\", symbol);
  mark("+*/^=<>%", operation);
  for (std::size_t b = 0x80; b < 0x100; ++b)
    out[b] |= lanes{1} << (8U * high);
  return out;
}
constexpr auto class_of = make_classes();

struct shape {
  std::array<std::uint32_t, classes> bytes{};
  std::uint32_t lines = 0, fenced = 0, code_lines = 0, listed = 0;
  bool latex = false;
};

bool within(char c, char first, unsigned many) { return static_cast<unsigned char>(c - first) < many; }
bool is_digit(char c) { return within(c, '0', 10); }

#ifdef LOGOS_VECTORS
/// How many bytes have their sign set.
__attribute__((target("avx2,popcnt"))) std::uint32_t count(__m256i bytes) {
  return static_cast<std::uint32_t>(__builtin_popcount(static_cast<unsigned>(_mm256_movemask_epi8(bytes))));
}

/// Counts whole groups of 32 bytes; returns how many bytes these were. A byte is one of a set when the bits that its
/// two halves stand for have one in common: each bit is a set of lower halves that goes with some upper halves.
__attribute__((target("avx2,popcnt"))) std::size_t count_groups(std::string_view text, shape& into) {
  constexpr int s2 = 1, s3 = 2, s4 = 4, s57 = 8, s5 = 16, o2 = 32, o3 = 64, o5 = 128;
  constexpr int symbols = s2 | s3 | s4 | s57 | s5, operations = o2 | o3 | o5;
  // 2_: # $ & ( ) and % * + /; 3_: ; < = > and < = >; 4_: @; 5_: [ \ ] _ and ^; 7_: { | }
  const auto lower = _mm256_broadcastsi128_si256(_mm_setr_epi8(
      s4, 0, 0, s2, s2, o2, s2, 0, s2, s2, o2, static_cast<char>(s3 | s57 | o2), static_cast<char>(s3 | s57 | o3),
      static_cast<char>(s3 | s57 | o3), static_cast<char>(s3 | o3 | o5), static_cast<char>(s5 | o2)));
  const auto upper =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, static_cast<char>(s2 | o2), static_cast<char>(s3 | o3), s4,
                                                static_cast<char>(s57 | s5 | o5), 0, s57, 0, 0, 0, 0, 0, 0, 0, 0));
  const auto half = _mm256_set1_epi8(15), none = _mm256_setzero_si256(), zero = _mm256_set1_epi8('0'),
             nine = _mm256_set1_epi8(9);
  const auto of_symbols = _mm256_set1_epi8(static_cast<char>(symbols)),
             of_operations = _mm256_set1_epi8(static_cast<char>(operations));
  std::size_t at = 0;
  for (; at + 32 <= text.size(); at += 32) {
    const auto x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data() + at));
    const auto low = _mm256_shuffle_epi8(lower, _mm256_and_si256(x, half));
    const auto high_half = _mm256_shuffle_epi8(upper, _mm256_and_si256(_mm256_srli_epi16(x, 4), half));
    const auto found = _mm256_and_si256(low, high_half);
    const auto from_zero = _mm256_sub_epi8(x, zero);
    into.bytes[digit] += count(_mm256_cmpeq_epi8(_mm256_min_epu8(from_zero, nine), from_zero));
    into.bytes[symbol] += 32 - count(_mm256_cmpeq_epi8(_mm256_and_si256(found, of_symbols), none));
    into.bytes[operation] += 32 - count(_mm256_cmpeq_epi8(_mm256_and_si256(found, of_operations), none));
    into.bytes[high] += count(x); // the sign is all that counts
  }
  return at;
}
#endif

void count_bytes(std::string_view text, shape& into) {
#ifdef LOGOS_VECTORS
  static const bool has_wide = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("popcnt") != 0;
  if (has_wide) text.remove_prefix(count_groups(text, into));
#endif
  while (!text.empty()) {
    const auto now = text.substr(0, 255); // as many as a lane holds
    lanes sum = 0;
    for (const char c : now)
      sum += class_of[static_cast<unsigned char>(c)];
    for (unsigned c = 0; c < classes; ++c)
      into.bytes[c] += (sum >> (8U * c)) & 0xFFU;
    text.remove_prefix(now.size());
  }
}

bool begins_code(std::string_view line) {
  using namespace std::string_view_literals;
  static constexpr std::array starts{"def "sv,    "class "sv,   "import "sv, "#include"sv, "from "sv,    "return"sv,
                                     "public "sv, "private "sv, "const "sv,  "let "sv,     "var "sv,     "func "sv,
                                     "fn "sv,     "SELECT "sv,  "INSERT "sv, "CREATE "sv,  "</"sv,       "//"sv,
                                     "if ("sv,    "for ("sv,    "while ("sv, "static "sv,  "package "sv, "using "sv};
  return std::any_of(starts.begin(), starts.end(), [&](auto s) { return line.starts_with(s); });
}

/// `fenced` is carried from line to line.
void judge_line(std::string_view line, bool& fenced, shape& into) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return;
  ++into.lines;
  line.remove_prefix(first);
  if (line.starts_with("```")) {
    fenced = !fenced;
    ++into.fenced;
    return;
  }
  if (fenced) {
    ++into.fenced;
    return;
  }
  const auto last = line.find_last_not_of(" \t\r");
  const char end = line[last];
  if (end == ';' || end == '{' || end == '}' || (end == ':' && line.find('(') != std::string_view::npos) ||
      begins_code(line)) {
    ++into.code_lines;
    return;
  }
  const char begin = line.front();
  const bool bullet = line.size() > 2 && (begin == '-' || begin == '*' || begin == '#' || begin == '>') &&
                      (line[1] == ' ' || line[1] == begin);
  const bool numbered = line.size() > 2 && is_digit(begin) && (line[1] == '.' || line[1] == ')' || is_digit(line[1])) &&
                        line.substr(1, 3).find_first_of(".)") != std::string_view::npos;
  if (bullet || numbered || begin == '|' || line.starts_with("\u2022")) ++into.listed;
}

shape look(std::string_view text) {
  shape out;
  bool fenced = false;
  count_bytes(text, out); // line ends are of no class
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    judge_line(line, fenced, out);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

struct word_count {
  std::uint32_t words = 0, code = 0, mathematics = 0, demanding = 0;
  std::array<std::uint32_t, 7> languages{}; // english to dutch
  std::uint32_t request = 0;                // the first word that asks for something
  void operator()(std::string_view word, std::uint32_t hash) {
    ++words;
    const auto hints = hints_of(word, hash);
    if (hints == 0) return;
    for (unsigned l = 0; l < languages.size(); ++l)
      languages[l] += (hints >> l) & 1U;
    code += (hints & bit(hint::code)) != 0;
    mathematics += (hints & bit(hint::mathematics)) != 0;
    demanding += (hints & bit(hint::demanding)) != 0;
    if (request == 0) request = hints & request_hints;
  }
};

/// A letter in lower case; 0: no letter.
constexpr auto letters = [] {
  std::array<char, 256> out{};
  for (unsigned c = 'a'; c <= 'z'; ++c)
    out[c] = out[c - 0x20] = static_cast<char>(c);
  for (unsigned c = 0x80; c < 0x100; ++c)
    out[c] = static_cast<char>(c);
  return out;
}();

void read_words(std::string_view text, word_count& into) {
  std::array<char, longest_hint> low; // NOLINT: written before it is read
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    char c = letters[static_cast<unsigned char>(*at++)];
    if (c == 0) continue;
    std::size_t length = 0;
    auto hash = hash_of_nothing;
    for (; c != 0; c = at != end ? letters[static_cast<unsigned char>(*at++)] : '\0', ++length)
      if (length < low.size()) {
        low[length] = c;
        hash = hash_on(hash, c);
      }
    if (length <= low.size())
      into({low.data(), length}, hash);
    else
      ++into.words;
  }
}

/// By the script: what other letters than Latin a text is written in, nothing if few are.
language script_of(std::string_view text) {
  std::array<std::uint32_t, static_cast<std::size_t>(language::count_)> seen{};
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto b = static_cast<unsigned char>(text[i]), next = static_cast<unsigned char>(text[i + 1]);
    if (b < 0xC4) continue;
    const auto note = [&](language l) { ++seen[static_cast<std::size_t>(l)]; };
    if (b == 0xCE || b == 0xCF)
      note(language::greek);
    else if (b >= 0xD0 && b <= 0xD3)
      note(language::russian);
    else if (b == 0xD6 || b == 0xD7)
      note(language::hebrew);
    else if (b >= 0xD8 && b <= 0xDB)
      note(language::arabic);
    else if (b == 0xE0 && (next == 0xA4 || next == 0xA5))
      note(language::hindi);
    else if (b == 0xE3 && next >= 0x81 && next <= 0x83)
      note(language::japanese);
    else if (b >= 0xE4 && b <= 0xE9)
      note(language::chinese);
    else if (b >= 0xEA && b <= 0xED)
      note(language::korean);
  }
  // Japanese is written with Chinese characters, too, and never without its own.
  auto& kana = seen[static_cast<std::size_t>(language::japanese)];
  if (kana * 8 > seen[static_cast<std::size_t>(language::chinese)])
    kana += seen[static_cast<std::size_t>(language::chinese)];
  const auto most = std::max_element(seen.begin(), seen.end());
  // A foreign name or a formula in a Latin text is no other language.
  return *most * 8 < text.size() ? language::unknown : static_cast<language>(most - seen.begin());
}

language tongue_of(std::string_view text, const shape& s, const word_count& w) {
  if (s.bytes[high] * 4 > text.size())
    if (const auto l = script_of(text); l != language::unknown) return l;
  const auto most = std::max_element(w.languages.begin(), w.languages.end());
  if (*most == 0) return language::unknown;
  return static_cast<language>(most - w.languages.begin() + 1);
}

question_kind kind_of(std::string_view text, const word_count& w) {
  const auto asks = [&](hint h) { return (w.request & bit(h)) != 0; };
  // `explain` and `plan` are of two kinds in no list, `how` and `wie` may be; the more telling one counts.
  if (asks(hint::why)) return question_kind::why;
  if (asks(hint::change)) return question_kind::change;
  if (asks(hint::make)) return question_kind::make;
  if (asks(hint::sort)) return question_kind::sort;
  if (asks(hint::how)) return question_kind::how;
  if (asks(hint::fact)) return question_kind::fact;
  const auto last = text.find_last_not_of(" \t\r\n\"'`)");
  return last != std::string_view::npos && text[last] == '?' ? question_kind::yes_no : question_kind::statement;
}

float share(float part) { return std::clamp(part, 0.F, 1.F); }
/// 0 for nothing, 1 for `most` and more, by powers of two between.
float grown(std::uint64_t amount, double most) {
  return share(static_cast<float>(std::log2(1.0 + static_cast<double>(amount)) / std::log2(1.0 + most)));
}

/// A prior. The weights are a judgement, not a measurement: long, formal, technical prompts that ask for several steps
/// fail more often. What is learned from outcomes speaks louder.
float difficulty_of(const features& f) {
  const float kind = f.kind == question_kind::why || f.kind == question_kind::make ? 0.05F : 0.F;
  return share(0.2F * grown(f.tokens, 4000) + 0.35F * f.demand + 0.2F * f.mathematics + 0.15F * f.code +
               0.05F * grown(f.turns > 0 ? f.turns - 1 : 0, 15) + 0.05F * grown(f.tools, 15) +
               (f.schema ? 0.05F : 0.F) + 0.05F * f.structure + kind);
}

} // namespace

features extract(const conversation& of) {
  const auto text = of.question;
  features out;
  out.tokens = static_cast<std::uint32_t>(std::min<std::uint64_t>(of.bytes / 4, 0xFFFF'FFFFU));
  out.turns = of.turns;
  out.tools = of.tools;
  out.images = of.images;
  out.sounds = of.sounds;
  out.files = of.files;
  out.tool_demanded = of.tool_demanded;
  out.json = of.json_object || of.json_schema;
  out.schema = of.json_schema;
  if (!text.empty()) {
    const auto s = look(text);
    word_count w;
    read_words(text.substr(0, words_head), w);
    if (text.size() > words_head) read_words(text.substr(std::max(words_head, text.size() - words_tail)), w);
    const auto size = static_cast<float>(text.size());
    const auto lines = static_cast<float>(std::max(1U, s.lines));
    const auto words = static_cast<float>(std::max(8U, w.words)); // one word of three is no third
    const auto bytes = [&](byte_class c) { return static_cast<float>(s.bytes[c]); };
    out.code = share(static_cast<float>(s.fenced + s.code_lines) / lines + 4.F * static_cast<float>(w.code) / words +
                     4.F * std::max(0.F, bytes(symbol) / size - 0.02F));
    const bool latex = text.find("\\frac") != std::string_view::npos || text.find("$$") != std::string_view::npos ||
                       text.find("\\(") != std::string_view::npos || text.find("\u222B") != std::string_view::npos;
    out.mathematics = share((1.F - 0.7F * out.code) * (4.F * static_cast<float>(w.mathematics) / words +
                                                       4.F * (bytes(digit) / 2.F + bytes(operation)) / size) +
                            (latex ? 0.3F : 0.F));
    out.structure = share(static_cast<float>(s.listed) / lines);
    out.demand = share(static_cast<float>(w.demanding) / 3.F);
    out.tongue = tongue_of(text.substr(0, words_head), s, w);
    out.kind = kind_of(text, w);
  }
  out.difficulty = difficulty_of(out);
  return out;
}

std::array<float, feature_names.size()> numbers(const features& f) {
  const auto is = [](bool yes) { return yes ? 1.F : 0.F; };
  const auto kind = [&](question_kind k) { return is(f.kind == k); };
  return {grown(f.tokens, 16000),
          grown(f.turns, 31),
          grown(f.tools, 31),
          grown(f.images, 7),
          grown(f.sounds, 7),
          grown(f.files, 7),
          is(f.json),
          is(f.schema),
          f.code,
          f.mathematics,
          f.structure,
          f.demand,
          f.difficulty,
          is(f.tongue == language::english),
          is(f.tongue != language::english && f.tongue != language::unknown),
          kind(question_kind::fact),
          kind(question_kind::how),
          kind(question_kind::why),
          kind(question_kind::make),
          kind(question_kind::change),
          kind(question_kind::sort),
          kind(question_kind::yes_no)};
}

std::string_view to_string(language l) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(language::count_)> names{
      "unknown", "english", "german", "french", "spanish", "italian", "portuguese", "dutch",
      "russian", "greek",   "hebrew", "arabic", "hindi",   "korean",  "japanese",   "chinese"};
  return names[static_cast<std::size_t>(l)];
}

std::string_view to_string(question_kind k) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(question_kind::count_)> names{
      "statement", "yes_no", "fact", "how", "why", "make", "change", "sort"};
  return names[static_cast<std::size_t>(k)];
}

} // namespace logos::classification
