// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

namespace logos::storage {

/// A value, or why there is none. What a failure's code means here:
///   `storage_away`        the database cannot be reached or is too busy: try the same call again later
///   `bad_field`           a value that the caller gave is wrong; `param` names it
///   `conflict`            the name is taken, or the entity belongs to a file
///   `precondition_failed` the entity changed in the meantime
///   `resource_not_found`  there is no such live entity
///   `not_implemented`     SQLite has no cluster
///   `internal`            a programming error or a broken database; retrying does not help
template <class T>
using result = boost::system::result<T, core::failure>;

} // namespace logos::storage
