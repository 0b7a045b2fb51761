// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace logos::net {

/// The text fields of a multipart/form-data body that the gateway reads. Views point into the body.
struct multipart_look {
  std::optional<std::string_view> model;
  std::size_t model_begin = 0; // offsets of the value of `model` in the body
  std::size_t model_end = 0;
  bool stream = false;
  std::int64_t n = 1; // how many answers are asked for
  std::size_t parts = 0;
  std::size_t files = 0;           // parts with a file name
  std::uint64_t file_bytes = 0;    // in them
  std::uint64_t text_bytes = 0;    // in the other parts
  bool remote = false;             // a part may name a file that is not in the body
  std::string_view further_models; // the name of a field that may name models beside `model`; empty: there is none
};

/// Finds them without copying. Fails with ec::bad_request when `content_type` does not name exactly one usable
/// boundary, the body does not keep to it or a part's head can be read in two ways (another reader might find a `model`
/// there that we did not), and ec::bad_field when one of these fields is there twice, has a file name or a name that is
/// nearly its own, or is not plain text; a body in which nothing is found is a success with nothing in it.
boost::system::result<multipart_look, core::failure> look_multipart(std::string_view content_type,
                                                                    std::string_view body);

/// One part of a form.
struct multipart_part {
  std::string_view name;     // of the field; empty when there is none
  std::string_view filename; // escapes stay; empty when there is none
  bool file = false;         // it has a filename, if an empty one
  std::string_view content;
};

/// Whether a part may name a file by its id or address: by what it is called, or as it stands where a file should.
bool may_name_file(const multipart_part& part);

/// All parts, without copying; fails as `look_multipart` does.
boost::system::result<std::vector<multipart_part>, core::failure> read_multipart(std::string_view content_type,
                                                                                 std::string_view body);

/// The boundary that a Content-Type header names, quoted or not; nothing when it is missing or not allowed (RFC 2046).
std::optional<std::string_view> multipart_boundary(std::string_view content_type);

} // namespace logos::net
