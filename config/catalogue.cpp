// SPDX-License-Identifier: MIT
#include "config/catalogue.hpp"

#include <algorithm>

namespace logos::config {
namespace {

/// `|` would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string code(std::string_view text) { return '`' + cell(text) + '`'; }

/// Values stand as code, words ("by type") as words.
std::string default_cell(const setting_info& setting) {
  if (setting.required) return "required";
  if (setting.default_text.empty()) return "";
  const bool words = setting.default_text.find(' ') != std::string::npos;
  return words ? cell(setting.default_text) : code(setting.default_text);
}

} // namespace

const setting_info* find_setting(std::string_view path) {
  const auto& all = catalogue();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& s) { return s.path == path; });
  return found == all.end() ? nullptr : &*found;
}

std::string_view instead_of(std::string_view path) {
  if (path == "providers[].models[].weight")
    return "nothing ever went by it, so leave it out; accuracy, quality, latency and cost say which model is "
           "preferred, and prices which provider";
  return {};
}

std::string environment_name(std::string_view path) {
  std::string name = "LOGOS_";
  for (const char c : path)
    name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string describe_settings() {
  std::string out = "| setting | environment variable | default | meaning |\n|---|---|---|---|\n";
  for (const auto& s : catalogue())
    out += "| " + code(s.path) + " | " + (s.environment.empty() ? "" : code(s.environment)) + " | " + default_cell(s) +
           " | " + cell(s.description) + " |\n";
  return out;
}

} // namespace logos::config
