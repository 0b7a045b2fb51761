// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/vocabulary.hpp"
#include "net/exchange.hpp"
#include "net/json_look.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace logos::jobs {

/// A request as it is kept until it is run.
struct job_request {
  std::string method;
  std::string target; // as a client would have sent it
  std::string model;  // empty: one is chosen when it is run
  std::string text;   // what net::inner_request takes, with the address of who asked for it in front
  core::priority priority = core::priority_low;
};

/// Makes a job of what a client sent: `target` is what follows `/jobs`, `profile_id` 0 means none. The request keeps
/// its bytes, but it is not streamed; it is of mode batch and low priority unless it says otherwise; it carries no key.
/// Fails with what to tell the client when no request can be made of it. The body has net::json_padding readable bytes
/// behind it.
boost::system::result<job_request, core::failure> make_request(const net::request_view& from, std::string_view target,
                                                               std::int64_t profile_id, std::string_view client_address,
                                                               net::json_looker& looker);

/// Takes a kept text apart: the address, and the request.
struct kept_request {
  std::string client_address;
  std::string text;
};
kept_request read_kept(std::string_view text);

} // namespace logos::jobs
