// SPDX-License-Identifier: MIT
#pragma once
#include "actors/messages.hpp"
#include "actors/weighing_wire.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What actors answer when somebody asks after one request. The rules of actors/messages.hpp hold here, too.
namespace logos::actors {

/// What has become of a ticket. `deferred`: put aside, because an answer is expected sooner elsewhere.
enum class ticket_state : std::uint8_t { asked, waiting, offered, running, deferred };

/// What a ticket may expect, as its provider's SCHEDULER sees it. `asked`: the SCHEDULER has not answered, and only
/// what the asker knows is in it.
struct outlook {
  std::int64_t deployment_id = 0;
  std::int64_t provider_id = 0;
  std::uint8_t state = 0;          // actors::ticket_state
  std::uint32_t ahead = 0;         // requests that go before it at this deployment
  std::uint32_t ahead_own_key = 0; // of these, of the same key
  std::uint32_t waiting = 0;       // at this deployment, itself included
  std::uint32_t waiting_in_all = 0;
  std::uint32_t in_use = 0; // places of the deployment
  std::uint32_t places = 0; // 0: no limit
  std::uint32_t in_use_in_all = 0;
  std::uint32_t places_in_all = 0;
  std::int64_t waited_us = 0;
  std::int64_t patience_us = 0;        // left
  std::int64_t starts_in_us = -1;      // expected; -1: nothing is known
  std::int64_t load_left_us = -1;      // expected, of its model's load; -1: none is under way
  std::string blocked_by;              // for people; empty: nothing
  std::int64_t first_token_in_us = -1; // expected, by the length of its prompt; -1: nothing is known
  std::int64_t joins_in_us = -1;       // of one that is put aside: until it is in the queue; -1: it is not
};

/// How far a request has come.
enum class stage : std::uint8_t { none, deciding, reserving, waiting, running };

/// A request that has not ended, as it is known where it was let in. `stage::none`: there is none.
struct progress {
  core::uuid request;
  std::uint8_t stage = 0; // actors::stage
  std::string node;
  std::int64_t process_id = 0;
  std::int64_t user_id = 0;
  std::string model; // as asked for; empty: the CLASSIFIER chooses
  std::uint8_t priority = 0;
  std::uint8_t mode = 0; // core::traffic_mode
  std::int64_t age_us = 0;
  std::uint16_t attempts = 0;           // calls made
  std::vector<std::int64_t> candidates; // deployments, best first
  std::vector<std::int64_t> failed;     // of these, what was tried or has refused
  std::uint8_t refusal_code = 0;        // core::ec of the last of them
  std::string refusal;
  std::string statistics; // of the classification, JSON; empty: the model was named
  std::vector<outlook> tickets;
  std::int64_t deployment_id = 0; // where it runs; 0: nowhere
  std::int64_t running_us = 0;
  std::int64_t queued_us = 0;
  std::int64_t load_us = 0; // what the load took that it waited for
  bool cold = false;
  bool answering = false;          // the first byte of its answer has come
  std::vector<std::string> silent; // nodes that did not say whether they have it
  weighing weighed;                // when it was last asked for at several
};

/// Which of those who wait are asked for: the first `limit` behind a ticket, by deployment and request.
struct queue_question {
  std::vector<std::int64_t> deployments; // sorted
  std::vector<std::int64_t> processes;   // sorted; empty: of every key
  std::int64_t after_deployment = INT64_MIN;
  core::uuid after_request;
  std::uint32_t limit = 100;
};

/// A ticket that waits.
struct queued_ticket {
  core::uuid request;
  std::int64_t process_id = 0; // negative: a client's own key
  std::uint8_t priority = 0;
  std::uint8_t counts_as = 0; // the priority that it has risen to
  std::uint8_t mode = 0;      // core::traffic_mode
  bool deferred = false;      // put aside: it is expected to be served sooner elsewhere
  std::uint32_t tokens = 0;   // estimate, prompt and answer
  std::uint32_t weight = 1;   // of its key's share
  outlook expects;
};

/// An answer to a queue_question, sorted.
struct queue_page {
  std::vector<queued_ticket> tickets;
  std::vector<std::int64_t> silent; // providers whose SCHEDULER did not answer
};

/// What came of an operator's wish about a model in a provider's memory.
struct order_report {
  std::uint8_t code = 0; // core::ec; 0: it is being done, or is so already
  std::string message;
  std::string state; // cold, loading, warm, draining or leaving
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, queue_question& x) {
  return f(caf::meta::type_name("logos::queue_question"), x.deployments, x.processes, x.after_deployment,
           x.after_request, x.limit);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_report& x) {
  return f(caf::meta::type_name("logos::order_report"), x.code, x.message, x.state);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, outlook& x) {
  return f(caf::meta::type_name("logos::outlook"), x.deployment_id, x.provider_id, x.state, x.ahead, x.ahead_own_key,
           x.waiting, x.waiting_in_all, x.in_use, x.places, x.in_use_in_all, x.places_in_all, x.waited_us,
           x.patience_us, x.starts_in_us, x.load_left_us, x.blocked_by, x.first_token_in_us, x.joins_in_us);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, queued_ticket& x) {
  return f(caf::meta::type_name("logos::queued_ticket"), x.request, x.process_id, x.priority, x.counts_as, x.mode,
           x.deferred, x.tokens, x.weight, x.expects);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, queue_page& x) {
  return f(caf::meta::type_name("logos::queue_page"), x.tickets, x.silent);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, progress& x) {
  return f(caf::meta::type_name("logos::progress"), x.request, x.stage, x.node, x.process_id, x.user_id, x.model,
           x.priority, x.mode, x.age_us, x.attempts, x.candidates, x.failed, x.refusal_code, x.refusal, x.statistics,
           x.tickets, x.deployment_id, x.running_us, x.queued_us, x.load_us, x.cold, x.answering, x.silent, x.weighed);
}

} // namespace logos::actors
