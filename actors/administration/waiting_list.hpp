// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/explanations.hpp"

/// Who waits for a place: `/admin/v1/queue`.
namespace logos::administration {

/// What is asked of the SCHEDULERs: one ticket more than the page has. Who is no administrator sees their own.
boost::system::result<actors::queue_question, core::failure> read_queue_question(const call& c);
/// The page: `{"data":[…],"next":…,"silent":[…]}`, by deployment and request.
outcome list_queue(const call& c, const actors::queue_question& asked, const actors::queue_page& page);

} // namespace logos::administration
