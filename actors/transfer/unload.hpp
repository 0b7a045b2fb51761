// SPDX-License-Identifier: MIT
#pragma once
#include "actors/alerting/guard.hpp"
#include "actors/transfer/cargo.hpp"
#include "storage/store.hpp"

#include <functional>
#include <string>
#include <vector>

namespace logos::transfer {

struct tally {
  std::string what; // `users`, `requests`, …
  std::size_t made = 0;
  std::size_t known = 0; // were there already
};

/// What came of it.
struct report {
  std::vector<tally> tallies;
  std::vector<std::string> notes;
  std::vector<std::string> warnings; // what somebody should do something about
  bool dry_run = false;
  bool changed() const;
};

struct options {
  bool dry_run = false;                          // do all of it, and take it back
  std::function<void(const std::string&)> say{}; // progress, a line each; may be empty
  alerting::trusted_places trusted{};            // where budgets may have alerts sent, beside the public internet
};

/// Brings the cargo into the database. The entities come in one transaction; one that is there already (by its name,
/// its key's hash, its profile and model, …) is left as it is, so that the same file again makes nothing. Ids are kept
/// where they are free, and mapped where not. Requests and jobs follow in batches, each of which does nothing when it
/// comes twice. A budget that would be made is refused an `alert_url` that the API refuses. A failure names the place
/// in the file and the field. Blocks.
storage::result<report> unload(storage::store& to, cargo& from, const options& how);

std::string to_json(const report& r);
/// Tallies and notes, a line each; not the warnings.
std::string to_text(const report& r);

} // namespace logos::transfer
