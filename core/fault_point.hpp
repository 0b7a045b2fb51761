// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace logos::core {

/// Whether this build can be told to die at a fault point: development and sanitizer builds.
#ifdef LOGOS_FAULT_POINTS
inline constexpr bool has_fault_points = true;
#else
inline constexpr bool has_fault_points = false;
#endif

/// `NAME` or `NAME:N`: at the N-th pass of that point the process kills itself.
inline constexpr std::string_view fault_variable = "LOGOS_FAULT_POINT";

/// Every point: first along the way of a request, then what is kept. `tests/integration/fault_sweep_test.py` dies at
/// each of them.
inline constexpr auto fault_points = std::to_array<std::string_view>({
    // INGRESS, EXECUTOR and the relay
    "ingress.claimed",    // the claim is on its way to the LEDGER
    "ingress.ruled",      // let in, without a ticket
    "ingress.permitted",  // permitted, and the EXECUTOR does not know
    "executor.begun",     // `begun` stands in the journal, and nothing went upstream
    "provider.sent",      // the provider has the request's last byte
    "relay.first_byte",   // the answer begins, and the client has nothing of it
    "relay.written",      // the client has a part of the answer
    "relay.ended",        // the client has all of it
    "books.marked",       // what an attempt owes so far stands in the journal, and its row does not
    "books.dropped",      // a cascade's answer has its row, and the next model was not asked
    "books.usage_known",  // what it cost is known, and stands nowhere
    "books.row_appended", // the row stands in the journal, and the hold is open
    "books.settled",      // the settlement is on its way to the LEDGER
    "books.refused",      // the row of a request without an answer stands in the journal, and its hold is open
    "permit.released",    // the permit is on its way to the SCHEDULER
    // LEDGER and TELLER
    "ledger.reserved",        // the hold is open, and nobody was told
    "ledger.ruled",           // the ruling is on its way
    "ledger.settled",         // the hold has ended
    "ledger.past_read",       // what was spent before is known, and not taken in
    "ledger.reports_awaited", // in a cluster: it has the right to rule, and not yet the TELLERs' reports
    "ledger.report_taken",
    "teller.reported",        // the report is on its way to a new LEDGER
    "teller.ruling_passed",   // the ruling is on its way to INGRESS
    "teller.settlement_kept", // the settlement is kept, and not on its way
    // journal and database
    "journal.encoded", // a record is there, and does not count yet
    "journal.synced",
    "journal.forgotten",      // the database has forgotten a segment, and its file is there
    "scribe.batch_read",      // rows are about to go into the database
    "store.rows_inserted",    // they are in, and not committed
    "scribe.batch_committed", // they are committed, and the tail does not know
    // changes, and the start
    "audit.appended",      // a change and its event are in the database, and not committed
    "admin.committed",     // the change is committed, and not in force
    "admin.in_force",      // in force, and nobody was told
    "schema.step_applied", // in the middle of the migrations
    "start.migrated",      // the schema is there, and nobody is root
    "start.root_made",     // the root key is in force, and nobody was told
});

/// A point's name; one that is not in the table does not compile.
class fault_name {
public:
  // NOLINTNEXTLINE(google-explicit-constructor): a name reads as a text.
  consteval fault_name(const char* name) : index_{index_of(name)} {}
  constexpr std::size_t index() const { return index_; }

private:
  static consteval std::size_t index_of(std::string_view name) {
    for (std::size_t i = 0; i < fault_points.size(); ++i)
      if (fault_points[i] == name) return i;
    throw "this fault point does not stand in the table";
  }
  std::size_t index_;
};

/// Where to die.
struct fault_order {
  std::size_t point = 0;
  unsigned long pass = 1;
};
/// Reads the variable's value; nothing when it is none.
std::optional<fault_order> parse_fault_order(std::string_view text);

/// Passes a point: dies of SIGKILL, without a destructor, if the environment says so. Any thread. Not there at all in
/// other builds.
#ifdef LOGOS_FAULT_POINTS
void fault_point(fault_name at) noexcept;
#else
inline void fault_point(fault_name) noexcept {}
#endif

} // namespace logos::core
