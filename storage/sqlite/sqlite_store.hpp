// SPDX-License-Identifier: MIT
#pragma once
#include "storage/store.hpp"

#include <chrono>
#include <filesystem>

namespace logos::storage::sqlite {

/// A store in a file; it waits up to `busy_timeout` for other writers.
std::unique_ptr<store> make_store(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout,
                                  const core::secret_key& secret);

} // namespace logos::storage::sqlite
