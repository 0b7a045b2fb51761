// SPDX-License-Identifier: MIT
#pragma once
#include "simulator/fault.hpp"
#include "simulator/records.hpp"
#include "simulator/spec.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace logos::simulator {

/// A simulated provider with its listener and its own thread. Member functions may be called by any one thread at a
/// time; those that look into a running server wait for its thread.
class server {
public:
  explicit server(provider_spec spec);
  /// Stops.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Listens and begins to serve; returns the port. Errors: those of binding, and of reading the certificate.
  boost::system::result<std::uint16_t> start();
  /// Closes every connection and ends the thread. Harmless if not running.
  void stop();

  std::uint16_t port() const;
  /// `http://127.0.0.1:40123`
  std::string url() const;
  const provider_spec& spec() const;

  /// As `POST /control/faults` and `DELETE /control/faults`.
  void inject(fault f);
  void clear_faults();
  /// Counters of one model; of all, if `model` is empty.
  request_counters count(std::string_view model = {}) const;
  /// The last 1000 requests to models.
  std::vector<request_record> requests() const;
  /// The exact bytes, head and body, of the last request that was neither GET, HEAD nor to /control.
  std::string last_request() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace logos::simulator
