// SPDX-License-Identifier: MIT
#include "tokenization/encoding.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Arbitrary bytes: their tokens are theirs again, and as many as are counted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace logos::tokenization;
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  for (const auto* e : {&o200k_base(), &cl100k_base()}) {
    const auto tokens = e->encode(input);
    if (e->decode(tokens) != input || e->count(input) != tokens.size()) std::abort();
  }
  return 0;
}
