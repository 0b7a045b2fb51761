// SPDX-License-Identifier: MIT
#include "tokenization/encoding.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

namespace logos::tokenization {
namespace {

/// reference.json: what tiktoken gives. make_reference.py made it.
class reference : public ::testing::Test {
protected:
  simdjson::dom::element list(std::string_view name) { return root_[name]; }
  static const encoding& named(std::string_view name) { return name == "cl100k_base" ? cl100k_base() : o200k_base(); }
  static std::vector<token> tokens(simdjson::dom::element from) {
    std::vector<token> out;
    for (const auto t : from.get_array())
      out.push_back(static_cast<token>(t.get_uint64().value()));
    return out;
  }

  static constexpr std::string_view names[] = {"o200k_base", "cl100k_base"};

private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_ = parser_.load(LOGOS_REFERENCE);
};

TEST_F(reference, every_text_has_tiktokens_tokens) {
  std::size_t seen = 0;
  for (const auto row : list("encoded").get_array())
    for (const auto name : names) {
      const std::string_view text = row["text"];
      const auto expected = tokens(row[name]);
      EXPECT_EQ(named(name).encode(text), expected) << name << ": " << text;
      EXPECT_EQ(named(name).count(text), expected.size()) << name << ": " << text;
      EXPECT_EQ(named(name).decode(expected), text) << name;
      ++seen;
    }
  EXPECT_GT(seen, 200U);
}

TEST_F(reference, long_runs_have_tiktokens_number_of_tokens) {
  for (const auto row : list("repeated").get_array()) {
    std::string text;
    for (auto left = row["times"].get_uint64().value(); left > 0; --left)
      text += row["text"].get_string().value();
    for (const auto name : names)
      EXPECT_EQ(named(name).count(text), row[name].get_uint64().value()) << name << ": " << row["text"];
  }
}

TEST_F(reference, any_tokens_have_tiktokens_bytes_though_they_are_no_utf_8) {
  for (const auto row : list("decoded").get_array()) {
    const auto bytes = named(row["encoding"]).decode(tokens(row["tokens"]));
    ASSERT_TRUE(bytes);
    std::string hex;
    for (const unsigned char c : *bytes) {
      hex += "0123456789abcdef"[c / 16];
      hex += "0123456789abcdef"[c % 16];
    }
    EXPECT_EQ(hex, row["bytes"].get_string().value());
  }
}

} // namespace
} // namespace logos::tokenization
