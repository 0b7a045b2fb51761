// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/scorer.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

/// Arbitrary bytes as a body, and as a text: whatever they are, what is read of them is in its bounds, and reading them
/// again reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace logos::classification;
  static scorer first, second;
  static const auto& with = built_in_encoder();
  static const knowledge known{std::vector<described_model>{{1, "code c a", "programs", {}}, {2, "chat", "talk", {}}},
                               std::vector<labelled_example>{{1, "", "a program", 1}}, with};
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto check = [](const reading& r) {
    for (const auto n : numbers(r.shape))
      if (!(n >= 0 && n <= 1)) std::abort();
    const auto length = similarity(r.about, r.about);
    if (length != 0 && !(length > 0.999F && length < 1.001F)) std::abort();
  };
  const std::vector<candidate> all{{1}, {2}, {3}};
  if (const auto got = first.read_copying(input, with)) {
    check(*got);
    if (got->text.question.size() > text_limit + 2 || got->text.bytes > size) std::abort();
    const auto again = second.read_copying(input, with);
    if (!again || again->text.question != got->text.question || again->about != got->about) std::abort();
    const auto order = first.score(known, *got, all, default_balance());
    if (order.size() != all.size() || !(order.front().score >= order.back().score)) std::abort();
  }
  conversation text;
  text.question = text.system = text.before = input.substr(0, text_limit);
  check({text, extract(text), with.encode(text.question, text.before)});
  knowledge::findings found;
  known.examine(text.system, {}, found);
  return 0;
}
