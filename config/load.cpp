// SPDX-License-Identifier: MIT
#include "config/load.hpp"

#include "config/settle.hpp"
#include "config/tables.hpp"
#include "config/validate.hpp"

#include <algorithm>
#include <set>

namespace logos::config {
namespace {

/// `a.b[0].c` → `a.b[0]` → `a.b` → `a` → nothing.
bool go_up(std::string_view& key) {
  const auto cut = key.find_last_of(".[");
  if (cut == std::string_view::npos) return false;
  key = key.substr(0, cut);
  return true;
}

} // namespace

void locate(problem& p, const positions& where, const std::string& file_name) {
  if (!p.origin.empty()) return;
  p.origin = file_name;
  std::string_view key = p.key;
  do {
    const auto found = where.find(key);
    if (found == where.end()) continue;
    p.origin = found->second.origin;
    p.line = found->second.line;
    p.column = found->second.column;
    return;
  } while (go_up(key));
}

loaded load(const sources& from) {
  loaded result;
  node document;
  bool readable = true;
  if (!from.text.empty()) {
    auto parsed = parse_document(from.text, from.file_name, result.problems);
    readable = parsed.has_value();
    if (readable) document = std::move(*parsed);
  }
  if (!readable) return result;
  overlay(document, from.variables, from.given, result.problems);
  reader in(from.file_name, from.variables, from.files);
  settings value;
  read_tables(in, document, value);
  std::vector<problem> later;
  settle(value, in.where, later);
  for (auto& p : validate(value))
    later.push_back(std::move(p));

  result.where = std::move(in.where);
  for (auto& p : in.problems)
    result.problems.push_back(std::move(p));
  // A key that was not understood is not also wrong in itself, and one problem per key is enough.
  std::set<std::string> complained;
  for (const auto& p : result.problems)
    if (p.level == core::severity::error) {
      complained.insert(p.key);
      const auto dot = p.key.rfind('.');
      if (!p.nearest.empty())
        complained.insert(dot == std::string::npos ? p.nearest : p.key.substr(0, dot + 1) + p.nearest);
    }
  for (auto& p : later) {
    if (complained.contains(p.key)) continue;
    if (result.problems.size() > most_problems && !complained.empty()) break;
    if (p.level == core::severity::error) complained.insert(p.key);
    locate(p, result.where, from.file_name);
    result.problems.push_back(std::move(p));
  }
  std::stable_sort(result.problems.begin(), result.problems.end(),
                   [](const problem& a, const problem& b) { return a.line < b.line; });
  if (!has_error(result.problems)) result.value = std::move(value);
  return result;
}

} // namespace logos::config
