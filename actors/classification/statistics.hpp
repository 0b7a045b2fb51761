// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/balance.hpp"
#include "actors/classification/selection.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// What is told of a decision: `log_entry.classification_statistics`, `/why`, `/admin/v1/classify`.
namespace logos::classification {

/// A decision as it was made.
struct account {
  const catalog::snapshot& snapshot;
  std::span<const allowed_model> models; // as they were ranked: by `ranked::index`
  std::span<const ranked> order;         // best first
  bool unread = false;                   // the prompt could not be read
  const balance& weights;
  std::string_view policy{}; // its name; empty: none
};

/// `{"candidate_count":…,"candidates":[{"model_id","model","provider","score","contributions"}…],"balance":{…},
/// "policy":…` without the closing brace, so that the time can be told that it took. At most `shown` candidates, whose
/// names are cut to 256 bytes. Nothing of the prompt: neither its text nor its features, which are stored at log level
/// FULL only and therefore told apart (`selection::features`).
std::string describe(const account& of, std::size_t shown);

/// What a decision obeys, so that it can be made again when policies are others:
/// `,"obeyed":{"policies":[3,7],"named":3,
/// "wished":7,"privacy":"LOCAL","quality":5,"topic":"law","wish":{"quality":5}}`. `policies`: as they come together
/// (`policies_obeyed`), `named`: the policy of the header, `wished`: that of the model's name, `wish`: what else that
/// says. Numbers and levels are what all of it came to; what is as it is without a policy is left out. Of a topic that
/// a client wished for, only that it did: it is its own words.
void append_obeyed(std::string& out, const selection_input& in, const petition& said);

/// The part by which the first is most ahead of the second; empty when there is none or nothing is between them.
/// Static.
std::string_view advantage(std::span<const ranked> order);

} // namespace logos::classification
