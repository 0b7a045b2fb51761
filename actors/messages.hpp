// SPDX-License-Identifier: MIT
#pragma once
#include "core/uuid.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What travels between actors, also between nodes. Plain values; no floating point (CAF 0.17.6 hangs on infinity);
/// durations, never points in time of one machine's clock; names and order are a wire contract: append only.
namespace logos::actors {

/// A wish for a permit: one request, one deployment. A request that several deployments may serve has several.
struct ticket {
  core::uuid request;
  std::int64_t deployment_id = 0;
  std::int64_t provider_id = 0;
  std::int64_t model_id = 0;
  std::int64_t process_id = 0;
  std::uint8_t priority = 5;    // 1 last to 10 first
  std::uint8_t mode = 0;        // core::traffic_mode
  bool sole = true;             // the only ticket of its request: its offer counts as accepted when it is made
  std::uint32_t tokens = 0;     // estimate, prompt and answer
  std::int64_t waited_us = 0;   // already, before it came here (hand-over keeps its place)
  std::int64_t patience_us = 0; // from now; after that it is refused with queue_timeout
  std::uint32_t round = 0;      // the asker's number for this ticket; its answer carries it back
};

/// A place at a provider. A permit once it is accepted.
struct offer {
  core::uuid request;
  std::int64_t deployment_id = 0;
  std::int64_t provider_id = 0;
  std::uint64_t permit = 0; // unique together with `epoch`
  std::uint64_t epoch = 0;  // of the SCHEDULER that granted it
  std::int64_t queued_us = 0;
  std::uint32_t depth_at_arrival = 0; // tickets waiting for this provider when it came
  std::uint32_t in_flight_at_arrival = 0;
  bool cold = false;       // the model must be loaded first
  std::uint32_t round = 0; // of the ticket that it answers: one with another number answers a ticket that was withdrawn
};

/// A ticket that will get no permit.
struct refusal {
  core::uuid request;
  std::int64_t deployment_id = 0;
  std::int64_t provider_id = 0;
  std::uint8_t code = 0; // core::ec
  std::uint32_t retry_after_s = 0;
  std::string message;
  std::uint32_t round = 0; // as an offer's
};

/// An offer is taken up. Only for tickets that were not `sole`.
struct acceptance {
  std::uint64_t permit = 0;
  std::uint64_t epoch = 0;
};

/// A ticket is withdrawn, waiting or offered: declined, client gone, served elsewhere.
struct withdrawal {
  core::uuid request;
  std::int64_t deployment_id = 0;
};

/// A permit has ended. Sent exactly once for each.
struct release {
  std::uint64_t permit = 0;
  std::uint64_t epoch = 0;
  std::int64_t deployment_id = 0;
  std::uint8_t code = 0;           // core::ec of the call
  std::uint16_t status = 0;        // the provider's, 0 if it did not answer
  std::int64_t first_byte_us = -1; // from sending to the first byte, -1 if none came
  std::int64_t duration_us = 0;    // from sending to the end
  std::uint32_t prompt_tokens = 0; // as reported, else 0
  std::uint32_t completion_tokens = 0;
  std::uint32_t retry_after_s = 0; // what the provider asked for
};

/// A permit that its holder still uses.
struct held_permit {
  core::uuid request;
  std::uint64_t permit = 0;
  std::uint64_t epoch = 0;
  std::int64_t deployment_id = 0;
  std::int64_t model_id = 0;
  std::int64_t process_id = 0;
};

/// What a requester tells a new SCHEDULER before it grants: all that runs. Waiting tickets follow as tickets.
struct inventory {
  std::string requester; // identity of the reporter: node name, with the thread where a node reports per thread
  std::vector<held_permit> permits;
};

/// Capacity leased ahead to a requester on another node, for one deployment.
struct slice {
  std::int64_t deployment_id = 0;
  std::uint64_t epoch = 0;
  std::uint32_t places = 0;
};

/// What a provider can take, from the catalog; 0 means no limit.
struct provider_terms {
  std::int64_t provider_id = 0;
  std::string name;
  std::uint32_t parallel = 0;      // in flight per model
  std::uint32_t max_in_flight = 0; // over all its models
  std::uint32_t queue_per_model = 1000;
  std::uint32_t queue_per_key = 1000;
  std::vector<std::pair<std::int64_t, std::uint32_t>> parallel_of{}; // deployments with a limit in place of `parallel`
};

/// What a MONITOR has seen of its provider.
struct provider_observation {
  std::int64_t provider_id = 0;
  bool reachable = false;
  std::string detail;                     // why not, or the server's version
  std::vector<std::string> listed_models; // empty if the provider does not list
  std::vector<std::string> loaded_models; // Ollama: what lies in memory
  std::uint64_t vram_used_bytes = 0;
};

/// What one finished request used. For the LEDGER.
struct usage_entry {
  std::int64_t process_id = 0;
  std::int64_t model_id = 0;
  std::int64_t provider_id = 0;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
};

/// What a DELEGATE has for the owner from one activation, in one message. Read in the order of the members.
struct bundle {
  std::vector<release> settled; // permits granted from a slice have ended: for learning only, their places stay leased
  std::vector<release> releases;
  std::vector<withdrawal> withdrawals;
  std::vector<acceptance> acceptances;
  std::vector<ticket> tickets;
};

/// Who a NODE is, for `hello`.
struct node_card {
  std::string cluster;
  std::string node;
  std::string incarnation; // of this run; begins with CAF's id of the node, a dot follows
  std::string http_listen;
  std::uint32_t wire = 1;            // version of this protocol
  std::vector<std::string> promised; // incarnations that this node has promised not to take over from, just now
};

/// The heartbeat between two NODEs.
struct pulse {
  std::string incarnation;   // the sender's
  std::int64_t keep_us = 0;  // asked: promise not to take over from me for so long (my database is away); 0: not asked
  bool promised = false;     // answered: yes
  std::uint64_t catalog = 0; // version of the sender's catalog
};

/// How an actor is, for /admin/v1/actors.
struct actor_status {
  std::string name;
  std::string kind;
  std::string node;
  std::string state;
  std::string parent;
  std::uint64_t mailbox = 0;
  std::uint64_t messages = 0;
  std::uint64_t busy_us = 0;
  std::uint32_t restarts = 0;
};

} // namespace logos::actors

