// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/error.hpp>

namespace logos::actors {

/// A failure as it travels as the answer to a request; its words and its code come out again with `to_failure`.
caf::error to_error(const core::failure& f);
/// What went wrong with a request: the failure that was answered, else `storage_away` for a time-out and `internal` for
/// anything else of CAF's, with its words.
core::failure to_failure(caf::actor_system& system, const caf::error& e);

} // namespace logos::actors
