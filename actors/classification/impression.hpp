// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/aptitude/imprint.hpp"
#include "actors/classification/scoring/scorer.hpp"

namespace logos::classification {

/// What is kept of a question that was read. The same for the decision about a request and for what is learned of it
/// later. Some µs.
imprint imprint_of(const reading& asked);

} // namespace logos::classification
