// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logos::net {

/// Appends `HTTP/1.1 200 OK` and CRLF. Empty `reason`: the usual one.
void append_status_line(std::string& out, int status, std::string_view reason = {});
/// Appends `name: value` and CRLF.
void append_header(std::string& out, std::string_view name, std::string_view value);
void append_header(std::string& out, std::string_view name, std::uint64_t value);
/// The status has no body: 1xx, 204, 304.
bool bodiless(int status);

/// Whether `origin` may read answers, by the configured list ("*" is every one).
bool origin_allowed(const std::vector<std::string>& allowed, std::string_view origin);
/// Appends the CORS headers of an answer to a request with that Origin; nothing without one.
void append_cors_headers(std::string& out, const std::vector<std::string>& allowed, std::string_view origin);
/// Appends those of a preflight's answer. `wanted`: the request's Access-Control-Request-Headers.
void append_preflight_headers(std::string& out, std::string_view wanted);

} // namespace logos::net
