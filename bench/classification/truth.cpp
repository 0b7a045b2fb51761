// SPDX-License-Identifier: MIT
#include "bench/classification/truth.hpp"

#include <cmath>
#include <utility>

namespace logos::bench {
namespace {

double success(double logit) { return 1 / (1 + std::exp(-logit)); }

std::uint64_t mixed(std::uint64_t z) { // SplitMix64's finaliser
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// A draw for each cell of domain and difficulty.
double cell(std::uint64_t seed, const labelled& p) { return drawn(seed, p.domain + std::to_string(p.difficulty)); }

bool is_german(const std::string& text) {
  static constexpr std::string_view words[] = {" ist ", " der ", " die ", " das ", " und ", " man ", " eine ",
                                               " ein ", "Wie ",  "Was ",  "ß",     "ü",     "ä"};
  int found = 0;
  for (const auto w : words)
    found += text.find(w) != std::string::npos;
  return found >= 2;
}

} // namespace

double drawn(std::uint64_t seed, std::string_view text) {
  std::uint64_t h = 14695981039346656037ULL ^ mixed(seed);
  for (const char c : text)
    h = (h ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  return static_cast<double>(mixed(h) >> 11) * 0x1p-53;
}

std::vector<truth> truths(const std::vector<std::string>& domains, std::uint64_t seed) {
  std::vector<double> ability; // of the weak model, by domain
  for (const auto& d : domains)
    ability.push_back(4 * drawn(seed, d) - 2);
  std::vector<truth> all;
  all.push_back({"difficulty", "the weak model fails at what is difficult", [](const labelled& p) {
                   return chances{success(4.2 - 2.0 * p.difficulty), success(4.5 - 0.8 * p.difficulty)};
                 }});
  all.push_back({"domain", "the weak model knows half of the domains", [ability](const labelled& p) {
                   return chances{ability[p.domain_index] > 0 ? 0.9 : 0.3, 0.92};
                 }});
  all.push_back({"both", "domain and difficulty add up", [ability](const labelled& p) {
                   return chances{success(2.6 + ability[p.domain_index] - 1.4 * p.difficulty),
                                  success(4.0 + 0.3 * ability[p.domain_index] - 0.7 * p.difficulty)};
                 }});
  all.push_back({"table", "each domain has a course of its own through the difficulties", [seed](const labelled& p) {
                   const double weak = 0.05 + 0.9 * cell(seed + 1, p);
                   return chances{weak, weak + (0.97 - weak) * cell(seed + 2, p)};
                 }});
  all.push_back(
      {"specialist", "the weak model is the better one in a fifth of the domains", [ability](const labelled& p) {
         if (ability[p.domain_index] > 1.2) return chances{0.9, 0.8};
         return chances{success(3.4 - 1.8 * p.difficulty), 0.9};
       }});
  all.push_back({"language", "the weak model does not know German", [](const labelled& p) {
                   return chances{is_german(p.text) ? 0.15 : 0.8, 0.9};
                 }});
  all.push_back({"length", "the weak model gets lost in long prompts", [](const labelled& p) {
                   const double doublings = std::log2(static_cast<double>(p.text.size()));
                   return chances{success(2.5 * (6.3 - doublings)), 0.92};
                 }});
  all.push_back(
      {"misleading", "the weak model needs long prompts, and fails at what is difficult", [](const labelled& p) {
         const double doublings = std::log2(static_cast<double>(p.text.size()));
         return chances{success(1.2 * (doublings - 6.5) + 2.5 - 1.5 * p.difficulty), 0.92};
       }});
  all.push_back({"rare", "the strong model is nearly always right, the weak one fails in a quarter of the domains",
                 [ability](const labelled& p) {
                   return chances{ability[p.domain_index] < -1 ? 0.75 : 0.97, 0.99};
                 }});
  all.push_back(
      {"ceiling", "both fail at what is difficult: the gain is in the middle, in domains more or less",
       [ability](const labelled& p) {
         const double easier = 0.7 * ability[p.domain_index];
         return chances{success(3.6 + easier - 2.2 * p.difficulty), success(8.0 + easier - 2.9 * p.difficulty)};
       }});
  all.push_back({"chance", "no reason at all: nobody can learn it", [seed](const labelled& p) {
                   return chances{drawn(seed + 3, p.text) < 0.5 ? 0.15 : 0.9, 0.92};
                 }});
  return all;
}

} // namespace logos::bench
