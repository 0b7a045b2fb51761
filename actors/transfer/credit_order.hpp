// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/cargo.hpp"

namespace logos::transfer {

/// Puts each credit behind the one that it reverses, whose id may be the larger one; the others stay as they are.
/// Those that cannot be made come last, first of them what reverses one that is not there; then what goes round in a
/// circle.
void put_in_order(std::vector<item<storage::credit>>& credits);

} // namespace logos::transfer
