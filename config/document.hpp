// SPDX-License-Identifier: MIT
#pragma once
#include "config/problem.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logos::config {

/// A piece of a YAML document, with the place it was written at.
struct node {
  enum class kind : std::uint8_t { null, scalar, sequence, map };
  kind type = kind::null;
  std::string text{};        // scalar
  std::vector<node> items{}; // sequence: its elements. Map: the values, at the same places as `names`
  std::vector<node> names{}; // map: its keys, in the order of the file, duplicates included
  std::string origin{};      // a variable or a flag; empty: the file
  int line = 0;              // 1-based; 0 outside the file
  int column = 0;

  bool null() const { return type == kind::null; }
  /// The value under `key` in a map, or nothing.
  const node* find(std::string_view key) const;
  node* find(std::string_view key) { return const_cast<node*>(std::as_const(*this).find(key)); }
};

/// The words for a kind of node in a message: "a list", "a map".
std::string_view to_string(node::kind kind);

/// Bounds on what is read, so that no file can hang or fill the process. Far above any real configuration.
inline constexpr std::size_t most_text_bytes = 1 << 20;
inline constexpr std::size_t most_nodes = 50'000; // after aliases were put in place
inline constexpr int most_depth = 32;

/// Reads one YAML document; anchors and aliases are put in place, merge keys (`<<`) are not supported. Whatever is
/// wrong (bytes that are not UTF-8, NUL, syntax, depth, size) is added to `problems` with its line, and nothing is
/// returned. No exception leaves it.
std::optional<node> parse_document(std::string_view text, const std::string& origin, std::vector<problem>& problems);

/// The offset of the first byte that is not UTF-8, or nothing.
std::optional<std::size_t> first_bad_utf8(std::string_view text);

} // namespace logos::config
