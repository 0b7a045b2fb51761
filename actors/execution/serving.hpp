// SPDX-License-Identifier: MIT
#pragma once
#include "actors/execution/admission.hpp"
#include "storage/records.hpp"

#include <string_view>

namespace logos::execution {

/// The deployment that a call at `asked` is billed as. That is `asked`, unless the request named further models for the
/// provider to turn to and the answer names one of these: by its name there, by that without what stands before its
/// last slash (`openai/gpt-4o` is answered as `gpt-4o`), or with a version behind it (`gpt-4o-2024-08-06`). `model`: as
/// the answer has it, may be empty.
const catalog::deployment& served_by(const admission& a, const catalog::deployment& asked, std::string_view model);

/// What was used, as the books keep it.
storage::token_counts counts_of(const net::usage& u);

} // namespace logos::execution
