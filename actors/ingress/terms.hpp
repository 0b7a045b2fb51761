// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/policies.hpp"
#include "actors/ingress/intent.hpp"
#include "core/capability.hpp"
#include "core/error.hpp"
#include "net/exchange.hpp"

#include <boost/system/result.hpp>

/// Under which terms a request is let in, worked out from what it says itself. Pure; a request that is only tried is
/// told the same as one that runs.
namespace logos::ingress {

/// The profile that the header `use_profile` names, else the first; null for root, who needs none.
boost::system::result<const catalog::profile*, core::failure> find_profile(const catalog::principal& who,
                                                                           const net::request_view& request);

/// What the header `policy` says, into `out`.
core::failure read_petition(const classification::petitioner& by, const net::request_view& request,
                            classification::petition& out);

/// What a request of the gateway's own has to obey because it carries somebody else's words: its header
/// `x-logos-on-behalf`, written as a model's name says it (`logos-v1__policy_privacy=LOCAL_cost=-1024`), into `out`.
/// Refused where the request would be stored: whoever wrote these words has not been asked for that.
core::failure read_origin(const classification::petitioner& by, const net::request_view& request,
                          classification::petition& out);

/// What a request has to obey, and what it needs of its model.
struct obligations {
  classification::policy_ptr policy; // null: none
  core::needs needs;
};
/// With what the model's name says, which is written into `petition`.
boost::system::result<obligations, core::failure> settle(const classification::petitioner& by, const intent& wanted,
                                                         std::size_t body_bytes, classification::petition& petition);

} // namespace logos::ingress
