// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace logos::storage {

/// How far a journal segment is already in the database.
struct segment_progress {
  std::string segment; // its file name
  std::uint64_t offset = 0;
};

/// What became of a batch.
struct batch_report {
  std::size_t written = 0;
  std::size_t known = 0;    // were there already
  std::size_t rejected = 0; // set aside in `log_entry_rejected`
};

} // namespace logos::storage
