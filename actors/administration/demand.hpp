// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "net/exchange.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace logos::administration {

/// What `If-Match` demands of an entity's version (RFC 9110, 13.1.1).
class demand {
public:
  /// A header that is neither `*` nor a list of ETags is `precondition_failed`: nothing can match it.
  static boost::system::result<demand, core::failure> read(const net::request_view& request);

  /// Whatever the version is: there is no `If-Match`, or it is `*`.
  bool any() const { return any_; }
  bool admits(std::int64_t version) const;
  /// Why this version does not do; its code is none when it does.
  core::failure check(std::int64_t version) const;

private:
  bool any_ = true;
  std::vector<std::string> tags_; // what stands between the quotes of the strong ones: a weak one never matches here
};

/// Whether the client has this version of an entity, as its `If-None-Match` says (13.1.2).
bool is_known(const net::request_view& request, std::int64_t version);

} // namespace logos::administration
