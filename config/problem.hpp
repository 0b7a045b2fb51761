// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::config {

/// Something wrong with the configuration, or worth a warning.
struct problem {
  core::severity level = core::severity::error; // error or warning
  std::string origin{};                         // the file, the environment variable or the flag
  int line = 0;                                 // 1-based; 0 where there is none
  int column = 0;
  std::string key{};     // `providers[0].base_url`; empty: the whole document
  std::string message{}; // what is wrong and how to mend it
  std::string nearest{}; // for an unknown key: the nearest known one
};

/// `logos.yaml:12: providers[0].base_ulr: unknown key; did you mean 'base_url'?`: one line, without its end.
std::string to_string(const problem& p);
/// All of them, one line each.
std::string to_string(std::span<const problem> problems);
bool has_error(std::span<const problem> problems);

/// How many characters have to be changed, added, dropped or swapped with their neighbour to get from one to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate with the least distance, the first of equals; empty when there is none.
std::string_view nearest_of(std::string_view word, std::span<const std::string_view> candidates);
/// Whether a person may have meant the one when writing the other.
bool looks_alike(std::string_view a, std::string_view b);

} // namespace logos::config
