// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/views.hpp"
#include "actors/recording/figures.hpp"
#include "core/metrics_text.hpp"
#include "storage/journal/journal.hpp"

#include <functional>
#include <span>

namespace logos::administration {

/// Adds what a part of the gateway knows. Called on ADMINISTRATION's thread for each scrape.
using metrics_source = std::function<void(core::metrics_text&)>;

/// Who has used what since the start; names come from the catalog, which may be null.
void add_usage(core::metrics_text& to, std::span<const actors::usage_entry> totals, const catalog::snapshot* catalog);
void add_actors(core::metrics_text& to, std::span<const actors::actor_status> all);
void add_providers(core::metrics_text& to, const observations& seen, const catalog::snapshot* catalog);
/// A source for STORAGE and its journal.
void add_recording(core::metrics_text& to, const recording::figures& written, const storage::journal_figures& journal);

} // namespace logos::administration
