// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/explanations.hpp"
#include "actors/messages.hpp"

/// Why a request is where it is: `/admin/v1/requests/{request_id}/why`.
namespace logos::administration {

/// Of one that has not ended. Who may not see it is answered as if it were not there.
outcome explain_progress(const call& c, const actors::progress& p);
/// Of one that has ended, from the books. `silent`: nodes that did not say whether they have it.
outcome explain_past(storage::store& in, const call& c, const std::vector<std::string>& silent);

} // namespace logos::administration
