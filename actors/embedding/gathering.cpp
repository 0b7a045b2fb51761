// SPDX-License-Identifier: MIT
#include "actors/embedding/gathering.hpp"

#include "core/fingerprint.hpp"

#include <unordered_set>
#include <utility>

namespace logos::embedding {

using classification::gist;
using classification::known_gists;

core::uuid key_of(std::int64_t space, std::string_view text) { return core::fingerprint(space, text); }

template <class Each>
void gathering::for_each_text(Each each) const {
  if (!texts_) return;
  for (const auto* list : {&texts_->described, &texts_->examples})
    for (const auto& text : *list)
      if (!text.empty()) each(text); // nothing is said of it: there is nothing to ask
}

void gathering::want(classification::known_texts_ptr texts, std::int64_t space, const known_gists* known) {
  texts_ = std::move(texts);
  space_ = space;
  auto before = std::exchange(known_, {});
  missing_ = 0;
  if (known != nullptr && known->space == space)
    for (const auto& [list, about] :
         {std::pair{&known->of->described, &known->described}, std::pair{&known->of->examples, &known->examples}})
      for (std::size_t i = 0; i < list->size(); ++i)
        if ((*about)[i]) before.insert_or_assign(key_of(space, (*list)[i]), (*about)[i]);
  for_each_text([&](const std::string& text) {
    const auto key = key_of(space_, text);
    const auto at = before.find(key);
    const auto [now, fresh] = known_.emplace(key, at == before.end() ? nullptr : at->second);
    if (fresh && !now->second) ++missing_;
  });
}

std::vector<std::string> gathering::next(std::size_t most) const {
  std::vector<std::string> out;
  std::unordered_set<core::uuid, core::uuid_hash> chosen;
  for_each_text([&](const std::string& text) {
    if (out.size() == most) return;
    const auto key = key_of(space_, text);
    if (!known_.at(key) && chosen.insert(key).second) out.push_back(text);
  });
  return out;
}

bool gathering::take(std::span<const std::string> texts, std::span<const gist> about) {
  for (const auto& [key, known] : known_) {
    if (!known || about.empty() || known->size() == about.front()->size()) continue;
    for (auto& [each, old] : known_)
      old = nullptr;
    missing_ = known_.size();
    return false;
  }
  for (std::size_t i = 0; i < texts.size() && i < about.size(); ++i) {
    const auto at = known_.find(key_of(space_, texts[i]));
    if (at == known_.end()) continue; // others are wanted by now
    if (!at->second) --missing_;
    at->second = about[i];
  }
  return true;
}

gist gathering::find(const std::string& text) const { return text.empty() ? nullptr : known_.at(key_of(space_, text)); }

std::shared_ptr<const known_gists> gathering::whole() const {
  auto out = std::make_shared<known_gists>();
  out->of = texts_;
  out->space = space_;
  for (const auto& text : texts_->described)
    out->described.push_back(find(text));
  for (const auto& text : texts_->examples)
    out->examples.push_back(find(text));
  if (!known_.empty()) out->length = known_.begin()->second->size();
  return out;
}

} // namespace logos::embedding
