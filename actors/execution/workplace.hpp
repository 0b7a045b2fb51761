// SPDX-License-Identifier: MIT
#pragma once
#include "actors/accounting/tray.hpp"
#include "actors/execution/stored_objects.hpp"
#include "actors/execution/visitors.hpp"
#include "actors/execution/wrong_keys.hpp"
#include "actors/handles.hpp"
#include "actors/learning/intake.hpp"
#include "actors/scheduling/outlook.hpp"
#include "core/time.hpp"
#include "core/traffic.hpp"
#include "core/uuid.hpp"
#include "net/bridge.hpp"
#include "net/call.hpp"
#include "storage/journal/writer.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace logos::execution {

class errand;

/// What the rooms of one I/O thread are told at the start.
struct house_rules {
  net::call_limits call;
  std::chrono::milliseconds queue_wait{300'000};
  std::chrono::milliseconds heartbeat{0}; // between comments to a client that waits for a stream; 0: none
  std::string node{"local"};
  std::string cost_currency; // of `cost` in the usage that clients see; empty: there is none
  bool batches = true;       // OpenAI's batches are run here, not relayed
  /// Whoever brings a provider's own key; null: they are not let in. One for all I/O threads.
  std::shared_ptr<execution::visitors> visitors{};
  /// Counts keys that open nothing; null: nobody does. One for all I/O threads.
  std::shared_ptr<execution::wrong_keys> wrong_keys{};
};

/// Where requests and their usage are handed on to. Set anew when one of them was made again.
struct neighbours {
  actors::classifier_actor classifier;
  actors::administration_actor administration;
  actors::ledger_actor ledger;
  std::shared_ptr<accounting::tray> tray = std::make_shared<accounting::tray>(); // the LEDGER's
  /// Where word of calls that have ended is left for the LEARNER; null: nothing is learned.
  std::shared_ptr<learning::intake> lessons{};
  actors::learner_actor learner{};
  actors::tokenizer_actor tokenizer{}; // judges long batches; empty: they are judged here
  actors::registry_actor registry{};   // knows whose things are that providers keep; empty: the database is away
  /// What of that is known without it. One for all I/O threads.
  std::shared_ptr<execution::stored_objects> objects = std::make_shared<execution::stored_objects>();
};

/// What the INGRESS and the EXECUTOR of one I/O thread share. Touched on that thread only (both are pinned to it), and
/// outlives them: a call that runs while its EXECUTOR dies still ends properly.
struct workplace {
  workplace(unsigned index_, net::io_unit& unit_, storage::journal_writer& journal_, core::traffic& traffic_,
            house_rules rules_)
      : index{index_},
        unit{unit_},
        journal{journal_},
        traffic{traffic_},
        rules{std::move(rules_)} {}

  unsigned index;
  net::io_unit& unit;
  storage::journal_writer& journal;
  core::traffic& traffic;
  house_rules rules;
  catalog::snapshot_ptr snapshot = std::make_shared<const catalog::snapshot>();
  std::unordered_map<std::int64_t, actors::scheduler_actor> schedulers;        // by provider
  std::unordered_map<core::uuid, errand*, core::uuid_hash> running;            // calls under a permit
  std::unordered_map<core::uuid, net::exchange_ptr, core::uuid_hash> returned; // failed calls on their way to INGRESS
  std::unordered_map<core::uuid, net::exchange_ptr, core::uuid_hash> handed;   // permitted, on their way to EXECUTOR
  std::unordered_map<std::int64_t, std::vector<actors::usage_entry>> usage;    // by process, not yet booked
  std::shared_ptr<const scheduling::outlooks> outlooks; // what SCHEDULERs of this node say; null: nothing
  neighbours next;
  actors::ingress_actor ingress;              // where failed calls go back to; empty while it is dead
  actors::executor_actor executor;            // empty while it is dead
  core::uuid_source ids{core::random_seed()}; // of rows that are nobody's request
  core::steady_time compares_from{};          // when an estimate may be compared again with a provider's count
  bool draining = false;                      // no new requests; also for an INGRESS that is made meanwhile

  /// A deployment that refuses: since when, and how often though whoever asked knew of the refusals before.
  struct refusals {
    core::steady_time first{};
    core::steady_time last{};
    unsigned in_a_row = 0;
  };
  std::unordered_map<std::int64_t, refusals> refusing; // until it serves again

  /// Puts a claim, or its end, on the LEDGER's tray.
  void bring(accounting::tray::entry e) {
    if (next.tray->put(std::move(e))) unit.send(next.ledger, atom::flush_v);
  }
  /// There is another LEDGER, or TELLER, from now on. It looks for what was brought to the one before it.
  void follow(const actors::ledger_actor& ledger) {
    next.ledger = ledger;
    unit.send(ledger, atom::tick_v);
  }
  /// Ends a permit: tells the provider's SCHEDULER.
  void send_release(std::int64_t provider_id, const actors::release& r);
};

} // namespace logos::execution
