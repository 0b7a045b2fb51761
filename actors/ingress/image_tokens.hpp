// SPDX-License-Identifier: MIT
#pragma once
#include "net/image_size.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace logos::ingress {

/// The most tokens that a provider bills for an image that a model reads. `model` is its name with the provider, which
/// tells how it counts; one that is not known counts as the dearest of all. `size`: of the image, if it is known; else
/// the largest that the provider does not scale down.
std::int64_t most_image_tokens(std::string_view model, const std::optional<net::image_size>& size);

} // namespace logos::ingress
