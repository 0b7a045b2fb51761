// SPDX-License-Identifier: MIT
#pragma once
#include "storage/store.hpp"

namespace logos::jobs {

/// Brings every batch that has not ended one step on: reads its input, or writes its files when all its lines have
/// ended. Any node may do so at any time. Blocks. True: there is more to be done at once.
storage::result<bool> advance_batches(storage::store& in);

} // namespace logos::jobs
