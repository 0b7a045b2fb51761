// SPDX-License-Identifier: MIT
#include "actors/ingress/own_path.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>

namespace logos::ingress {
namespace {

intent asking(std::string_view rest, body_kind body = body_kind::json) {
  intent i;
  i.route.rest = rest;
  i.at = endpoint_of(rest);
  i.reads = only_reads("POST", rest);
  i.body = body;
  return i;
}

TEST(own_path, is_for_what_the_longest_known_path_at_its_end_is_for) {
  EXPECT_EQ(endpoint_at_end("/v1/chat/completions"), endpoint::chat);
  EXPECT_EQ(endpoint_at_end("/v1/completions"), endpoint::completions);
  EXPECT_EQ(endpoint_at_end("/team/a/v1//Embeddings/"), endpoint::embeddings);
  EXPECT_EQ(endpoint_at_end("/v1/responses/input_tokens"), endpoint::counting);
  EXPECT_EQ(endpoint_at_end("responses"), endpoint::responses);
  EXPECT_EQ(endpoint_at_end("/predict"), std::nullopt);
  EXPECT_EQ(endpoint_at_end("/my-responses"), std::nullopt) << "part of a segment";
  EXPECT_EQ(endpoint_at_end("/"), std::nullopt);
}

TEST(own_path, none_fits_everything) {
  for (const auto* rest : {"chat/completions", "embeddings", "tokenize", "responses/r/cancel", "whatever"})
    EXPECT_TRUE(fits_own_path("", asking(rest))) << rest;
}

TEST(own_path, a_known_one_fits_only_what_it_is_for) {
  constexpr auto own = "/v1/chat/completions";
  EXPECT_TRUE(fits_own_path(own, asking("chat/completions")));
  for (const auto* rest : {"completions", "responses", "embeddings", "messages/count_tokens", "moderations", "rerank",
                           "images/generations", "whatever", "models", "chat/completions/c"})
    EXPECT_FALSE(fits_own_path(own, asking(rest))) << rest << " is held for otherwise";
  EXPECT_TRUE(fits_own_path("/x/v1/embeddings", asking("embeddings")));
}

TEST(own_path, an_unknown_one_fits_what_is_held_for_no_cheaper_than_the_unknown) {
  constexpr auto own = "/predict";
  for (const auto* rest : {"chat/completions", "completions", "responses", "messages", "whatever"})
    EXPECT_TRUE(fits_own_path(own, asking(rest))) << rest;
  for (const auto* rest : {"embeddings", "moderations", "rerank", "tokenize", "messages/count_tokens",
                           "responses/input_tokens", "audio/transcriptions", "images/edits"})
    EXPECT_FALSE(fits_own_path(own, asking(rest))) << rest;
  EXPECT_TRUE(fits_own_path(own, asking("audio/transcriptions", body_kind::multipart)));
}

TEST(own_path, is_unknown_where_it_ends_with_none_that_is_known) {
  for (const auto* own : {"/api/chat", "/generate", "/"})
    EXPECT_TRUE(is_unknown_path(own)) << own;
  for (const auto* own : {"", "/v1/chat/completions", "/x/Embeddings/"})
    EXPECT_FALSE(is_unknown_path(own)) << own;
}

TEST(own_path, nothing_that_costs_nothing_fits_one) {
  for (const auto* own : {"/v1/responses", "/predict", "/v1/responses/r/cancel"})
    EXPECT_FALSE(fits_own_path(own, asking("responses/r/cancel"))) << own;
}

} // namespace
} // namespace logos::ingress
