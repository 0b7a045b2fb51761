// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/values.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace logos::administration {

/// Writes members of one JSON object.
class members {
public:
  template <class T>
  members& add(std::string_view name, const T& value) {
    key(name);
    write_value(text_, value);
    return *this;
  }
  members& raw(std::string_view name, std::string_view json) {
    key(name);
    text_ += json.empty() ? "null" : json;
    return *this;
  }
  /// Null when negative, which stands for a time that is not known.
  members& add_known(std::string_view name, std::int64_t us) { return us < 0 ? raw(name, "null") : add(name, us); }
  /// Null when empty.
  members& text(std::string_view name, const std::string& value) {
    return value.empty() ? raw(name, "null") : add(name, value);
  }
  members& id(std::string_view name, std::int64_t value) {
    key(name);
    write_id(text_, value);
    return *this;
  }
  std::string finish() { return "{" + text_ + "}"; }

private:
  void key(std::string_view name) { text_.append(text_.empty() ? "\"" : ",\"").append(name).append("\":"); }
  std::string text_;
};

} // namespace logos::administration
