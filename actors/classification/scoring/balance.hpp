// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/features.hpp"
#include "actors/classification/scoring/knowledge.hpp"
#include "actors/classification/scoring/stages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::classification {

/// What contributes to a score, in the order in which it is shown. `learned` comes from outside.
enum class part : std::uint8_t { policy, tags, semantic, features, time, price, errors, context, learned, count_ };
inline constexpr std::size_t parts = static_cast<std::size_t>(part::count_);
std::string_view to_string(part);

/// A number for each part.
struct contributions {
  std::array<double, parts> of{};
  double& operator[](part p) { return of[static_cast<std::size_t>(p)]; }
  double operator[](part p) const { return of[static_cast<std::size_t>(p)]; }
  double sum() const;
};

/// How much each part counts.
using balance = contributions;
/// Upstream's balance (facts/logos.md 4, 5): 3.4 policy + 1.9 tags + 1.0 semantic, and nothing else.
balance upstream_balance();
/// Upstream's, with what it has no stages for at weights that decide between models that it holds for nearly equal:
/// features 0.5, time 0.3, price 0.1; with errors at 1.0 and context at 2.0 what cannot answer loses; learned 3.0.
balance default_balance();

/// A model that the policy allows.
struct candidate {
  std::int64_t model_id = 0;
  measured_facts seen{}; // of its best deployment
  double learned = 0;    // what is learned of it beyond the rest, -1 to 1; 0: nothing
};

/// What is asked. Everything outlives the call.
struct inquiry {
  const features& shape;
  const knowledge::findings& found;
  wanted_weights wanted{};  // the policy's, sentinels and all
  std::string_view topic{}; // the policy's: a model that is tagged with it fits as well as can be
};

struct ranked {
  std::size_t index = 0; // of the candidate
  std::int64_t model_id = 0;
  contributions given{}; // each stage's value times its weight
  double score = 0;      // their sum; higher is better
};

/// All candidates, best first; of equals the one with the lower model id, then the one that was named first. Pure: the
/// same arguments give the same order on every node that runs the same build. Some 100 ns for a candidate, and a few
/// more for each of its examples.
std::vector<ranked> rank(const knowledge& known, const inquiry& asked, std::span<const candidate> candidates,
                         const balance& weights);

/// With at most three digits behind the point, and 0 for what is no number.
void append_decimal(std::string& out, double value);
/// `{"policy":1.2,…}`, without parts that are 0.
void append_json(std::string& out, const contributions& of);
std::string to_json(const contributions& of);
/// `{"tokens":12,"language":"english","kind":"how","code":0.5,…}`, without numbers that are 0: never a text.
void append_json(std::string& out, const features& of);
std::string to_json(const features& of);

} // namespace logos::classification
