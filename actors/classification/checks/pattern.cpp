// SPDX-License-Identifier: MIT
#include "actors/classification/checks/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <cstdint>
#include <memory>
#include <pcre2.h>

namespace logos::checks {
namespace {

constexpr std::uint32_t most_matches = 2'000, deepest = 1'000, most_heap_kib = 1'024;
constexpr std::size_t longest_pattern = 2'000;

struct release {
  void operator()(pcre2_code* p) const { pcre2_code_free(p); }
  void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
  void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
};

template <class T>
using owned = std::unique_ptr<T, release>;

PCRE2_SPTR bytes(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

} // namespace

std::optional<bool> matches(std::string_view pattern, std::string_view text) {
  if (pattern.size() > longest_pattern) return std::nullopt;
  int error = 0;
  PCRE2_SIZE at = 0;
  const owned<pcre2_code> code{pcre2_compile(bytes(pattern), pattern.size(),
                                             PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C, &error, &at,
                                             nullptr)};
  if (!code) return std::nullopt;
  const owned<pcre2_match_data> found{pcre2_match_data_create(1, nullptr)};
  const owned<pcre2_match_context> limits{pcre2_match_context_create(nullptr)};
  if (!found || !limits) return std::nullopt;
  pcre2_set_match_limit(limits.get(), most_matches);
  pcre2_set_depth_limit(limits.get(), deepest);
  pcre2_set_heap_limit(limits.get(), most_heap_kib);
  const auto done = pcre2_match(code.get(), bytes(text), text.size(), 0, 0, found.get(), limits.get());
  if (done >= 0) return true;
  if (done == PCRE2_ERROR_NOMATCH) return false;
  return std::nullopt;
}

} // namespace logos::checks
