// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "tokenization/family.hpp"

#include <boost/system/result.hpp>
#include <simdjson.h>

#include <cstdint>
#include <string_view>

namespace logos::tokenization {

/// How many tokens something has.
struct tally {
  std::uint64_t count = 0;
  bool exact = true; // false: an estimate
};

tally count_text(std::string_view text, const family& of);

/// What a chat has for its prompt, as OpenAI's cookbook counts it: 3 tokens for each message, the texts of its members,
/// 1 for a name, 3 before the reply. `tools` is the request's array of that name, by its JSON; null: it has none. What
/// the cookbook does not say is an estimate: tools and calls of them, images, sounds, files; and so is a long text
/// where `likely_bytes` says that its time is to be bounded (as `sampled_count` has it). A failure with ec::bad_field
/// names what no chat has.
boost::system::result<tally, core::failure> count_chat(simdjson::dom::array messages,
                                                       const simdjson::dom::element* tools, const family& of,
                                                       std::size_t likely_bytes = 0);

} // namespace logos::tokenization
