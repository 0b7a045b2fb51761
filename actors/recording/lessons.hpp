// SPDX-License-Identifier: MIT
#pragma once
#include "actors/local_messages.hpp"
#include "actors/messages.hpp"
#include "storage/reports.hpp"

#include <cstdint>
#include <functional>
#include <vector>

/// What SCHEDULERs have learned, as it is kept for those that are made after them.
namespace logos::recording {

/// The rows of what was learned. Passages have none: they are made anew with each catalog.
std::vector<storage::deployment_experience> to_rows(const actors::provider_experience& learned);
actors::provider_experience from_rows(std::int64_t provider_id,
                                      const std::vector<storage::deployment_experience>& rows);

/// A job for REGISTRY that reads what was learned of a provider's deployments, and has `tell` called there if there is
/// anything. A database that is away is logged: then it is learned anew.
actors::store_job recalling(std::int64_t provider_id, std::function<void(actors::provider_experience)> tell);

} // namespace logos::recording
