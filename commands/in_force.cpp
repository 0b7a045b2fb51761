// SPDX-License-Identifier: MIT
#include "commands/in_force.hpp"

#include "commands/data_dir.hpp"
#include "commands/installation.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace logos::commands {
namespace {

using namespace std::chrono_literals;
using storage::result;

constexpr auto patience = 10s;
constexpr auto pause = 50ms;
constexpr auto presence = 5s; // whoever was not seen for so long has stopped serving

/// The node of this DATA_DIR, while a gateway holds it.
std::vector<std::string> node_of_folder(const config::settings& s) {
  if (data_dir::is_held(s.data_dir)) return {node_name(s)};
  return {};
}

result<std::vector<std::string>> nodes_of_cluster(storage::store& store) {
  std::vector<std::string> names;
  if (!store.clustered()) return names;
  const auto live = store.live_nodes(presence);
  if (!live) return live.error();
  for (const auto& each : *live)
    names.push_back(each.node);
  return names;
}

/// The first that goes by an older version; empty: none does.
result<std::string> find_late(storage::store& store, const std::vector<std::string>& nodes, std::int64_t version) {
  for (const auto& node : nodes) {
    const auto noted = store.version_in_force(node);
    if (!noted) return noted.error();
    if (*noted < version) return node;
  }
  return std::string{};
}

} // namespace

result<std::size_t> wait_until_in_force(const config::settings& s, storage::store& store) {
  const auto version = store.catalog_version();
  if (!version) return version.error();
  const auto members = nodes_of_cluster(store);
  if (!members) return members.error();
  const bool alone = members->empty();
  for (const auto end = std::chrono::steady_clock::now() + patience;; std::this_thread::sleep_for(pause)) {
    // Looked up again each time: who dies meanwhile is not waited for.
    const auto nodes = alone ? result<std::vector<std::string>>{node_of_folder(s)} : nodes_of_cluster(store);
    if (!nodes) return nodes.error();
    const auto late = find_late(store, *nodes, *version);
    if (!late) return late.error();
    if (late->empty()) return nodes->size();
    if (std::chrono::steady_clock::now() >= end)
      return core::failure{core::ec::storage_away, "it is done, but the node " + *late +
                                                       " has not confirmed within ten seconds that it goes by it; "
                                                       "it will when it reaches the database"};
  }
}

} // namespace logos::commands
