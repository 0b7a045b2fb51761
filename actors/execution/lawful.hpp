// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/admission.hpp"

namespace logos::execution {

/// Whether a request may go to a deployment: by its permissions, its policy and what the model can do. `who` and `d`
/// are of the catalog `now`; what was decided by an older one is worked out again. INGRESS asks before each permit is
/// taken, EXECUTOR again before the first byte: a catalog may come between.
bool is_lawful(const catalog::snapshot_ptr& now, const catalog::principal& who, const admission& a,
               const catalog::deployment& d);
/// The same for whoever has let the request in, as `now` knows them; false when it knows them no more.
bool is_lawful(const catalog::snapshot_ptr& now, const admission& a, const catalog::deployment& d);
/// What is said when it is not.
core::failure no_longer_lawful();

} // namespace logos::execution
