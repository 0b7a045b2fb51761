// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"

#include <cstddef>

/// What is removed when its time is over. Sums over requests stay.
namespace logos::storage {

/// Whatever came before these moments is past. A moment of 0 keeps all of its kind.
struct retention_cut {
  core::wall_time rows{};      // of log_entry, whole
  core::wall_time payloads{};  // what only log level FULL keeps of a row, such as bodies, and words of the request
                               // in other columns
  core::wall_time snapshots{}; // of ollama_provider_snapshots

  bool operator==(const retention_cut&) const = default;
};

/// What one call has removed.
struct retention_batch {
  std::size_t rows = 0;
  std::size_t payloads = 0; // rows that have lost theirs
  std::size_t snapshots = 0;
  std::size_t rejected = 0; // of log_entry_rejected, which may hold payloads
  std::size_t objects = 0;  // whose owner is not known any more
  bool more = false;        // of some kind there is more
};

} // namespace logos::storage
