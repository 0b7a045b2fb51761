// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/figures.hpp"
#include "actors/administration/metrics.hpp"
#include "actors/alerting/figures.hpp"
#include "actors/classification/rulebook.hpp"
#include "actors/embedding/shelf.hpp"
#include "actors/learning/board.hpp"
#include "actors/learning/intake.hpp"
#include "actors/recording/figures.hpp"
#include "actors/recording/upkeep.hpp"
#include "actors/scheduling/outlook.hpp"
#include "commands/io_place.hpp"
#include "storage/journal/journal.hpp"

#include <memory>
#include <vector>

namespace logos::commands {

/// What /metrics shows of the I/O threads, STORAGE, the journal, the LEDGER, ALERTS and SCHEDULERs. All must outlive
/// the sources.
std::vector<administration::metrics_source>
metrics_sources(const std::vector<std::unique_ptr<io_place>>& places, const recording::figures& written,
                const recording::upkeep_figures& kept, const storage::journal& journal,
                std::shared_ptr<const accounting::figures> accounts, std::shared_ptr<const alerting::figures> alerts,
                std::shared_ptr<const scheduling::outlooks> deployments);

/// The same of the LEARNER.
administration::metrics_source learning_metrics(std::shared_ptr<const learning::board> shows,
                                                std::shared_ptr<const learning::intake> comes);

/// The same of the operator's embedding model, while the rules name one.
administration::metrics_source embedding_metrics(std::shared_ptr<const classification::rulebook> rules,
                                                 std::shared_ptr<const embedding::shelf> shows);

/// The same of keys that open nothing.
administration::metrics_source wrong_key_metrics(std::shared_ptr<const execution::wrong_keys> shows);

} // namespace logos::commands
