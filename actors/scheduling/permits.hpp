// SPDX-License-Identifier: MIT
#pragma once
#include "actors/scheduling/places.hpp"
#include "core/uuid.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace logos::scheduling {

/// A place in use or on offer.
struct permit {
  core::uuid request;
  std::uint64_t id = 0; // unique together with `epoch`
  std::uint64_t epoch = 0;
  scheduling::lane lane = 0;
  std::uint32_t requester = 0;
  bool offered = false; // not yet accepted
};

/// What came too late, twice or from nowhere. Harmless, and counted.
struct oddities {
  std::uint64_t releases = 0;
  std::uint64_t acceptances = 0;
  std::uint64_t withdrawals = 0;
  std::uint64_t give_backs = 0;
};

/// The permits and offers of one SCHEDULER. Each takes a place when it begins and gives it back when it ends, exactly
/// once. Permits of earlier epochs, which requesters report, stand beside its own. One thread.
class permits {
public:
  /// `taken` outlives it.
  permits(std::uint64_t epoch, places& taken);
  permits(const permits&) = delete;
  permits& operator=(const permits&) = delete;

  /// A new permit; answers its id. Constant time, no allocation in the steady state.
  std::uint64_t begin(const core::uuid& request, lane l, std::uint32_t requester, bool offered);
  /// An offer for this ticket stands, not yet accepted.
  bool offered(const core::uuid& request, lane l) const { return offers_.contains({request, l}); }
  /// An offer is taken up. False if there is none.
  bool accept(std::uint64_t id, std::uint64_t epoch);
  /// Ends a permit or offer. Nothing if there is none (any more).
  std::optional<permit> end(std::uint64_t id, std::uint64_t epoch);
  /// Ends what was offered for a ticket and not yet accepted; also a sole ticket's permit, whose offer the withdrawal
  /// has crossed.
  std::optional<permit> withdraw(const core::uuid& request, lane l);
  /// Lists a permit that a requester says it holds; if it is known it now belongs to this requester.
  void adopt(const permit& held);
  /// Ends all that `wanted` says yes to; answers how many. Linear.
  std::size_t end_if(const std::function<bool(const permit&)>& wanted);
  /// Changes permits in place (not `id`, `epoch` and `lane`). Linear.
  void for_each(const std::function<void(permit&)>& visit);

  std::uint64_t epoch() const { return epoch_; }
  std::size_t size() const { return own_.size() - spare_.size() + foreign_.size(); }
  bool any_of(std::uint32_t requester) const;

private:
  struct ticket_key {
    core::uuid request;
    scheduling::lane lane;
    bool operator==(const ticket_key&) const = default;
  };
  struct ticket_hash {
    std::size_t operator()(const ticket_key& k) const noexcept { return core::uuid_hash{}(k.request) + k.lane; }
  };

  permit* find_own(std::uint64_t id);
  permit finish(std::uint32_t slot);

  places& taken_;
  std::uint64_t epoch_;
  std::uint64_t serial_ = 0;
  std::vector<permit> own_; // id 0: a spare slot
  std::vector<std::uint32_t> spare_;
  std::unordered_map<ticket_key, std::uint64_t, ticket_hash> offers_; // not accepted, own
  std::map<std::pair<std::uint64_t, std::uint64_t>, permit> foreign_; // by epoch and id
};

} // namespace logos::scheduling
