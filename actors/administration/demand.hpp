// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "net/exchange.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
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

/// What stands in an ETag: the version, and behind it, where names of others are shown, what `told` of them. `If-Match`
/// asks for the version alone: another's new name is no change of this one.
std::string tag_of(std::int64_t version, std::uint64_t told);
/// Whether the client has what is shown under this tag, as its `If-None-Match` says (13.1.2).
bool is_known(const net::request_view& request, std::string_view tag);

} // namespace logos::administration
