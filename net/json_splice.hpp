// SPDX-License-Identifier: MIT
#pragma once
#include "net/json_look.hpp"

#include <boost/container/static_vector.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::net {

/// What to change in a body. Everything else keeps its bytes.
struct json_edits {
  /// The new value of `model`, as plain text; inserted when the body has none.
  std::optional<std::string_view> model;
  /// Removes `priority`, `mode` and `timeout_s`.
  bool remove_own_fields = true;
  /// Sets stream_options.include_usage to true.
  bool include_usage = false;
  /// Integer members: replaces each value, or inserts it. Each field once.
  struct integer {
    body_field field = body_field::max_tokens;
    std::int64_t value = 0;
  };
  boost::container::static_vector<integer, 5> integers{};
};

/// A body as a gather list: views into the original and into a few owned bytes. The original must outlive it. Movable;
/// moving keeps the views good.
class spliced_body {
public:
  spliced_body() = default;
  spliced_body(spliced_body&&) noexcept = default;
  spliced_body& operator=(spliced_body&&) noexcept = default;
  spliced_body(const spliced_body&) = delete;
  spliced_body& operator=(const spliced_body&) = delete;

  std::span<const std::string_view> pieces() const { return {pieces_.data(), count_}; }
  /// Bytes in all pieces together.
  std::size_t size() const { return size_; }
  /// All pieces as one string.
  std::string str() const;

private:
  friend class splicer;
  static constexpr std::size_t most_pieces = 24;
  std::array<std::string_view, most_pieces> pieces_{};
  std::size_t count_ = 0;
  std::size_t size_ = 0;
  std::vector<char> patches_; // allocated once, so that views into it stay good
};

/// Whether `edits` are to change a body in which json_looker found `found`. If not, the body is what `splice` makes of
/// it, and need not be asked for.
bool changes_anything(const json_look& found, const json_edits& edits);
/// Applies `edits` to `body`, where `found` is what json_looker found in these very bytes. Never fails.
spliced_body splice(std::string_view body, const json_look& found, const json_edits& edits);
/// A body whose bytes [begin, end) are replaced by `value`, as they are.
spliced_body splice_range(std::string_view body, std::size_t begin, std::size_t end, std::string_view value);

} // namespace logos::net
