// SPDX-License-Identifier: MIT
#pragma once
#include "core/rate_word.hpp"
#include "core/residence.hpp"
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
  std::int64_t defer_us = 0; // from now; until then it is served elsewhere if it can be, and nothing is loaded for it
  std::uint32_t prompt_tokens = 0; // of `tokens`
  std::uint32_t weight = 1;        // of its key's share, 1 to 1000
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
  bool cold = false;       // the model had to be loaded first
  std::uint32_t round = 0; // of the ticket that it answers: one with another number answers a ticket that was withdrawn
  std::int64_t load_us = 0;            // what the load took, if cold
  std::int32_t depth_at_schedule = -1; // tickets that still wait for this provider; -1: not known
  std::int32_t vram_left_mb = -1;      // of the provider's video memory; -1: not known
  std::uint8_t priority = 0;           // with which it was granted; 0: not known
};

/// A ticket that will get no permit.
struct refusal {
  core::uuid request;
  std::int64_t deployment_id = 0;
  std::int64_t provider_id = 0;
  std::uint8_t code = 0; // core::ec
  std::uint32_t retry_after_s = 0;
  std::string message;
  std::uint32_t round = 0;            // as an offer's
  std::int32_t depth_at_arrival = -1; // as an offer's; -1: not known
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
  /// If it still waits, it is answered with a refusal (`client_gone`), which says what stood before it when it came.
  bool answered = false;
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
  core::rate_word rates;           // what the provider said of its quotas, as old as the call when it is sent
  bool visitor = false;            // made with a key of the client's own: what it is refused, we are not
  bool account_closed = false;     // refused, as the provider says, for want of money: waiting does not help
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

using core::residence;

/// A model at a provider that loads on demand.
struct deployment_terms {
  std::int64_t deployment_id = 0;
  std::string model;          // as the provider calls it
  std::uint8_t residence = 0; // actors::residence: pinned is loaded and never thrown out, drained is thrown out
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
  std::uint64_t memory_bytes = 0;                                    // for models; 0: not known
  std::uint32_t most_models = 0;                                     // in memory at a time
  std::vector<deployment_terms> deployments{}; // of providers that load models on demand, else empty
  std::uint32_t usual_parallel = 0; // in flight per model where `parallel` is 0 and its server does not say more
};

/// A model in a provider's memory.
struct loaded_model {
  std::string name;
  std::uint64_t bytes = 0;         // of memory, video memory or not
  std::uint64_t vram_bytes = 0;    // of video memory
  std::int64_t load_us = 0;        // what the last load took that the MONITOR was asked for; 0: none
  std::int64_t expires_in_us = -1; // until the server throws it out, unless it is used; -1: it does not say
};

/// What is learned of a deployment from how its calls end and what its MONITOR sees; 0: not known.
struct learned {
  std::int64_t deployment_id = 0;
  std::int64_t load_us = 0;
  std::uint64_t bytes = 0; // of memory, when loaded
  std::uint64_t vram_bytes = 0;
  std::int64_t first_token_us = 0;  // of the shortest prompt, in an idle queue
  std::int64_t prompt_token_ns = 0; // by which each token of the prompt delays the first of the answer
  std::int64_t answer_token_ns = 0; // from one token of the answer to the next
  std::uint32_t error_permille = 0; // of calls that the provider is to blame for
  std::uint64_t calls = 0;
  std::int64_t service_us = 0; // what a call takes in all
};

/// What a SCHEDULER has learned of its provider's deployments: for its MONITOR, STORAGE and the SCHEDULER after it.
struct provider_experience {
  std::int64_t provider_id = 0;
  std::vector<learned> deployments;
};

/// What a SCHEDULER wants of a provider's memory. Asking twice is asking once.
struct model_order {
  std::string model; // as the provider calls it
  bool load = true;  // else it is to leave
};

/// An order that could not be carried out.
struct failed_order {
  std::string model;
  bool load = true;
  std::string detail;  // why
  bool undone = false; // it was carried out, and others undo it at once; a departure is asked for all the same, again
};

/// What a MONITOR has seen of its provider.
struct provider_observation {
  std::int64_t provider_id = 0;
  bool reachable = false;
  std::string detail;                      // why not, or the server's version
  std::vector<std::string> listed_models;  // empty if the provider does not list
  std::vector<loaded_model> loaded_models; // what lies in memory ready for use, by name; not what is being loaded
  std::uint64_t vram_used_bytes = 0;
  bool lists_memory = false;                 // `loaded_models` is known: the provider says what lies in its memory
  std::vector<failed_order> failed{};        // since the observation before
  std::string server{};                      // what it is, with its version, where it says so
  std::int64_t running = -1;                 // requests that it says it works on; -1, here and below: it does not say
  std::int64_t waiting = -1;                 // requests that it says it has put off
  std::int64_t slots = -1;                   // requests that it says it works on at most
  std::int64_t kv_used_permille = -1;        // of its cache of keys and values
  std::vector<learned> experience{};         // as its SCHEDULER said last
  std::vector<std::uint64_t> listed_bytes{}; // of `listed_models` as they lie on its disk; empty: it does not say
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

/// What a request may expect of a deployment (scheduling::outlook), as its owner's node sees it.
struct deployment_outlook {
  std::int64_t deployment_id = 0;
  bool open = false;
  bool warm = true;
  std::uint32_t places = 0;
  std::uint32_t taken = 0;
  std::uint32_t waiting = 0;
  std::int64_t load_us = 0;
  std::int64_t service_us = 0;
  std::int64_t first_token_us = 0;
  std::uint32_t failed_permille = 0;
  std::int64_t prompt_token_ns = 0;
};

/// The heartbeat between two NODEs.
struct pulse {
  std::string incarnation;   // the sender's
  std::int64_t keep_us = 0;  // asked: promise not to take over from me for so long (my database is away); 0: not asked
  bool promised = false;     // answered: yes
  std::uint64_t catalog = 0; // version of the sender's catalog
  std::vector<deployment_outlook> outlooks{}; // of the deployments whose SCHEDULER the sender has
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
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, quota_word& x) {
  return f(caf::meta::type_name("logos::quota_word"), x.limit, x.remaining, x.reset_us);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, rate_word& x) {
  return f(caf::meta::type_name("logos::rate_word"), x.requests, x.tokens, x.pause_us, x.age_us);
}
} // namespace logos::core

namespace logos::actors {
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ticket& x) {
  return f(caf::meta::type_name("logos::ticket"), x.request, x.deployment_id, x.provider_id, x.model_id, x.process_id,
           x.priority, x.mode, x.sole, x.tokens, x.waited_us, x.patience_us, x.round, x.defer_us, x.prompt_tokens,
           x.weight);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, offer& x) {
  return f(caf::meta::type_name("logos::offer"), x.request, x.deployment_id, x.provider_id, x.permit, x.epoch,
           x.queued_us, x.depth_at_arrival, x.in_flight_at_arrival, x.cold, x.round, x.load_us, x.depth_at_schedule,
           x.vram_left_mb, x.priority);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, refusal& x) {
  return f(caf::meta::type_name("logos::refusal"), x.request, x.deployment_id, x.provider_id, x.code, x.retry_after_s,
           x.message, x.round, x.depth_at_arrival);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, acceptance& x) {
  return f(caf::meta::type_name("logos::acceptance"), x.permit, x.epoch);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, withdrawal& x) {
  return f(caf::meta::type_name("logos::withdrawal"), x.request, x.deployment_id, x.answered);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, release& x) {
  return f(caf::meta::type_name("logos::release"), x.permit, x.epoch, x.deployment_id, x.code, x.status,
           x.first_byte_us, x.duration_us, x.prompt_tokens, x.completion_tokens, x.retry_after_s, x.rates, x.visitor,
           x.account_closed);
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
typename Inspector::result_type inspect(Inspector& f, deployment_terms& x) {
  return f(caf::meta::type_name("logos::deployment_terms"), x.deployment_id, x.model, x.residence);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, loaded_model& x) {
  return f(caf::meta::type_name("logos::loaded_model"), x.name, x.bytes, x.vram_bytes, x.load_us, x.expires_in_us);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, learned& x) {
  return f(caf::meta::type_name("logos::learned"), x.deployment_id, x.load_us, x.bytes, x.vram_bytes, x.first_token_us,
           x.prompt_token_ns, x.answer_token_ns, x.error_permille, x.calls, x.service_us);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, provider_experience& x) {
  return f(caf::meta::type_name("logos::provider_experience"), x.provider_id, x.deployments);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, model_order& x) {
  return f(caf::meta::type_name("logos::model_order"), x.model, x.load);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, failed_order& x) {
  return f(caf::meta::type_name("logos::failed_order"), x.model, x.load, x.detail, x.undone);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, provider_terms& x) {
  return f(caf::meta::type_name("logos::provider_terms"), x.provider_id, x.name, x.parallel, x.max_in_flight,
           x.queue_per_model, x.queue_per_key, x.parallel_of, x.memory_bytes, x.most_models, x.deployments,
           x.usual_parallel);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, provider_observation& x) {
  return f(caf::meta::type_name("logos::provider_observation"), x.provider_id, x.reachable, x.detail, x.listed_models,
           x.loaded_models, x.vram_used_bytes, x.lists_memory, x.failed, x.server, x.running, x.waiting, x.slots,
           x.kv_used_permille, x.experience, x.listed_bytes);
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
typename Inspector::result_type inspect(Inspector& f, deployment_outlook& x) {
  return f(caf::meta::type_name("logos::deployment_outlook"), x.deployment_id, x.open, x.warm, x.places, x.taken,
           x.waiting, x.load_us, x.service_us, x.first_token_us, x.failed_permille, x.prompt_token_ns);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pulse& x) {
  return f(caf::meta::type_name("logos::pulse"), x.incarnation, x.keep_us, x.promised, x.catalog, x.outlooks);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, actor_status& x) {
  return f(caf::meta::type_name("logos::actor_status"), x.name, x.kind, x.node, x.state, x.parent, x.mailbox,
           x.messages, x.busy_us, x.restarts);
}

} // namespace logos::actors
