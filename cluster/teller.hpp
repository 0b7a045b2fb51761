// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/totals.hpp"
#include "actors/accounting/tray.hpp"
#include "actors/hosted.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace logos::cluster {

/// What a node has reserved with the cluster's LEDGER. Outlives a TELLER that dies.
struct till {
  struct entry {
    accounting::claim what;
    actors::claimant_actor asker;
    bool admitted = false; // else it waits for its ruling
  };
  struct past_entry {
    accounting::ended_claim what;
    core::steady_time at;
  };
  std::unordered_map<core::uuid, entry, core::uuid_hash> open;
  std::deque<past_entry> ended; // lately: the database may not know of them yet
  std::shared_ptr<accounting::tray> coming = std::make_shared<accounting::tray>();
};

/// TELLER: stands on each node of a cluster for the LEDGER, which rules for all of them on one node. Keeps what is
/// reserved for this node's requests, so that a LEDGER that is new is told, and nothing is lost with a connection.
class teller_state {
public:
  using handle = actors::teller_actor;
  struct parts {
    std::string node; // unique in the cluster
    std::shared_ptr<till> kept = std::make_shared<till>();
    std::function<actors::storage_actor()> find_storage; // may be empty; it may have been made again
    const core::clock* clock = &core::system_clock();    // outlives the actor
  };
  teller_state(actors::self_pointer<teller_state> self, parts own);
  handle::behavior_type make_behavior();

private:
  void reserve(const accounting::claim& c, const actors::claimant_actor& asker);
  void settle(const accounting::settlement& s);
  void empty_tray();
  bool is_overtaken() const;
  void pass_on(const accounting::ruling& r);
  void adopt(std::uint64_t epoch, const actors::accounts_actor& ledger);
  void lose_ledger();
  void write_rows();
  void write_again();
  void rows_written();
  void tell_of_rows();
  void tick();
  void introduce();
  void forget_old();
  caf::result<accounting::use_answer> ask(const accounting::use_question& q);
  std::string condition() const;

  actors::self_pointer<teller_state> self_;
  parts own_;
  actors::accounts_actor ledger_; // empty: there is none, or it has not been told yet what is reserved
  actors::accounts_actor coming_;
  std::uint64_t epoch_ = 0;
  std::uint64_t adoption_ = 0; // counts them: an earlier one's flush says nothing of this one
  bool writing_ = false;       // the LEDGER waits for rows of what ended before it was adopted
  core::steady_time next_word_{};
  bool flush_due_ = false;
  core::steady_time next_flush_{};
  accounting::totals totals_;
};

} // namespace logos::cluster
