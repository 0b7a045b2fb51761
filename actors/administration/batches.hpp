// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"
#include "storage/store.hpp"

namespace logos::administration {

/// OpenAI's files, for batches. All are the caller's own.
outcome upload_file(storage::store& in, const call& c);
outcome list_files(storage::store& in, const call& c);
outcome show_file(storage::store& in, const call& c);
outcome show_file_content(storage::store& in, const call& c);
outcome remove_file(storage::store& in, const call& c);

/// OpenAI's batches.
outcome create_batch(storage::store& in, const call& c);
outcome list_batches(storage::store& in, const call& c);
outcome show_batch(storage::store& in, const call& c);
outcome cancel_batch(storage::store& in, const call& c);

} // namespace logos::administration
