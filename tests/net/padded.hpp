// SPDX-License-Identifier: MIT
#pragma once
#include "net/json_look.hpp"

#include <string>
#include <string_view>

namespace logos::net::test {

/// A body with the readable bytes after it that json_looker asks for. They are closing braces: the worst that can
/// follow.
class padded {
public:
  explicit padded(std::string_view body) : size_{body.size()}, text_{body} { text_.append(json_padding, '}'); }
  std::string_view view() const { return std::string_view{text_}.substr(0, size_); }

private:
  std::size_t size_;
  std::string text_;
};

} // namespace logos::net::test
