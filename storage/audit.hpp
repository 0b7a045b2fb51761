// SPDX-License-Identifier: MIT
#pragma once
#include "core/time.hpp"
#include "storage/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The audit log: every administrative change, append-only and hash-chained. Table audit_log.
namespace logos::storage {

/// Who makes a change.
struct author {
  std::int64_t process_id = 0; // 0: nobody with a key
  std::string name;            // the process' name, `config file X`, `first start`, `command line`; empty: `logos`
  std::string address;         // the client's, empty: not known
};

/// What was done. `before` and `after` are JSON objects, empty where there is none. They never hold a secret.
struct change {
  std::string action;   // create, update, remove, rerate, test_alert, load, unload, import, break, export
  std::string resource; // as messages say it: process, model, …
  std::int64_t resource_id = 0;
  std::string name;
  std::string before;
  std::string after;
};

/// A change on the books. Its id is its place in the chain: 1, 2, 3, … without gaps.
struct audit_event : change {
  std::int64_t id = 0;
  core::wall_time at{};
  author by;
  std::string previous_hash; // of the event before, empty for the first
  std::string hash;          // SHA-256 as hex, see hash_of
};

/// SHA-256 over the previous event's hash and everything that this one says, as hex.
std::string hash_of(const audit_event& event);

/// Every member that is set narrows the list.
struct event_filter {
  std::optional<core::wall_time> from; // inclusive
  std::optional<core::wall_time> to;   // exclusive
  std::string resource;
  std::int64_t resource_id = 0;
  // Of both, either is enough.
  std::int64_t process_id = 0; // the author's
  std::string author; // a name, the user whose key it is now, the beginning (`config file`) or machine's user of no key
  std::string action;
};

/// How far the chain has been followed, and what did not fit. A default one starts at the beginning.
struct chain_check {
  std::int64_t checked = 0; // events that fit; also the id of the last of them
  std::string last_hash;
  bool done = false;      // the end was reached, or something does not fit
  std::int64_t wrong = 0; // the first event that does not fit; 0: none so far
  std::string why;        // a sentence, when something is wrong
};

/// The audit log. Every change of an entity is written into it in its own transaction.
class audit_store {
public:
  virtual ~audit_store() = default;

  /// Writes down a change that is no entity's.
  virtual result<void> record(const change& what) = 0;
  /// The newest first, with ids below `before` (0: from the newest on).
  virtual result<std::vector<audit_event>> list_events(const event_filter& filter, std::int64_t before, int limit) = 0;
  virtual result<audit_event> find_event(std::int64_t id) = 0;
  /// Follows the chain over `limit` events more, until it is `done`.
  virtual result<chain_check> check_events(const chain_check& so_far, int limit) = 0;
};

class store;

/// Changes made through the store are this author's while it lives. Same thread as the store, which it must not
/// outlive.
class acting {
public:
  acting(store& in, author who);
  ~acting();
  acting(const acting&) = delete;
  acting& operator=(const acting&) = delete;

private:
  store& in_;
  author before_;
};

} // namespace logos::storage
