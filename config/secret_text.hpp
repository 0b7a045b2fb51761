// SPDX-License-Identifier: MIT
#pragma once
#include <ostream>
#include <string>
#include <utility>

namespace logos::config {

/// A password, key or address with a password in it. It never prints itself: whoever needs the text calls `reveal`.
class secret_text {
public:
  secret_text() = default;
  explicit secret_text(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }
  bool operator==(const secret_text&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const secret_text& s) {
    return out << (s.empty() ? "" : "(secret)");
  }

private:
  std::string text_;
};

} // namespace logos::config
