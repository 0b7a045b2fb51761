// SPDX-License-Identifier: MIT
#pragma once
#include "bench/classification/labelled_set.hpp"

#include <cstddef>
#include <cstdint>

namespace logos::bench {

/// `count` prompts put together from topics, things, forms of three difficulties and sentences around them: as many as
/// a long stream of results takes, and of another hand than the labelled ones. How long they are says nothing of topic
/// or difficulty. The same seed makes the same prompts; a domain is a topic, four of ten are held out.
labelled_set make_up(std::size_t count, std::uint64_t seed, const imprinting& make = of_all_that_is_known);

} // namespace logos::bench
