// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "storage/cluster.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Who works on a database alone. Two gateways that do not know of each other would each count budgets for itself, so a
/// gateway that stands alone holds one lease in its database, and whoever else starts there looks for it. Pure.
namespace logos::cluster {

/// The lease's resource.
inline constexpr std::string_view sole_right = "gateway";
/// How long it outlasts its last renewal: so long does a successor wait that cannot know whether its predecessor still
/// runs. The predecessor itself serves on without its database until it hears that its place is taken.
inline constexpr std::chrono::seconds sole_term{60};
inline constexpr std::chrono::seconds sole_beat{1};

/// A gateway, as the lease's `node` tells it to others.
struct sole_gateway {
  std::string host;
  std::int64_t pid = 0;
  std::string listen;
  std::string since; // in words, UTC
  bool draining = false;
};

/// What stands in the lease's `node`, and back; what another version has written is shown as it is, and is not
/// draining.
std::string to_text(const sole_gateway& gateway);
bool says_draining(std::string_view text);

/// The lease of the gateway that works alone on the database, if there is one that has not run out.
std::optional<storage::lease> find_sole(const std::vector<storage::lease>& leases);

/// Why another gateway cannot work beside it, and what to do. `conflict`
core::failure beside_sole(const storage::lease& holder);
/// Why a gateway cannot work alone beside the nodes of a cluster. `conflict`
core::failure beside_cluster(const storage::live_node& node);

/// Judges, from looking at somebody else's lease again and again, whether to wait for its end.
class sole_wait {
public:
  /// `begun`: when the first look was.
  explicit sole_wait(std::chrono::steady_clock::time_point begun) : begun_{begun} {}
  /// False: it lives and does not leave, so there is nothing to wait for. While it drains, and after it has fallen
  /// silent, waiting ends by itself at its lease's end.
  bool worth_it(const storage::lease& seen, std::chrono::steady_clock::time_point now);

private:
  std::chrono::steady_clock::time_point begun_;
  std::string incarnation_;
  std::optional<std::chrono::microseconds> remaining_;
  int renewals_ = 0;
};

} // namespace logos::cluster
