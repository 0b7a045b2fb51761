// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/imprint.hpp"

#include <cstddef>
#include <functional>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace logos::bench {

/// A prompt whose domain and difficulty somebody has said. Learners see its text only.
struct labelled {
  std::string domain{};
  int difficulty = 1; // 1 to 3
  std::string text{};
  std::size_t domain_index = 0;
  bool held_out = false; // four of ten of each domain and difficulty: nothing is tuned on them
  classification::imprint seen{};
};

struct labelled_set {
  std::vector<labelled> prompts{};
  std::vector<std::string> domains{};
  std::string problem{}; // what is wrong with the file, with its line; else empty
};

/// Makes the imprint of a prompt: of its text alone, or with what others find in it.
using imprinting = std::function<classification::imprint(std::string_view)>;
classification::imprint of_text_alone(std::string_view text);
/// With the features and the encoder's direction that classification uses.
classification::imprint of_all_that_is_known(std::string_view text);

/// Reads `domain TAB difficulty TAB prompt` lines; `#` begins a comment, `\n` in a prompt is a line break.
labelled_set read_labelled(std::istream& in, const imprinting& make = of_all_that_is_known);

} // namespace logos::bench
