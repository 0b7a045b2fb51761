// SPDX-License-Identifier: MIT
#include "actors/administration/told_statistics.hpp"

#include "storage/records.hpp"

#include <simdjson.h>

namespace logos::administration {

std::string tell_statistics(std::string_view statistics) {
  simdjson::dom::parser parser;
  simdjson::dom::object decision;
  if (statistics.empty() || parser.parse(statistics.data(), statistics.size()).get(decision) != simdjson::SUCCESS ||
      decision["balance"].error() != simdjson::SUCCESS || decision["features"].error() == simdjson::SUCCESS)
    return std::string{statistics};
  if (decision["unread"].error() == simdjson::SUCCESS) return storage::with_features(statistics, "null");
  return storage::with_features(
      statistics, R"(null,"features_missing":"What was read of a prompt is kept on the books at log level FULL only, )"
                  R"(and until retention.full: the request's process logged at BILLING, or its time is over.")");
}

} // namespace logos::administration
