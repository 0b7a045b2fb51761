// SPDX-License-Identifier: MIT
#include "bench/classification/labelled_set.hpp"

#include "actors/classification/scoring/encoder.hpp"
#include "actors/classification/scoring/features.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace logos::bench {
namespace {

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_break = text.substr(i, 2) == "\\n";
    out += is_break ? '\n' : text[i];
    i += is_break;
  }
  return out;
}

std::size_t index_of(std::vector<std::string>& names, const std::string& name) {
  const auto at = std::find(names.begin(), names.end(), name);
  const auto index = static_cast<std::size_t>(at - names.begin());
  if (at == names.end()) names.push_back(name);
  return index;
}

} // namespace

classification::imprint of_text_alone(std::string_view text) { return classification::imprint_of({.text = text}); }

classification::imprint of_all_that_is_known(std::string_view text) {
  using namespace classification;
  conversation all;
  all.question = text;
  all.bytes = text.size();
  all.turns = 1;
  const auto traits = numbers(extract(all));
  const auto direction = built_in_encoder().encode(text);
  return imprint_of({.text = text, .traits = traits, .embedding = direction});
}

labelled_set read_labelled(std::istream& in, const imprinting& make) {
  labelled_set out;
  std::map<std::pair<std::size_t, int>, std::size_t> met;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const auto first = line.find('\t');
    const auto second = first == std::string::npos ? first : line.find('\t', first + 1);
    if (second != first + 2 || line[first + 1] < '1' || line[first + 1] > '3') {
      out.problem = "line " + std::to_string(number) + ": expected domain, tab, 1 to 3, tab, prompt";
      return out;
    }
    labelled p;
    p.domain = line.substr(0, first);
    p.difficulty = line[first + 1] - '0';
    p.text = unescaped(std::string_view{line}.substr(second + 1));
    p.domain_index = index_of(out.domains, p.domain);
    const auto place = met[{p.domain_index, p.difficulty}]++;
    p.held_out = (place * 7 + p.domain_index) % 10 < 4;
    p.seen = make(p.text);
    out.prompts.push_back(std::move(p));
  }
  if (out.prompts.empty()) out.problem = "it holds no prompts";
  return out;
}

} // namespace logos::bench
