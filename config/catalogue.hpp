// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::config {

/// What a setting looks like in the file.
enum class shape : std::uint8_t { value, text_list, section, list, map };

/// One setting as the tables know it (config/tables.cpp).
struct setting_info {
  std::string path;         // `limits.queue_wait`, `providers[].base_url`
  std::string environment;  // `LOGOS_LIMITS_QUEUE_WAIT`; empty inside lists and for whole sections
  std::string default_text; // as it would be written; empty: none
  std::string description;  // one sentence
  shape form = shape::value;
  bool required = false; // wherever its section is present
};

/// Every setting, sections before what they hold, in the order of the tables. Made once; any thread.
const std::vector<setting_info>& catalogue();
/// The setting that is written as `path`, or nullptr.
const setting_info* find_setting(std::string_view path);
/// What to do without a setting that there once was (`providers[].models[].weight`), for whoever still writes it.
/// Empty: there never was one.
std::string_view instead_of(std::string_view path);
/// `limits.queue_wait` → `LOGOS_LIMITS_QUEUE_WAIT`
std::string environment_name(std::string_view path);
/// The README's table of settings, in Markdown.
std::string describe_settings();

} // namespace logos::config
