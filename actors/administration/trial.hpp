// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "actors/classification/cascade.hpp"
#include "actors/local_messages.hpp"
#include "net/json_look.hpp"

/// `POST /admin/v1/classify`: what would be chosen for a request, and why. Nothing is sent.
namespace logos::administration {

/// A request that is only tried.
struct trial {
  actors::question asked;
  std::string named; // the model that its body names, which is compared with the others; empty: none
  /// A cascade would be tried, as far as its policy has one.
  bool may_cascade = false;
  classification::likely_use use{};
};

/// What the CLASSIFIER is to be asked, by the terms under which INGRESS would let the request in; a failure says what
/// INGRESS would. `looker` belongs to the calling thread.
boost::system::result<trial, core::failure> read_trial(const call& c, net::json_looker& looker);

outcome answer_trial(const trial& t, const actors::verdict& v);

} // namespace logos::administration
