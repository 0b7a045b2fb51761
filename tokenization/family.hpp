// SPDX-License-Identifier: MIT
#pragma once
#include "tokenization/encoding.hpp"

#include <cstdint>
#include <string_view>

namespace logos::tokenization {

/// How the tokens of a family of models are counted.
struct family {
  std::string_view name; // as in "llama-3"; empty: of no family that is known here
  const encoding& (*by)() = nullptr;
  /// What this encoding gives is what the model gives. Otherwise it is multiplied by a factor between the two below.
  bool exact = false;
  /// OpenAI's cookbook says how many tokens a chat has around its texts, and for these models it was compared with the
  /// API's own usage.
  bool exact_chat = false;
  std::uint32_t ascii_per_mille = 1000; // factor for a text of ASCII only
  std::uint32_t other_per_mille = 1000; // factor for a text without any

  /// The tokens of a text in thousandths: what the encoding gives, times the factors by their shares of the bytes.
  std::uint64_t thousandths(std::string_view text) const;
};

/// The family of a model by its name, with or without an owner before it ("openai/gpt-4o", "meta-llama/Llama-3.1-8B"),
/// whatever the case. A name that tells nothing gets an estimate that fits most.
const family& find_family(std::string_view model);
/// What counts when no model is named: o200k_base.
const family& default_family();
/// Reads what the encodings are made of, once for the process: else whoever counts first waits for it.
void prepare();
/// The families that are counted exactly, for messages: "gpt-5, gpt-4.1, …".
std::string_view exact_families();

} // namespace logos::tokenization
