// SPDX-License-Identifier: MIT
#pragma once
#include "actors/weighing.hpp"

#include <caf/meta/type_name.hpp>

/// How what was weighed goes between nodes.
namespace logos::actors {

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, alternative& x) {
  return f(caf::meta::type_name("logos::alternative"), x.deployment_id, x.expected_us, x.wait_us, x.load_us,
           x.first_token_us, x.defer_us, x.price_nano, x.failed_permille, x.busy_permille, x.known, x.open, x.familiar);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, weighing& x) {
  return f(caf::meta::type_name("logos::weighing"), x.equal_up_to_us, x.of);
}

} // namespace logos::actors
