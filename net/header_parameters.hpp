// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <string_view>

namespace logos::net {

/// `text` without the blanks around it.
std::string_view without_blanks(std::string_view text);

/// One parameter of a header's value such as `form-data; name="model"`.
struct header_parameter {
  std::string_view name;
  std::string_view value; // without its quotes; escapes stay
};

/// Walks the parameters of a header's value, and stops at what readers do not agree about: a parameter without a value,
/// a blank or a comma outside quotes, something behind a closing quote, an escaped quote before a semicolon.
class parameter_cursor {
public:
  explicit parameter_cursor(std::string_view value);

  /// The next one; false when there is none, or no more.
  bool next(header_parameter& into);
  /// The value cannot be read in one way only.
  bool broken() const { return broken_; }

private:
  bool stop() {
    broken_ = true;
    return false;
  }
  bool quoted(header_parameter& into);

  std::string_view rest_; // from the semicolon on
  bool broken_ = false;
};

} // namespace logos::net
