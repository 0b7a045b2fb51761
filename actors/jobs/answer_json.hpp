// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>

namespace logos::jobs {

/// An answer's body as a JSON value: as it is when it is JSON, else a text, else `{"base64":"…"}`. Empty: null.
std::string body_json(std::string_view content_type, std::string_view body);

} // namespace logos::jobs
