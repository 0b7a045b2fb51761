// SPDX-License-Identifier: MIT
#include "actors/ingress/strangers_room.hpp"

#include "actors/ingress/key_refusals.hpp"
#include "net/body_gate.hpp"

#include <charconv>
#include <utility>

namespace logos::ingress {
namespace {

constexpr std::size_t small_body = 64 * 1024;
/// What is taken of strangers at most, and parsed on an I/O thread: some milliseconds.
constexpr std::size_t most_body_with_key = std::size_t{4} << 20;

class place_of_body final : public net::body_gate {
public:
  place_of_body(std::shared_ptr<std::size_t> left, std::chrono::milliseconds total)
      : left_{std::move(left)},
        total_{total} {}
  ~place_of_body() override { *left_ += taken_; }
  place_of_body(const place_of_body&) = delete;
  place_of_body& operator=(const place_of_body&) = delete;

  std::chrono::milliseconds total() const override { return total_; }

  core::failure admit(std::size_t bytes) override {
    if (bytes <= small_body + taken_) return {};
    const auto more = bytes - small_body - taken_;
    if (more > *left_) return no_room_for_body();
    *left_ -= more;
    taken_ += more;
    return {};
  }

  core::failure late() const override { return no_key_in_time(total_); }

private:
  std::shared_ptr<std::size_t> left_;
  std::chrono::milliseconds total_;
  std::size_t taken_ = 0; // of the room
};

} // namespace

core::failure strangers_room::admit(net::exchange& x) {
  const auto text = x.request().find("content-length");
  std::size_t length = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (wrong != std::errc{} || end != text.data() + text.size()) return no_key_for_unstated_length();
  if (length > most_body_with_key) return no_key_for_large_body(most_body_with_key);
  x.attached = std::make_unique<place_of_body>(left_, total_);
  return {};
}

} // namespace logos::ingress
