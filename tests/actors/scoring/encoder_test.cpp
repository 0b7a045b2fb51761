// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/balance.hpp"
#include "actors/classification/scoring/encoder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace logos::classification {
namespace {

std::vector<std::uint32_t> split(const word_pieces& with, std::string_view text) {
  std::vector<std::uint32_t> out;
  with.split(text, [&](std::uint32_t n) { out.push_back(n); });
  return out;
}

std::string listed(const std::vector<std::string>& pieces) {
  std::string out;
  for (const auto& p : pieces)
    out.append(1, static_cast<char>(p.size())).append(p);
  return out;
}

TEST(word_pieces, the_longest_piece_that_fits_comes_first) {
  const word_pieces pieces{listed({"un", "##aff", "##able", "una", "affable", "##f"})};
  EXPECT_EQ(split(pieces, "unaffable"), (std::vector<std::uint32_t>{3, 5, 5, 2}));
  EXPECT_EQ(split(pieces, "affable un"), (std::vector<std::uint32_t>{4, 0}));
}

TEST(word_pieces, case_accents_and_punctuation_make_no_difference) {
  const word_pieces pieces{listed({"uber", "cafe", "2024", "x"})};
  EXPECT_EQ(split(pieces, "Über, CAFÉ (2024)!x"), (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(split(pieces, "\u201ecafe\u201c\u2014uber"), (std::vector<std::uint32_t>{1, 0}));
}

TEST(word_pieces, each_chinese_sign_is_a_word) {
  const word_pieces pieces{listed({"天", "空", "##空"})};
  EXPECT_EQ(split(pieces, "天空空"), (std::vector<std::uint32_t>{0, 1, 1}));
}

TEST(word_pieces, what_is_no_text_ends) {
  const word_pieces pieces{listed({"a", "##a"})};
  EXPECT_EQ(split(pieces, std::string(1000, 'a')).size(), 0U) << "too long for a word";
  EXPECT_EQ(split(pieces, std::string(1000, 'a') + " a").size(), 1U);
  for (int b = 0; b < 256; ++b)
    for (const int n : {1, 2, 3, 5, 100})
      split(pieces, std::string(static_cast<std::size_t>(n), static_cast<char>(b)));
}

TEST(encoder, an_embedding_has_length_1_or_0) {
  const auto& e = built_in_encoder();
  const auto hello = e.encode("Write a poem about the sea.");
  EXPECT_NEAR(similarity(hello, hello), 1, 1e-5);
  const auto nothing = e.encode("!!! ... ---");
  EXPECT_EQ(similarity(nothing, nothing), 0);
  EXPECT_EQ(e.encode("the same text"), e.encode("the same text"));
}

TEST(encoder, texts_on_the_same_matter_are_nearer_than_others_though_they_share_no_word) {
  const auto& e = built_in_encoder();
  const auto near = [&](std::string_view a, std::string_view b) { return similarity(e.encode(a), e.encode(b)); };
  struct triple {
    std::string_view text, same, other;
  };
  const std::vector<triple> triples{
      {"How do I fix a null pointer exception in Java?", "debugging software errors", "recipes for baking bread"},
      {"Which vegetables go well with roast chicken?", "cooking dinner in the kitchen", "writing computer programs"},
      {"Solve for x: 3x + 5 = 20", "algebra equations and mathematics", "holiday destinations and hotels"},
      {"My tenant refuses to pay rent", "legal advice about contracts and law", "football results"},
      {"What are the symptoms of the flu?", "medicine, diseases and health", "database administration"},
      {"Who won the battle of Waterloo?", "history of wars and kings", "chemical reactions"},
      {"Translate good evening into Spanish", "languages and translation", "car repair"},
      {"Compose a sonnet on autumn leaves", "poetry and creative writing", "tax returns and accounting"},
      {"How do vaccines trigger antibodies?", "biology and the immune system", "guitar chords"},
      {"Should I invest in bonds or stocks?", "finance and money", "gardening tips"}};
  int right = 0;
  for (const auto& t : triples) {
    const bool nearer = near(t.text, t.same) > near(t.text, t.other);
    right += nearer ? 1 : 0;
    if (!nearer) std::printf("%s: %f %f\n", t.text.data(), near(t.text, t.same), near(t.text, t.other));
  }
  EXPECT_GE(right, 9);
}

TEST(encoder, a_short_question_is_understood_by_the_one_before) {
  const auto& e = built_in_encoder();
  const auto topic = e.encode("programming and software");
  const auto alone = similarity(topic, e.encode("and a shorter one?"));
  const auto after =
      similarity(topic, e.encode("and a shorter one?", "Write a Python program that parses JSON files."));
  EXPECT_GT(after, alone);
  const std::string clear(400, 'x');
  const auto text = "Tell me about bread. " + clear;
  EXPECT_EQ(e.encode(text), e.encode(text, "Write a Python program."));
}

TEST(encoder, of_a_long_text_the_ends_count) {
  const auto& e = built_in_encoder();
  std::string filler;
  while (filler.size() < 20'000)
    filler += "lorem ipsum dolor ";
  const auto begun = e.encode("Translate this letter into French: " + filler);
  EXPECT_GT(similarity(begun, e.encode("translate French letter")),
            similarity(e.encode(filler), e.encode("translate French letter")));
}

TEST(knowledge, examples_bring_a_prompt_to_their_model) {
  const std::vector<described_model> models{{1, "chat", "", {}}, {2, "chat", "", {}}, {3, "gardening", "", {}}};
  const std::vector<labelled_example> examples{{1, "", "How do I prune an apple tree?", 1},
                                               {2, "", "Explain the theory of relativity.", 1},
                                               {0, "Gardening", "When should I plant tulips?", 1}};
  const knowledge known{models, examples, built_in_encoder()};
  knowledge::findings found;
  known.examine("", built_in_encoder().encode("When can I cut back my cherry tree?"), found);
  const features shape;
  const std::vector<candidate> all{{1}, {2}, {3}};
  auto got = rank(known, {shape, found, {}, {}}, all, upstream_balance());
  EXPECT_EQ(got.back().model_id, 2);
  known.examine("", built_in_encoder().encode("What does Einstein's relativity say about gravity?"), found);
  got = rank(known, {shape, found, {}, {}}, all, upstream_balance());
  EXPECT_EQ(got.front().model_id, 2);
}

TEST(knowledge, a_bad_example_keeps_its_like_away) {
  const std::vector<described_model> models{{1, "chat", "general assistant", {}}, {2, "chat", "general assistant", {}}};
  const std::vector<labelled_example> examples{{1, "", "Solve the quadratic equation x^2 - 4 = 0.", -1}};
  const knowledge known{models, examples, built_in_encoder()};
  knowledge::findings found;
  known.examine("", built_in_encoder().encode("Solve this quadratic equation: 2x^2 = 8"), found);
  EXPECT_EQ(
      rank(known, {features{}, found, {}, {}}, std::vector<candidate>{{1}, {2}}, upstream_balance()).front().model_id,
      2);
}

TEST(knowledge, takes_as_many_examples_as_a_decision_has_time_for) {
  const std::vector<described_model> models{{1, "chat", "", {}}};
  std::vector<labelled_example> examples(knowledge::example_limit + 5, labelled_example{1, "", "one", 1});
  const knowledge known{models, examples, built_in_encoder()};
  EXPECT_EQ(known.left_out(), 5U);
  EXPECT_EQ(known.find(1)->examples.size(), knowledge::example_limit);
  EXPECT_EQ(known.find(2), nullptr);
}

} // namespace
} // namespace logos::classification
