// SPDX-License-Identifier: MIT
#pragma once
#include "actors/administration/call.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::storage {
class store;
}

namespace logos::administration {

/// Who may use a route, each one including those that follow, but for the last: a route that declares nobody is
/// nobody's. `key`: every key, for itself; `user`: keys of users, for what is the user's; then administrators, root.
enum class access : std::uint8_t { open, key, user, admin, root, nobody };
std::string_view to_string(access);

/// What answers a route.
enum class service : std::uint8_t {
  store,   // `run`, on REGISTRY's thread
  relayed, // not here: it goes to a provider; in the table for /openapi.json
  models_list,
  model_one,
  health,
  ready,
  metrics,
  docs,
  openapi,
  actors,
  nodes,
  tokenizer, // TOKENIZER, on its thread
  scheduler_state,
  provider_state,
  forward_host,
  why,   // NODE, or the books
  queue, // NODE, likewise
  order,
  trial,    // CLASSIFIER
  feedback, // LEARNER
  learning  // LEARNER, likewise
};

using store_operation = outcome (*)(storage::store& in, const call& c);

/// One route of the gateway's own. Every fact about it stands here, once.
struct route {
  std::string_view method;
  std::string_view pattern; // `{name}` is a segment, `{name...}` the rest
  access who = access::nobody;
  service by = service::store;
  store_operation run = nullptr;
  std::string_view summary;
  std::string_view tag;
  std::string_view request{};         // name of a schema in /openapi.json, empty: no body
  std::string_view response{};        // likewise; empty: see the summary
  int status = 200;                   // when it goes well
  bool list = false;                  // answers `{"data":[…],"next":…}` of `response`
  bool body_needed = true;            // of a route that has a `request`
  std::span<const parameter> query{}; // what it takes behind `?`
  bool behind_journal = false;        // of a `run` that must see every request that has ended, also on other nodes
  bool report = false;                // of a `run` that only reads and may take long: no change waits behind it
  bool versioned = false;             // about one entity: its ETag may be named
  std::string_view no_other{};        // why there is no other method: what a 405 says beside those that there are
};

std::span<const route> all_routes();

/// What was found for a request line.
struct routing {
  const route* to = nullptr;     // null: 404, or 405 when `allow` is not empty
  std::vector<std::string> path; // what stands for the pattern's {…}, decoded
  std::string allow;             // for the Allow header of a 405 and of OPTIONS
  std::string_view no_other{};   // of a route of this path
};

/// A HEAD goes where a GET goes; one slash at the end does not matter.
routing find_route(std::string_view method, std::string_view path);

} // namespace logos::administration
