// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;

namespace logos::tokenization {

/// Cuts text into the pieces that an encoding never merges across, by its regular expression. Immutable, any thread.
class splitter {
public:
  /// `pattern`: a regular expression as PCRE2 takes it, which matches at every character of a text.
  explicit splitter(std::string_view pattern);
  splitter(const splitter&) = delete;
  splitter& operator=(const splitter&) = delete;
  ~splitter();

  /// Hands the pieces to `take`, in order; together they are the text. Bytes that are not UTF-8 are pieces by
  /// themselves, and the text ends and begins anew there.
  void split(std::string_view text, const std::function<void(std::string_view)>& take) const;

private:
  void split_valid(std::string_view text, const std::function<void(std::string_view)>& take) const;

  struct release {
    void operator()(pcre2_real_code_8* code) const;
    void operator()(pcre2_real_match_context_8* context) const;
  };
  std::unique_ptr<pcre2_real_code_8, release> code_;
  std::unique_ptr<pcre2_real_match_context_8, release> limits_;
};

} // namespace logos::tokenization
