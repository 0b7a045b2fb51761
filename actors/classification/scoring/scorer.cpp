// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/scorer.hpp"

namespace logos::classification {
namespace {

reading made_of(const conversation& text, const encoder& with) {
  return {text, extract(text), with.encode(text.question, text.before)};
}

} // namespace

boost::system::result<reading, core::failure> scorer::read(std::string_view body, const encoder& with) {
  const auto text = reader_.read(body);
  if (!text) return text.error();
  return made_of(*text, with);
}

boost::system::result<reading, core::failure> scorer::read_copying(std::string_view body, const encoder& with) {
  const auto text = reader_.read_copying(body);
  if (!text) return text.error();
  return made_of(*text, with);
}

std::vector<ranked> scorer::score(const knowledge& known, const reading& asked, std::span<const candidate> candidates,
                                  const balance& weights, const wanted_weights& wanted, std::string_view topic,
                                  const other_view* by) {
  known.examine(asked.text.system, asked.about, found_, by);
  return rank(known, {asked.shape, found_, wanted, topic}, candidates, weights);
}

} // namespace logos::classification
