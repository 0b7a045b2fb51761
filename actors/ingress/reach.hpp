// SPDX-License-Identifier: MIT
#pragma once
#include "actors/catalog/snapshot.hpp"
#include "core/error.hpp"

#include <string_view>

namespace logos::ingress {

/// A request to a provider, as far as it decides who may make it.
struct destination {
  std::string_view method;
  std::string_view path;    // as sent
  std::string_view rest;    // of it, behind /v1/ or the like
  bool batches_here = true; // OpenAI's batches are run here, and not relayed
};

/// Whether `who` may send such a request to any provider: what is about the account behind the operator's key is for
/// administrators, and for keys whose scope names it. The failure's code is none when they may.
core::failure check_reach(const catalog::principal& who, const destination& to);
/// The same for a provider of that type.
core::failure check_reach(const catalog::principal& who, const destination& to, core::provider_type type);

} // namespace logos::ingress
