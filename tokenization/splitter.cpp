// SPDX-License-Identifier: MIT
#include "tokenization/splitter.hpp"

#include "core/utf8.hpp"

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace logos::tokenization {
namespace {

struct free_match {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

PCRE2_SPTR bytes_of(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

/// Length of the UTF-8 at the start of `text`.
std::size_t valid_length(std::string_view text) {
  std::size_t at = 0;
  while (const auto length = core::utf8_length(text.substr(at)))
    at += length;
  return at;
}

} // namespace

void splitter::release::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }
void splitter::release::operator()(pcre2_real_match_context_8* context) const { pcre2_match_context_free(context); }

splitter::splitter(std::string_view pattern) {
  int error = 0;
  std::size_t at = 0;
  code_.reset(pcre2_compile(bytes_of(pattern), pattern.size(), PCRE2_UTF | PCRE2_ANCHORED, &error, &at, nullptr));
  limits_.reset(pcre2_match_context_create(nullptr));
  if (!code_ || !limits_) throw std::logic_error{"PCRE2 does not take the pattern at " + std::to_string(at)};
  // Where memory may not be both written and executed there is no JIT, and PCRE2 interprets the pattern.
  static_cast<void>(pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE));
  // The patterns need no more than a step or two back per byte, so a limit would only hit long texts.
  pcre2_set_match_limit(limits_.get(), std::numeric_limits<std::uint32_t>::max());
}

splitter::~splitter() = default;

void splitter::split(std::string_view text, const std::function<void(std::string_view)>& take) const {
  while (!text.empty()) {
    if (const auto valid = valid_length(text)) {
      split_valid(text.substr(0, valid), take);
      text.remove_prefix(valid);
    }
    std::size_t bad = 0;
    while (bad < text.size() && core::utf8_length(text.substr(bad)) == 0)
      ++bad;
    if (bad != 0) take(text.substr(0, bad));
    text.remove_prefix(bad);
  }
}

void splitter::split_valid(std::string_view text, const std::function<void(std::string_view)>& take) const {
  const std::unique_ptr<pcre2_match_data, free_match> found{pcre2_match_data_create(1, nullptr)};
  if (!found) throw std::bad_alloc{};
  for (std::size_t at = 0; at < text.size();) {
    const auto outcome =
        pcre2_match(code_.get(), bytes_of(text), text.size(), at, PCRE2_NO_UTF_CHECK, found.get(), limits_.get());
    auto end = outcome > 0 ? pcre2_get_ovector_pointer(found.get())[1] : at;
    // Not with these patterns, unless PCRE2 is out of memory: then what is left is one piece, which still decodes.
    if (end <= at) end = text.size();
    take(text.substr(at, end - at));
    at = end;
  }
}

} // namespace logos::tokenization
