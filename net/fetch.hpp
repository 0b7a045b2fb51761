// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "net/call.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace logos::net {

class io_thread;

/// A whole answer of a provider.
struct fetched {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers; // names as they came
  std::string body;
};
using fetch_result = boost::system::result<fetched, core::failure>;

/// Asks a provider over the thread's pool and brings the whole answer. `head`: request line and headers with the blank
/// line, content-length included. `timeout` is for all of it. An answer longer than `most_body_bytes` fails with
/// ec::upstream_protocol. Any thread; `done` is called exactly once, on the I/O thread, unless that has stopped.
void fetch(io_thread& io, std::shared_ptr<const upstream_target> target, std::string head, std::string body,
           std::chrono::milliseconds timeout, std::size_t most_body_bytes, std::function<void(fetch_result)> done);

} // namespace logos::net
