// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/intent.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a provider keeps under its operator's account, by ids that it gives: which of it a request makes or names.
namespace logos::ingress {

enum class object_kind : std::uint8_t { response, conversation, video };
std::string_view to_string(object_kind);

/// One that a request names.
struct object_name {
  object_kind what = object_kind::response;
  std::string id;          // empty: which one, servers may differ over
  std::string_view member; // of the body, that names it; empty: the path does
};

/// What `rest`, below /v1/, says, however it is spelled; nothing when it is about none of these.
struct object_path {
  object_kind what = object_kind::response;
  bool names_one = false;
  std::string_view id;    // as it stands there; empty when names_one and it is not spelled plainly
  bool makes_one = false; // when it is answered well
};
std::optional<object_path> read_object_path(std::string_view method, std::string_view rest);

/// Of what kind something is stored by a request that is answered well; nothing: it stores nothing.
std::optional<object_kind> stores(std::string_view method, const intent& wanted);

/// All that it names; a failure when it cannot be read.
boost::system::result<std::vector<object_name>, core::failure> named_objects(const net::request_view& request,
                                                                             const intent& wanted);

} // namespace logos::ingress
