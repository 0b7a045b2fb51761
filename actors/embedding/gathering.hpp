// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/gist.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace logos::embedding {

/// How a text is known in a space.
core::uuid key_of(std::int64_t space, std::string_view text);

/// Brings together what a catalog's descriptions and examples are about, some at a time. What is known of a text stays
/// known for as long as the text is wanted. One thread.
class gathering {
public:
  /// From here on these are wanted; null: none. `known`: what another one has brought together; may be null.
  void want(classification::known_texts_ptr texts, std::int64_t space,
            const classification::known_gists* known = nullptr);
  const classification::known_texts_ptr& wanted() const { return texts_; }
  std::int64_t space() const { return space_; }

  /// Texts to be asked about next, each once; nothing when all are known.
  std::vector<std::string> next(std::size_t most) const;
  /// What came of that. False: these are not of the length of what is known, and all has to be asked for anew.
  bool take(std::span<const std::string> texts, std::span<const classification::gist> about);
  bool complete() const { return missing_ == 0; }
  std::size_t missing() const { return missing_; }
  /// All of it; `complete` only.
  std::shared_ptr<const classification::known_gists> whole() const;

private:
  classification::gist find(const std::string& text) const;
  template <class Each>
  void for_each_text(Each each) const;

  classification::known_texts_ptr texts_;
  std::int64_t space_ = 0;
  std::unordered_map<core::uuid, classification::gist, core::uuid_hash> known_; // null: not yet
  std::size_t missing_ = 0;
};

} // namespace logos::embedding
