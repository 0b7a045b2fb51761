// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/intent.hpp"

#include <string_view>

namespace logos::ingress {

/// Whether a deployment may be asked whose own path takes the place of the client's (`deployment_route::fixed_path`;
/// empty: it has none). What is held for a request goes by the path that the client names, so what is done there must
/// be the same, or, where that is not known, must not be able to cost more.
bool fits_own_path(std::string_view own_path, const intent& i);

/// Whether nobody knows what is done at a deployment's own path, and which fields are heeded there.
bool is_unknown_path(std::string_view own_path);

} // namespace logos::ingress
