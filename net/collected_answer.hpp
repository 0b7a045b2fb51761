// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <string>

namespace logos::net {

/// A whole answer.
struct collected_answer {
  int status = 0;
  std::string content_type;
  std::string body;
  core::failure refusal{}; // why the gateway gave the answer itself; code none: whoever served the request did
  bool begun = false;      // of a refusal: a provider had begun to answer
};

} // namespace logos::net
