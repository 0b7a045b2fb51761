// SPDX-License-Identifier: MIT
#include "actors/classification/impression.hpp"

#include <algorithm>

namespace logos::classification {

imprint imprint_of(const reading& asked) {
  const auto traits = numbers(asked.shape);
  return imprint_of(prompt{asked.text.question, std::max(1U, asked.text.turns), traits, asked.about});
}

} // namespace logos::classification
