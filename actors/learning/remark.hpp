// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace logos::learning {

/// What somebody says of an answer.
struct remark {
  std::int64_t process_id = 0; // whose key
  std::int64_t tenant_id = 0;
  bool trusted = false; // an administrator: may be about any request, and counts without a bound

  core::uuid request{};       // that it is about
  std::optional<float> score; // 0 to 1
  std::string label;
  std::string comment;
  std::int64_t other_model = 0;            // the answer was better than this model's; 0: it says nothing of another
  std::optional<core::uuid> other_request; // the same, by one of its answers

  std::string recollected;       // what another node remembers of the request, packed; empty: this one is to
  std::string recollected_other; // the same of the other request

  /// Of a result without a request: what was asked (JSON, with net::json_padding zeros behind), and which model it is
  /// about. Trusted callers only.
  std::string body;
  std::int64_t model = 0;
  bool full = false; // log level FULL of the caller's key: what was asked may be written down
};

/// What became of it.
struct remark_reply {
  core::failure refusal;   // its code is none when the remark is written down and learned
  std::int64_t number = 0; // its place in the log
  std::int64_t model_id = 0;
  bool repeated = false; // the same was said before, and is not learned again
  bool teaches = false;  // what is known of models changed by it: never by what is repeated
  core::uuid unknown{};  // of a refusal: the request of which this node remembers nothing; another may
};

} // namespace logos::learning
