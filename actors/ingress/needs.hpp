// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/intent.hpp"
#include "core/capability.hpp"

namespace logos::ingress {

/// What a request needs of its model: by its path, and by what stands in its body. `chosen`: the gateway chooses the
/// model, so that its context matters; it is 0 otherwise. Whoever only asks for what is there needs nothing.
core::needs needs_of(const intent& i, std::size_t body_bytes, bool chosen);

} // namespace logos::ingress
