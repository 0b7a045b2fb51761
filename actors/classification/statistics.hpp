// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/scoring/balance.hpp"
#include "actors/classification/selection.hpp"

#include <cstddef>
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

/// The part by which the first is most ahead of the second; empty when there is none or nothing is between them.
/// Static.
std::string_view advantage(std::span<const ranked> order);

} // namespace logos::classification
