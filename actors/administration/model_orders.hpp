// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/explanations.hpp"
#include "storage/audit.hpp"

/// A model in its provider's memory, or out of it, by hand: `/admin/v1/deployments/{id}/load` and `/unload`.
namespace logos::administration {

/// What is wanted.
struct model_wish {
  std::int64_t deployment_id = 0;
  std::int64_t provider_id = 0;
  bool load = true;
};

/// A failure when it cannot be: there is no such deployment, its provider does not load on demand, or its `residence`
/// stands against it.
boost::system::result<model_wish, core::failure> read_wish(const call& c);
/// As the audit log has it.
storage::change change_of(const call& c, const model_wish& wish);
/// What came of it.
outcome answer_wish(const call& c, const model_wish& wish, const actors::order_report& report);

} // namespace logos::administration
