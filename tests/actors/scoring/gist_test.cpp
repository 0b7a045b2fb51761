// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/gist.hpp"
#include "actors/classification/scoring/scorer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace logos::classification {
namespace {

TEST(gist, is_compared_by_its_direction_however_long_it_is) {
  for (const std::size_t n : {1U, 15U, 16U, 17U, 1536U}) {
    std::vector<float> a(n, 2), b(n, -3);
    EXPECT_NEAR(similarity(gist_of(a), gist_of(a)), 1, 1e-5) << n;
    EXPECT_NEAR(similarity(gist_of(a), gist_of(b)), -1, 1e-5) << n;
  }
  EXPECT_NEAR(similarity(gist_of({1, 0}), gist_of({1, 1})), 0.7071, 1e-4);
  EXPECT_EQ(similarity(gist_of({1}), gist_of({1, 0})), 0) << "of another model";
  EXPECT_EQ(similarity(nullptr, gist_of({1})), 0);
}

TEST(gist, what_has_no_direction_has_none) {
  EXPECT_EQ(gist_of({}), nullptr);
  EXPECT_EQ(gist_of({0, 0}), nullptr);
  EXPECT_EQ(gist_of({1, std::numeric_limits<float>::quiet_NaN()}), nullptr);
  EXPECT_EQ(gist_of({1, std::numeric_limits<float>::infinity()}), nullptr);
}

TEST(excerpt, is_as_much_as_the_built_in_encoder_reads) {
  EXPECT_EQ(excerpt("What is a river?"), "What is a river?");
  EXPECT_EQ(excerpt("And in Rust?", "Sort a list in C."), "Sort a list in C.\nAnd in Rust?");
  EXPECT_EQ(excerpt(std::string(200, 'x'), "before"), std::string(200, 'x')) << "clear without it";
  EXPECT_EQ(excerpt(" \n", " "), "");
  std::string longer;
  while (longer.size() < 10'000)
    longer += "word" + std::to_string(longer.size()) + ' ';
  const auto cut = excerpt(longer);
  EXPECT_LE(cut.size(), encoded_bytes);
  EXPECT_TRUE(longer.starts_with(cut.substr(0, 1000)));
  EXPECT_TRUE(longer.ends_with(cut.substr(cut.size() - 100)));
}

TEST(gist, takes_the_place_of_descriptions_and_examples_by_their_numbers) {
  const std::vector<described_model> models{{1, "code", "programs", {}}, {2, "", "poems", {}}, {3, "", "", {}}};
  const std::vector<labelled_example> examples{{9, "", "nobody's", 1}, {2, "", "Sing!", 1}, {0, "code", "Sort!", -1}};
  auto texts = std::make_shared<known_texts>();
  const knowledge known{models, examples, built_in_encoder(), texts.get()};
  EXPECT_EQ(texts->described, (std::vector<std::string>{"programs code", "poems ", ""}));
  EXPECT_EQ(texts->examples, (std::vector<std::string>{"Sing!", "Sort!"}));

  auto by = std::make_shared<known_gists>();
  by->of = texts;
  by->described = {gist_of({1, 0}), gist_of({0, 1}), nullptr};
  by->examples = {gist_of({1, 1}), gist_of({1, -1})};
  const other_view view{by, gist_of({0, 1})};
  knowledge::findings found;
  known.examine("", {}, found, &view);
  EXPECT_FLOAT_EQ(knowledge::nearness_to(*known.find(1), found), 0);
  EXPECT_FLOAT_EQ(knowledge::nearness_to(*known.find(2), found), 1);
  EXPECT_FLOAT_EQ(knowledge::nearness_to(*known.find(3), found), 0);
  EXPECT_NEAR(found.examples.at(0).similarity, 0.7071, 1e-4);
  EXPECT_NEAR(found.examples.at(1).similarity, -0.7071, 1e-4);
  EXPECT_EQ(found.examples.at(1).worth, -1);

  known.examine("", built_in_encoder().encode("programs"), found);
  EXPECT_EQ(knowledge::nearness_to(*known.find(1), found),
            similarity(built_in_encoder().encode("programs"), known.find(1)->described))
      << "without it, by the encoder again";
}

} // namespace
} // namespace logos::classification
