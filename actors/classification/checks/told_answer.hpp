// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/endpoint.hpp"
#include "net/usage.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Whether a cheap model's answer is good enough: what it tells, and checks of that. Pure functions; what providers and
/// clients send is never trusted to be well-formed, shallow or short.
namespace logos::checks {

/// What an answer tells of itself, in whichever API's form: the first of its choices.
struct told_answer {
  bool readable = false;              // as an answer of that API; nothing else here is known without
  bool finished = false;              // it says why it ended
  std::string text;                   // that was generated
  std::string refusal;                // in the field of that name
  bool filtered = false;              // a filter ended it, or the model says that it declined
  bool cut = false;                   // it was as long as it may be
  std::vector<std::string> arguments; // of the calls of tools that it makes, as JSON
  double logprob_sum = 0;             // natural logarithms of the probabilities of its tokens
  std::uint64_t logprobs = 0;         // how many there are
  bool calls() const { return !arguments.empty(); }
};

/// Whether answers of that kind can be read at all.
constexpr bool can_read(ingress::endpoint at) {
  return at == ingress::endpoint::chat || at == ingress::endpoint::responses || at == ingress::endpoint::messages;
}

/// Reads an answer, or the beginning of one when it is a stream. Any thread.
told_answer read_answer(ingress::endpoint at, net::content_kind kind, std::string_view bytes);

} // namespace logos::checks
