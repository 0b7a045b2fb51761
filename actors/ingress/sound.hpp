// SPDX-License-Identifier: MIT
#pragma once
#include "actors/ingress/intent.hpp"

#include <cstdint>
#include <optional>

namespace logos::ingress {

/// The most that the files of a form can last together, in milliseconds, where each tells it (`net::length_of_wave`).
/// Nothing where there is none, or one may be named that is not in the form. Costs a pass over the form.
std::optional<std::int64_t> most_sound(const net::request_view& form);

/// What they are likely to last: that, or what their size tells of usual recordings.
std::int64_t likely_sound(const net::request_view& form, const intent& i);

} // namespace logos::ingress
