// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/encoder.hpp"
#include "actors/classification/scoring/gist.hpp"
#include "actors/classification/scoring/stages.hpp"
#include "actors/classification/scoring/tag_finder.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace logos::classification {

/// What an operator says of a model.
struct described_model {
  std::int64_t id = 0;
  std::string_view tags{}; // parted by blanks
  std::string_view description{};
  model_weights weights{};
};

/// A prompt that an operator gives as an example of what a model is good (1) or bad (-1) at; or of a topic, which is
/// every model's that has it among its tags.
struct labelled_example {
  std::int64_t model_id = 0; // 0: of the topic
  std::string_view topic{};
  std::string_view text{};
  float worth = 1;
};

/// What is known of models in words, made ready to be compared with prompts: once for each catalog, some 10 µs for each
/// model and example. Immutable, any thread; copies what it is made from.
class knowledge {
public:
  /// More examples than that would take longer than a decision may.
  static constexpr std::size_t example_limit = 1000;

  /// `with` outlives it. `texts`: gets what another encoder is to be asked about; null: none is.
  knowledge(std::span<const described_model> models, std::span<const labelled_example> examples, const encoder& with,
            known_texts* texts = nullptr);

  struct model {
    std::int64_t id = 0;
    model_weights weights{};
    std::vector<std::uint32_t> tags{};     // numbers in the finder
    std::vector<std::uint32_t> examples{}; // numbers of those that are about it
    std::uint32_t skills = 0;
    std::uint32_t number = UINT32_MAX;
    embedding described{}; // description and tags
  };
  /// Null: nothing is known of it.
  const model* find(std::int64_t id) const;
  const encoder& with() const { return *with_; }
  /// How many examples were left out, because there are more than `example_limit`.
  std::size_t left_out() const { return left_out_; }

  /// What of it a question brings up. Keeps its memory when used again.
  struct findings {
    std::vector<char> tags{};         // by number: is it in the system prompt
    std::vector<nearness> examples{}; // by number
    std::vector<float> described{};   // similarity, by number; empty: by the built-in encoder
    embedding about{};
  };
  /// `by`: what takes the place of the encoder's directions, all of it about this; null: nothing.
  void examine(std::string_view system, const embedding& about, findings& out, const other_view* by = nullptr) const;
  /// How near a question is to what is said of a model.
  static float nearness_to(const model& m, const findings& of) {
    if (of.described.empty()) return similarity(of.about, m.described);
    return m.number < of.described.size() ? of.described[m.number] : 0;
  }
  /// Whether one of the model's tags is that word, in any case of ASCII letters.
  bool tagged(const model& m, std::string_view word) const;

private:
  struct example {
    embedding about{};
    float worth = 1;
  };
  const encoder* with_;
  tag_finder tags_;
  std::vector<model> models_;
  std::vector<example> examples_;
  std::unordered_map<std::int64_t, std::size_t> by_id_;
  std::size_t left_out_ = 0;
};

} // namespace logos::classification
