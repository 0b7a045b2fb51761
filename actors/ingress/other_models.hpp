// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "core/error.hpp"
#include "net/model_names.hpp"

#include <span>

/// Models that a request names beside the one it goes to. The provider reads their names as they are, and need not tell
/// which of them it uses: what has a limit or a budget as a model of its own is therefore asked for by itself only.
namespace logos::ingress {

/// Who asks, and under which policy.
struct asker {
  const catalog::snapshot& in;
  const catalog::principal& who;
  const catalog::profile* with = nullptr;
  const catalog::policy* under = nullptr;
};

/// The first of these that is not, at the deployment's provider, a model that may be used; null: all are.
const net::model_name* first_refused(const asker& by, const catalog::deployment& at,
                                     std::span<const net::model_name> names);
/// One answer for what does not exist there, what is not permitted and what has rules of its own.
core::failure other_model_refused(const net::model_name& name);

} // namespace logos::ingress
