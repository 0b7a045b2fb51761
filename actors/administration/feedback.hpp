// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/learning/remark.hpp"

/// Feedback: what clients and administrators say of answers, for the LEARNER.
namespace logos::administration {

/// What a body of `/v1/feedback` or `/admin/v1/feedback` says. An administrator's remark is trusted, whichever of the
/// two it is sent to.
boost::system::result<learning::remark, core::failure> read_remark(const call& c);
/// The answer to one that was learned.
outcome show_remark(const call& c, const learning::remark& said, const learning::remark_reply& done);
/// The newest first; `process_id`, `model_id` and `request_id` narrow it. On REGISTRY's thread.
outcome list_feedback(storage::store& in, const call& c);

/// The schemas of these for /openapi.json, each with a comma before it.
std::string feedback_schemas();

} // namespace logos::administration
