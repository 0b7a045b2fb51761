// SPDX-License-Identifier: MIT
#pragma once
#include "core/money.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace logos::ingress {

/// What is to be expected of one of several deployments that may serve a request.
struct prospect {
  std::int64_t deployment_id = 0;
  bool known = false;                       // false: nothing is known of it, so that it is tried like the best
  bool open = true;                         // it is granted at all
  std::chrono::microseconds wait{0};        // for a place
  std::chrono::microseconds load{0};        // until its model lies in memory
  std::chrono::microseconds first_token{0}; // of the answer, from then on
  std::uint32_t failed_permille = 0;
  core::nano price = 0;  // of a request like this
  double busy = 0;       // of its places, 0 to 1
  bool familiar = false; // requests that begin like this one go there

  bool at_once() const { return open && wait.count() == 0 && load.count() == 0; }
  /// Until the first token, as far as anybody knows, and more for failures.
  std::chrono::microseconds expected() const;
};

/// How much is given for a lower price.
struct taste {
  /// Those whose first token is expected within this many times that of the best, and `slack`, are as good as it.
  double tolerance = 1.25;
  std::chrono::microseconds slack{50'000};
};

/// One of the prospects, and for how long the others come first.
struct turn {
  std::size_t index = 0; // of the prospect
  std::chrono::microseconds defer{0};
  std::chrono::microseconds expected{0}; // what it was ranked by: of one that is not known, that of the best
};

/// In which order deployments are asked. Of those that are as good as the one with the first token expected soonest the
/// cheapest is first; of equals the least busy as long as one of them is idle, else where the prompt's beginning is
/// known. The others follow after what they are expected to be worse by, so that they serve when the first does not,
/// and nobody is loaded for a request that is served sooner elsewhere. Whoever could serve at once is not made to wait
/// for one that cannot.
std::vector<turn> rank(std::span<const prospect> of, const taste& by = {});

/// Who is expected within this is as good as the best of them.
std::chrono::microseconds equal_up_to(std::chrono::microseconds best, const taste& by);

} // namespace logos::ingress
