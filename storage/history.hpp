// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <cstdint>
#include <string>

/// What statistics are made of, and what comes from another installation's past.
namespace logos::storage {

/// Requests of one bucket of time that are alike. A request's time is when it was forwarded, else when it came in.
struct event_group {
  std::int64_t bucket_s = 0; // where it begins, in seconds since 1970
  std::int64_t model_id = 0;
  std::int64_t provider_id = 0;
  std::string model; // names, also of what is gone
  std::string provider;
  std::string result; // as in request_events: success, error or timeout; empty: none
  bool local = false; // the model's privacy is LOCAL
  bool cold = false;
  bool failed = false; // not a success, or with words of an error
  std::int64_t requests = 0;
  std::int64_t queued = 0; // that were forwarded: what `queued_s` is the sum of
  double queued_s = 0;
  std::int64_t run = 0; // that were forwarded and ended
  double run_s = 0;
  core::wall_time last{};
  std::int64_t vram_known = 0; // whose provider's free memory was known: what `vram_mb` is the sum of
  double vram_mb = 0;
};

/// How many requests found so many others waiting.
struct depth_count {
  bool at_schedule = false; // else when they came in
  std::int64_t depth = 0;
  std::int64_t requests = 0;
};

/// A job that ended in another installation.
struct past_job {
  std::int64_t process_id = 0;
  std::int64_t profile_id = 0;
  bool failed = false;
  std::string method;
  std::string path;
  int http_status = 0; // 0: there is none
  std::string result;  // the answer's body, JSON; or empty
  std::string error_message;
  core::wall_time created_at{}; // with process and profile: tells it from others
  core::wall_time updated_at{};
};

} // namespace logos::storage
