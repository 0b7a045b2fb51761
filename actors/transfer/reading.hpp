// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/people.hpp"

#include <simdjson.h>

#include <span>

namespace logos::transfer {

struct reading_options {
  std::string currency = "EUR"; // of prices that name none
  people_options people;
};

/// An export of our own or of upstream's. `there`: the installation as it is. `bad_field` when it is neither.
storage::result<cargo> read_document(simdjson::dom::element document, const core::secret_key& secret,
                                     const storage::catalog_data& there, const reading_options& how);

/// Each file is an export as JSON, or one of `users.yml` and `profiles.yml`, which come together.
storage::result<std::vector<cargo>> read_files(std::span<const text_file> files, const core::secret_key& secret,
                                               const storage::catalog_data& there, const reading_options& how);

/// The currency that prices and budgets are in here; `otherwise` when there are none.
std::string currency_of(const storage::catalog_data& there, std::string otherwise);

} // namespace logos::transfer
