// SPDX-License-Identifier: MIT
#pragma once
#include "net/header_view.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace logos::net {

/// ASCII case-insensitive.
bool equal_names(std::string_view a, std::string_view b);
/// A token as RFC 9110 defines it.
bool valid_header_name(std::string_view name);
/// No control bytes except tab: nothing that could end the line.
bool valid_header_value(std::string_view value);

/// Appends the client's headers that a provider may see, as `Name: value\r\n`. Left out: hop-by-hop headers and those
/// that Connection lists, framing, credentials (but with `own_credentials` the names of OpenAI's accounts), ours,
/// traces of the client's whereabouts. `auth_name`, which the dialect sets itself, is left out too.
void append_forwarded_headers(std::string& out, std::span<const header_view> headers, std::string_view auth_name = {},
                              bool own_credentials = false);

/// What becomes of one header of a provider's answer.
enum class answer_header : std::uint8_t {
  forward, // as it is
  drop,    // hop-by-hop, framing, cookies, what only the provider's own front end may say
  rename   // one of our names: goes out as x-upstream-…
};
/// `connection` is the value of the answer's Connection header, if any. `own_rate_limits`: the gateway says itself what
/// is left, in `x-ratelimit-…`.
answer_header answer_header_policy(std::string_view name, std::string_view connection = {},
                                   bool own_rate_limits = false);
/// Appends the answer's headers that the client gets, as `Name: value\r\n`, by answer_header_policy.
void append_answer_headers(std::string& out, std::span<const header_view> headers, bool own_rate_limits = false);

} // namespace logos::net
