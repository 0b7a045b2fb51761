// SPDX-License-Identifier: MIT
#include "cluster/sole.hpp"

#include <algorithm>

namespace logos::cluster {
namespace {

using std::chrono::seconds;

constexpr std::string_view draining_mark = ", draining";
// Whoever restarts a gateway may start the new one before the old one knows that it has to go.
constexpr seconds benefit{3};
// A drain ends; one that is set to last for longer is waited for with the next start.
constexpr seconds longest_drain{120};
constexpr int proof_of_life = 2;

} // namespace

std::string to_text(const sole_gateway& gateway) {
  return "process " + std::to_string(gateway.pid) + " on " + gateway.host + ", listening on " + gateway.listen +
         " since " + gateway.since + (gateway.draining ? std::string{draining_mark} : std::string{});
}

bool says_draining(std::string_view text) { return text.ends_with(draining_mark); }

std::optional<storage::lease> find_sole(const std::vector<storage::lease>& leases) {
  const auto at = std::find_if(leases.begin(), leases.end(), [](const storage::lease& l) {
    return l.resource == sole_right && l.remaining > std::chrono::microseconds{0};
  });
  if (at == leases.end()) return std::nullopt;
  return *at;
}

core::failure beside_sole(const storage::lease& holder) {
  return {core::ec::conflict,
          "storage: another gateway (" + holder.node +
              ") works on this database alone. Two that do not know of each other would each spend its budgets. Stop "
              "that one, give this one a database of its own, or set `cluster` for both.",
          "storage"};
}

core::failure beside_cluster(const storage::live_node& node) {
  return {core::ec::conflict,
          "storage: this database belongs to a cluster, whose node " + node.node + " (" + node.http_listen +
              ") runs since " + std::to_string(std::chrono::duration_cast<seconds>(node.uptime).count()) +
              " s. A gateway beside it that is not part of the cluster would spend its budgets, too. Set `cluster` for "
              "this one, stop the nodes, or give this one a database of its own.",
          "storage"};
}

bool sole_wait::worth_it(const storage::lease& seen, std::chrono::steady_clock::time_point now) {
  if (seen.incarnation != incarnation_) {
    incarnation_ = seen.incarnation;
    renewals_ = 0;
  } else if (remaining_ && seen.remaining > *remaining_) {
    ++renewals_;
  }
  remaining_ = seen.remaining;
  if (says_draining(seen.node)) return now - begun_ < longest_drain;
  return renewals_ < proof_of_life || now - begun_ < benefit;
}

} // namespace logos::cluster
