// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/balance.hpp"
#include "actors/classification/scoring/features.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace logos::classification {
namespace {

features of(std::string_view text) {
  conversation c;
  c.question = text;
  c.bytes = text.size();
  c.turns = 1;
  return extract(c);
}

constexpr std::string_view program = R"(Why does this fail?
```python
def total(items):
    result = 0
    for item in items:
        result += item["price"]
    return result
```)";
constexpr std::string_view bare_program = R"(int main() {
  std::vector<int> v{1, 2, 3};
  for (const auto x : v) {
    std::cout << x;
  }
  return 0;
})";
constexpr std::string_view exercise = "Solve the integral of x^2 * 3 + 4 from 0 to 12 and compute the derivative of "
                                      "the equation 5x + 7 = 22.";
constexpr std::string_view story = "Write a short story about a lighthouse keeper who finds a letter on the beach one "
                                   "winter evening and remembers her brother.";

TEST(features, know_programs_from_exercises_from_stories) {
  EXPECT_GT(of(program).code, 0.6F);
  EXPECT_GT(of(bare_program).code, 0.6F);
  EXPECT_LT(of(story).code, 0.1F);
  EXPECT_LT(of(exercise).code, 0.3F);
  EXPECT_GT(of(exercise).mathematics, 0.6F);
  EXPECT_LT(of(story).mathematics, 0.1F);
  EXPECT_LT(of(program).mathematics, 0.4F);
}

TEST(features, know_the_language) {
  EXPECT_EQ(of(story).tongue, language::english);
  EXPECT_EQ(of("Bitte erkläre mir, warum der Himmel blau ist und nicht grün.").tongue, language::german);
  EXPECT_EQ(of("Quelle est la capitale de la France et combien de gens y vivent ?").tongue, language::french);
  EXPECT_EQ(of("¿Cuál es la mejor manera de aprender a cocinar en casa con mis hijos?").tongue, language::spanish);
  EXPECT_EQ(of("Qual è la differenza tra il gatto e il cane, e perché sono diversi?").tongue, language::italian);
  EXPECT_EQ(of("Wat is het verschil tussen een kat en een hond, en hoe kan ik dat zien?").tongue, language::dutch);
  EXPECT_EQ(of("Почему небо голубое?").tongue, language::russian);
  EXPECT_EQ(of("空はなぜ青いのですか").tongue, language::japanese);
  EXPECT_EQ(of("天空为什么是蓝色的").tongue, language::chinese);
  EXPECT_EQ(of("하늘은 왜 파란가요").tongue, language::korean);
  EXPECT_EQ(of("12345").tongue, language::unknown);
  EXPECT_EQ(of("What does the word 空 mean in this text, and how is it read?").tongue, language::english);
}

TEST(features, know_what_is_asked_for) {
  EXPECT_EQ(of("Why is the sky blue?").kind, question_kind::why);
  EXPECT_EQ(of("Explain photosynthesis.").kind, question_kind::why);
  EXPECT_EQ(of("How do I boil an egg?").kind, question_kind::how);
  EXPECT_EQ(of("Who wrote Faust?").kind, question_kind::fact);
  EXPECT_EQ(of(story).kind, question_kind::make);
  EXPECT_EQ(of("Translate this into French: good morning").kind, question_kind::change);
  EXPECT_EQ(of("Classify the sentiment of this review: great phone").kind, question_kind::sort);
  EXPECT_EQ(of("Is it raining?").kind, question_kind::yes_no);
  EXPECT_EQ(of("Good morning.").kind, question_kind::statement);
}

TEST(features, a_list_has_structure) {
  EXPECT_GT(of("Pack:\n- a tent\n- a lamp\n1. first\n2. second\n| a | b |").structure, 0.7F);
  EXPECT_EQ(of(story).structure, 0.F);
}

TEST(features, lines_of_blanks_are_no_lines) {
  for (const auto* text : {"\r\t", "\r", " \r\n\t\r\n", "\t \r"})
    EXPECT_EQ(of(text).structure, 0.F);
}

TEST(features, what_asks_for_more_looks_harder) {
  const auto easy = of("What is the capital of Peru?").difficulty;
  const auto hard = of("Prove rigorously, step by step, that the algorithm terminates, derive its complexity, and "
                       "compare the tradeoffs of two distributed designs. Justify each step.")
                        .difficulty;
  EXPECT_LT(easy, 0.25F);
  EXPECT_GT(hard, 0.45F);
  conversation long_talk;
  long_talk.question = "What is the capital of Peru?";
  long_talk.bytes = 40'000;
  long_talk.turns = 12;
  EXPECT_GT(extract(long_talk).difficulty, easy + 0.1F);
}

TEST(features, a_byte_counts_alike_in_a_long_text_and_in_a_short_one) {
  for (int byte = 1; byte < 256; ++byte) {
    if (byte == '\n') continue;
    const std::string few(31, static_cast<char>(byte)),
        many(31 * 8, static_cast<char>(byte)); // which are read in groups
    const auto a = of(few), b = of(many);
    EXPECT_FLOAT_EQ(a.code, b.code) << byte;
    EXPECT_FLOAT_EQ(a.mathematics, b.mathematics) << byte;
  }
}

TEST(features, are_numbers_between_0_and_1_whatever_the_bytes) {
  std::vector<std::string> texts{std::string{program},
                                 std::string{exercise},
                                 "",
                                 " ",
                                 "\n\n",
                                 "```",
                                 "```\n```",
                                 std::string(40'000, '{'),
                                 std::string(3000, '\xff'),
                                 std::string(999, '\xe3'),
                                 std::string(10'000, '9')};
  std::uint64_t seed = 7;
  for (int i = 0; i < 200; ++i) {
    std::string noise;
    for (int n = 0; n < 400; ++n) {
      seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
      noise += static_cast<char>(seed >> 56U);
    }
    texts.push_back(std::move(noise));
  }
  for (const auto& text : texts)
    for (const auto n : numbers(of(text))) {
      EXPECT_GE(n, 0.F);
      EXPECT_LE(n, 1.F);
    }
}

TEST(features, are_shown_without_the_text) {
  const auto shown = to_json(of(program));
  EXPECT_NE(shown.find(R"("language":"english")"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("kind":"why")"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("turns":1)"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("price"), std::string::npos) << shown;
}

} // namespace
} // namespace logos::classification
