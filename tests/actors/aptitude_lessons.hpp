// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/learner.hpp"
#include "actors/classification/scoring/encoder.hpp"
#include "actors/classification/scoring/features.hpp"

#include <memory>
#include <string>
#include <utility>

namespace logos::classification {

inline const core::wall_time new_year{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

/// With the features and the encoder's direction, as classification makes it.
inline std::shared_ptr<const imprint> imprinted(std::string_view text) {
  conversation all;
  all.question = text;
  all.bytes = text.size();
  all.turns = 1;
  const auto traits = numbers(extract(all));
  const auto direction = built_in_encoder().encode(text);
  return std::make_shared<const imprint>(imprint_of({.text = text, .traits = traits, .embedding = direction}));
}

/// The i-th of many different questions about one thing.
inline std::string question_about(const std::string& thing, int i) {
  static const char* forms[] = {"How does {} work", "Tell me more about {}", "What do people use {} for",
                                "Is {} hard to learn", "Who has made {} popular"};
  std::string out = forms[i % 5];
  out.replace(out.find("{}"), 2, thing);
  return out + ", and what about number " + std::to_string(i) + "?";
}

/// A trusted score; the number makes its time.
inline lesson scored(std::int64_t model, std::string_view text, float score, std::uint64_t number) {
  lesson l;
  l.when = new_year + std::chrono::seconds{number};
  l.model = model;
  l.trusted = true;
  l.score = score;
  l.about = imprinted(text);
  return l;
}

} // namespace logos::classification
