// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/knowledge.hpp"

#include <algorithm>

namespace logos::classification {
namespace {

char lower(char c) { return static_cast<unsigned char>(c - 'A') < 26U ? static_cast<char>(c | 0x20) : c; }

std::string lowered(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// The words of a tag list, in lower case, each once, in their order.
std::vector<std::string> tags_in(std::string_view listed) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<std::string> out;
  for (auto from = listed.find_first_not_of(blanks); from != std::string_view::npos;
       from = listed.find_first_not_of(blanks, from)) {
    const auto end = std::min(listed.find_first_of(blanks, from), listed.size());
    auto tag = lowered(listed.substr(from, end - from));
    if (std::find(out.begin(), out.end(), tag) == out.end()) out.push_back(std::move(tag));
    from = end;
  }
  return out;
}

} // namespace

knowledge::knowledge(std::span<const described_model> models, std::span<const labelled_example> examples,
                     const encoder& with, known_texts* texts)
    : with_{&with} {
  std::vector<std::string> words;
  std::unordered_map<std::string, std::uint32_t> numbers;
  for (const auto& told : models) {
    if (!by_id_.emplace(told.id, models_.size()).second) continue;
    auto& m = models_.emplace_back();
    m.id = told.id;
    m.number = static_cast<std::uint32_t>(models_.size() - 1);
    m.weights = told.weights;
    for (auto& tag : tags_in(told.tags)) {
      m.skills |= skills_of(tag);
      const auto [at, made] = numbers.emplace(tag, static_cast<std::uint32_t>(words.size()));
      if (made) words.push_back(std::move(tag));
      m.tags.push_back(at->second);
    }
    std::string text{told.description};
    m.described = with.encode(text.append(" ").append(told.tags));
    if (texts != nullptr) texts->described.push_back(excerpt(text));
  }
  tags_ = tag_finder{std::move(words)};

  for (const auto& told : examples) {
    if (examples_.size() == example_limit) {
      ++left_out_;
      continue;
    }
    const auto number = static_cast<std::uint32_t>(examples_.size());
    const auto topic = lowered(told.topic);
    bool anybodys = false;
    for (auto& m : models_)
      if (told.model_id != 0 ? told.model_id == m.id : !topic.empty() && tagged(m, topic)) {
        m.examples.push_back(number);
        anybodys = true;
      }
    if (!anybodys) continue;
    examples_.push_back({with.encode(told.text), told.worth});
    if (texts != nullptr) texts->examples.push_back(excerpt(told.text));
  }
}

const knowledge::model* knowledge::find(std::int64_t id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : &models_[at->second];
}

bool knowledge::tagged(const model& m, std::string_view word) const {
  return std::any_of(m.tags.begin(), m.tags.end(), [&](std::uint32_t number) {
    const auto& tag = tags_.word(number);
    return std::equal(tag.begin(), tag.end(), word.begin(), word.end(), [](char t, char w) { return t == lower(w); });
  });
}

void knowledge::examine(std::string_view system, const embedding& about, findings& out, const other_view* by) const {
  tags_.find(system, out.tags);
  out.about = about;
  out.examples.clear();
  out.described.clear();
  if (by == nullptr) {
    for (const auto& e : examples_)
      out.examples.push_back({similarity(about, e.about), e.worth});
    return;
  }
  for (std::size_t i = 0; i < examples_.size(); ++i)
    out.examples.push_back({similarity(by->about, by->known->examples[i]), examples_[i].worth});
  for (const auto& m : by->known->described)
    out.described.push_back(similarity(by->about, m));
}

} // namespace logos::classification