namespace logos::core {
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, uuid& x) {
  return f(caf::meta::type_name("logos::uuid"), x.bytes);
}
} // namespace logos::core

namespace logos::actors {

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ticket& x) {
  return f(caf::meta::type_name("logos::ticket"), x.request, x.deployment_id, x.provider_id, x.model_id, x.process_id,
           x.priority, x.mode, x.sole, x.tokens, x.waited_us, x.patience_us, x.round);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, offer& x) {
  return f(caf::meta::type_name("logos::offer"), x.request, x.deployment_id, x.provider_id, x.permit, x.epoch,
           x.queued_us, x.depth_at_arrival, x.in_flight_at_arrival, x.cold, x.round);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, refusal& x) {
  return f(caf::meta::type_name("logos::refusal"), x.request, x.deployment_id, x.provider_id, x.code, x.retry_after_s,
           x.message, x.round);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, acceptance& x) {
  return f(caf::meta::type_name("logos::acceptance"), x.permit, x.epoch);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, withdrawal& x) {
  return f(caf::meta::type_name("logos::withdrawal"), x.request, x.deployment_id);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, release& x) {
  return f(caf::meta::type_name("logos::release"), x.permit, x.epoch, x.deployment_id, x.code, x.status,
           x.first_byte_us, x.duration_us, x.prompt_tokens, x.completion_tokens, x.retry_after_s);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, held_permit& x) {
  return f(caf::meta::type_name("logos::held_permit"), x.request, x.permit, x.epoch, x.deployment_id, x.model_id,
           x.process_id);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, inventory& x) {
  return f(caf::meta::type_name("logos::inventory"), x.requester, x.permits);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, slice& x) {
  return f(caf::meta::type_name("logos::slice"), x.deployment_id, x.epoch, x.places);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, provider_terms& x) {
  return f(caf::meta::type_name("logos::provider_terms"), x.provider_id, x.name, x.parallel, x.max_in_flight,
           x.queue_per_model, x.queue_per_key, x.parallel_of);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, provider_observation& x) {
  return f(caf::meta::type_name("logos::provider_observation"), x.provider_id, x.reachable, x.detail, x.listed_models,
           x.loaded_models, x.vram_used_bytes);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, usage_entry& x) {
  return f(caf::meta::type_name("logos::usage_entry"), x.process_id, x.model_id, x.provider_id, x.requests, x.errors,
           x.prompt_tokens, x.completion_tokens);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, bundle& x) {
  return f(caf::meta::type_name("logos::bundle"), x.settled, x.releases, x.withdrawals, x.acceptances, x.tickets);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_card& x) {
  return f(caf::meta::type_name("logos::node_card"), x.cluster, x.node, x.incarnation, x.http_listen, x.wire,
           x.promised);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pulse& x) {
  return f(caf::meta::type_name("logos::pulse"), x.incarnation, x.keep_us, x.promised, x.catalog);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, actor_status& x) {
  return f(caf::meta::type_name("logos::actor_status"), x.name, x.kind, x.node, x.state, x.parent, x.mailbox,
           x.messages, x.busy_us, x.restarts);
}

} // namespace logos::actors
