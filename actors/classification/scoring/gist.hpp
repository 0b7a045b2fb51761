// SPDX-License-Identifier: MIT
#pragma once
#include "core/uuid.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What texts are about as another encoder than the built-in one tells it: an embedding model of a provider's.
namespace logos::classification {

/// What a text is about: as many numbers as that model gives, of length 1. Null: it says nothing.
using gist = std::shared_ptr<const std::vector<float>>;

/// Brings it to length 1; null when that cannot be, or one of them is no number.
gist gist_of(std::vector<float> numbers);
/// The cosine of the angle between two; 0 when one of them is null, or they are not of the same model.
float similarity(const gist& a, const gist& b);

/// What of a text is asked about: as much as the built-in encoder reads of it, with what it may need to be understood
/// (`encoder::encode`). Empty when there is nothing but blanks.
std::string excerpt(std::string_view text, std::string_view before = {});

/// What is said of a catalog's models, by the numbers that `knowledge` gives them, as excerpts.
struct known_texts {
  std::vector<std::string> described;
  std::vector<std::string> examples;
  bool operator==(const known_texts&) const = default;
};
using known_texts_ptr = std::shared_ptr<const known_texts>;

/// What all of that is about. Immutable, any thread.
struct known_gists {
  known_texts_ptr of;
  std::int64_t space = 0; // whose gists these are: only those of one space can be compared
  std::size_t length = 0; // of each; 0: there are none
  std::vector<gist> described;
  std::vector<gist> examples;
};

/// By what a decision compares texts instead of the built-in encoder's directions.
struct other_view {
  std::shared_ptr<const known_gists> known; // null: there is no such thing
  gist about{};                             // the prompt
};

/// Why the built-in encoder decides where another one was wished for.
enum class fallback : std::uint8_t { none, timeout, busy, failed, forbidden, not_ready, count_ };
std::string_view to_string(fallback);

/// A text that a model has to be asked about, which model, and for whom.
struct wanted_gist {
  core::uuid key{}; // of the text, in the space of this model
  std::string text{};
  std::string model{};
  std::int64_t process_id = 0;
  std::string within{}; // what its writer's policy allows (`ingress::read_origin`)
  std::chrono::microseconds patience{};
  std::size_t remembered = 0; // texts in all
};

/// What came of asking.
struct told_gist {
  gist about{};
  fallback why = fallback::none; // there is none
  std::chrono::microseconds after{};
};

} // namespace logos::classification
