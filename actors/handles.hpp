// SPDX-License-Identifier: MIT
#pragma once
#include "actors/local_messages.hpp"
#include "actors/type_ids.hpp"

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <string>
#include <vector>

namespace logos::actors {

/// Whoever can say how it is. Every actor conforms to this.
using status_actor = caf::typed_actor<
    // Say name, kind, node, state, mailbox length, messages, busy time and restarts.
    caf::replies_to<atom::status>::with<actor_status>>;

/// Whoever wants to know what MONITORs see.
using observer_actor = caf::typed_actor<
    // A provider as its MONITOR sees it.
    caf::reacts_to<provider_observation>>;

/// Whoever keeps what MONITORs see: STORAGE.
using recorder_actor = observer_actor::extend<
    // What was learned of a provider's deployments, for whoever is made after this.
    caf::reacts_to<provider_experience>>;

/// Whoever has a provider load models and throw them out: its MONITOR. What comes of it is in the next observation.
using loader_actor = caf::typed_actor<
    // Load a model, or have it leave.
    caf::reacts_to<model_order>,
    // What was learned of its deployments, to be shown with what it sees.
    caf::reacts_to<provider_experience>>;

/// Whoever asks SCHEDULERs for permits: an INGRESS, or the DELEGATE of another node's INGRESSes.
using requester_actor = caf::typed_actor<
    // A place is free for a ticket. `sole` tickets have thereby accepted it.
    caf::reacts_to<offer>,
    // A ticket will get no permit.
    caf::reacts_to<refusal>,
    // Capacity is leased ahead (DELEGATEs only).
    caf::reacts_to<slice>,
    // Unused leased places of a deployment are wanted back (DELEGATEs only): answer with `give_back`.
    caf::reacts_to<atom::recall, std::int64_t>>;

/// The SCHEDULER of a provider, or the DELEGATE that stands for it on a node of a cluster.
using scheduler_actor = caf::typed_actor<
    // Queue a ticket; offer or refusal go to the requester.
    caf::reacts_to<ticket, requester_actor>,
    // An offer is taken up: its permit begins.
    caf::reacts_to<acceptance>,
    // A ticket is withdrawn, whether it waits or has an offer.
    caf::reacts_to<withdrawal>,
    // A permit has ended.
    caf::reacts_to<release>,
    // A requester says what of this provider's runs with it. A recovering SCHEDULER grants when all have said.
    caf::reacts_to<inventory, requester_actor>,
    // Lease up to `places` of a deployment ahead to a requester on another node; a `slice` goes to it.
    caf::reacts_to<atom::lease, slice, requester_actor>,
    // Leased places come back unused.
    caf::reacts_to<atom::give_back, slice, requester_actor>,
    // The provider's capacity, from the catalog.
    caf::reacts_to<provider_terms>,
    // The provider as its MONITOR sees it.
    caf::reacts_to<provider_observation>,
    // Who loads models there (its MONITOR, new or made again).
    caf::reacts_to<atom::adopt, loader_actor>,
    // Grant only after these requesters have said what they hold, or after the fence (microseconds) has run out.
    caf::reacts_to<atom::recover, std::vector<std::string>, std::int64_t>,
    // A requester's node is unreachable: what it holds counts until the fence (microseconds) has run out.
    caf::reacts_to<atom::lost, std::string, std::int64_t>,
    // Several of the above from a DELEGATE at once; handled as if each had come alone, in the order of the members.
    caf::reacts_to<bundle, requester_actor>,
    // Say what the tickets of a request may expect, and whether it runs here; empty if it does neither.
    caf::replies_to<atom::explain, core::uuid>::with<std::vector<outlook>>,
    // Say who waits.
    caf::replies_to<atom::explain, queue_question>::with<queue_page>,
    // An operator wants the model of a deployment in memory (true), or out of it.
    caf::replies_to<atom::order, std::int64_t, bool>::with<order_report>>::extend_with<status_actor>;

/// The DELEGATE of a provider on a node of a cluster: SCHEDULER towards the node's INGRESSes, requester towards the
/// owner's SCHEDULER. Its `inventory` to the owner settles their accounts: slices are void, all that runs is in it,
/// all that waits follows as tickets.
using delegate_actor = caf::typed_actor<
    // The owner's SCHEDULER and its epoch; the same again after the connection to it was lost.
    caf::reacts_to<atom::adopt, std::uint64_t, scheduler_actor>,
    // The owner is gone or unreachable: nothing is granted until there is a new one, and another node can be that in so
    // many microseconds.
    caf::reacts_to<atom::gone, std::int64_t>,
    // Send what is gathered; look after slices and patience.
    caf::reacts_to<atom::flush>, caf::reacts_to<atom::tick>>::extend_with<scheduler_actor, requester_actor>;

/// Whoever reserves with the LEDGER: an INGRESS, or the TELLER of its node.
using claimant_actor = caf::typed_actor<
    // The LEDGER's answer to a claim.
    caf::reacts_to<accounting::ruling>>;

/// The INGRESS of an I/O thread: who asks, what for, and may they.
using ingress_actor = caf::typed_actor<
    // A complete request.
    caf::reacts_to<atom::handle, net::exchange_ptr>,
    // The client left before an answer began.
    caf::reacts_to<atom::gone, core::uuid>,
    // The CLASSIFIER's answer.
    caf::reacts_to<verdict>,
    // What came of judging a batch.
    caf::reacts_to<batch_verdict>,
    // The answers of a LEDGER of this process to claims that came together.
    caf::reacts_to<std::vector<accounting::ruling>>,
    // A call failed before a byte of its answer was sent: try the next deployment or say why not.
    caf::reacts_to<atom::retry, net::exchange_ptr, refusal>,
    // A new catalog: nothing that it does not permit passes any more once the version is answered.
    caf::replies_to<atom::adopt, catalog::snapshot_ptr>::with<std::uint64_t>,
    // The SCHEDULER of a provider is new; what waits or runs there is told to it.
    caf::reacts_to<atom::route, std::int64_t, scheduler_actor>,
    // This node may no longer use its places at a provider: what runs there ends now. 0: what holds of a budget.
    caf::reacts_to<atom::lost, std::int64_t>,
    // Refuse who was forgotten, show who waits that it is not (its own reminder).
    caf::reacts_to<atom::tick>,
    // Look again whose it is what that request names (its own reminder).
    caf::reacts_to<atom::recall, core::uuid>,
    // Say how far a request has come that is here.
    caf::replies_to<atom::explain, core::uuid>::with<progress>,
    // Accept nothing new.
    caf::reacts_to<atom::drain>>::extend_with<requester_actor, claimant_actor, status_actor>;

/// The EXECUTOR of an I/O thread: carries permits out.
using executor_actor = caf::typed_actor<
    // Carry the request out under this permit.
    caf::reacts_to<atom::carry_out, net::exchange_ptr, offer>,
    // Hand on to the LEDGER what has been used since.
    caf::reacts_to<atom::tick>>::extend_with<status_actor>;

/// The CLASSIFIER of a node: which deployments may serve, best first.
using classifier_actor = caf::typed_actor<
    // Choose for a request; answer with a verdict.
    caf::reacts_to<question, ingress_actor>,
    // Say what would be chosen. Nothing is remembered of it.
    caf::replies_to<question>::with<verdict>>::extend_with<status_actor>;

/// The EMBEDDER of a node: asks an operator's embedding model what texts are about.
using embedder_actor = caf::typed_actor<
    // Say what a prompt is about, once that is known.
    caf::replies_to<classification::wanted_gist>::with<classification::told_gist>,
    // A request of its own has ended.
    caf::reacts_to<inner_answer>,
    // Other descriptions and examples are on order.
    caf::reacts_to<atom::refresh>,
    // End what takes too long, and try again what has failed (its own reminder).
    caf::reacts_to<atom::tick>>::extend_with<status_actor>;

/// STORAGE: turns the journal into rows.
using storage_actor = caf::typed_actor<
    // Read the journal and write what is new.
    caf::reacts_to<atom::tick>,
    // Write all there is; answers the number of rows still not in the database.
    caf::replies_to<atom::flush>::with<std::uint64_t>,
    // What a MONITOR saw, for ollama_provider_snapshots.
    caf::reacts_to<provider_observation>,
    // What a SCHEDULER has learned, for deployment_experience.
    caf::reacts_to<provider_experience>>::extend_with<status_actor>;

/// STORAGE's second thread: everything else that needs the database.
using registry_actor = caf::typed_actor<
    // Run a job against the store.
    caf::replies_to<store_job>::with<store_reply>>::extend_with<status_actor>;

/// Whoever follows the catalog without being an INGRESS.
using follower_actor = caf::typed_actor<
    // A new catalog; answers its version when it has been taken in.
    caf::replies_to<atom::adopt, catalog::snapshot_ptr>::with<std::uint64_t>>;

/// Whoever brings the catalog up to date: CATALOG for its node, NODE for all.
using refresher_actor = caf::typed_actor<
    // Load anew; answers the version once nothing works with an older one any more.
    caf::replies_to<atom::refresh>::with<std::uint64_t>>;

/// Whoever knows how the actors are: SUPERVISOR for its node, NODE for all.
using census_actor = caf::typed_actor<
    // The STATUS of every actor.
    caf::replies_to<atom::tree>::with<std::vector<actor_status>>>;

/// Whoever knows the nodes: NODE.
using nodes_actor = caf::typed_actor<
    // The nodes, as the JSON array of /admin/v1/nodes.
    caf::replies_to<atom::nodes>::with<std::string>>;

/// Whoever knows how far a request has come on any node: NODE.
using explainer_actor = caf::typed_actor<
    // Say so, with what its tickets may expect.
    caf::replies_to<atom::explain, core::uuid>::with<progress>>;

/// Whoever reaches the LEARNERs of other nodes: NODE.
using rememberer_actor = caf::typed_actor<
    // Say what another node remembers of a request, packed; empty: nothing.
    caf::replies_to<atom::recollect, core::uuid>::with<std::string>>;

/// Whoever reaches the STORAGEs of other nodes: NODE.
using gatherer_actor = caf::typed_actor<
    // Have all other nodes write what their journals have; answers what is still missing then, a sentence for each.
    caf::replies_to<atom::flush>::with<std::vector<std::string>>>;

/// Whoever has all nodes heed new rules before it is read what was used until then: NODE.
using leveller_actor = caf::typed_actor<
    // Have every reachable node adopt the newest catalog, and then all but this one write what their journals have;
    // answers the names of those that have not adopted it, or not written all of it.
    caf::replies_to<atom::refresh, atom::flush>::with<std::vector<std::string>>>;

/// Whoever reaches the SCHEDULERs of all providers, wherever they are: NODE.
using overseer_actor = caf::typed_actor<
    // Say who waits, at all of them.
    caf::replies_to<atom::explain, queue_question>::with<queue_page>,
    // Tell a provider's SCHEDULER that an operator wants the model of a deployment in memory (true), or out of it.
    caf::replies_to<atom::order, std::int64_t, std::int64_t, bool>::with<order_report>>;

/// The CATALOG of a node: makes snapshots and hands them out.
using catalog_actor = caf::typed_actor<
    // Load anew; answers the version once every subscriber has adopted it.
    caf::replies_to<atom::refresh>::with<std::uint64_t>,
    // Look whether the database has a newer version, and load it.
    caf::reacts_to<atom::tick>,
    // An INGRESS wants every snapshot from now on (and the current one at once).
    caf::reacts_to<atom::subscribe, ingress_actor>,
    // Anyone else who wants them (NODE).
    caf::reacts_to<atom::subscribe, follower_actor>>::extend_with<status_actor>;

/// ALERTS of a node: tells whoever wants to know that budgets are spent.
using alerts_actor = caf::typed_actor<
    // Look for alerts that are due.
    caf::reacts_to<atom::tick>>::extend_with<status_actor>;

/// The LEDGER as it is known on other nodes: what is reserved and settled.
using accounts_actor = caf::typed_actor<
    // Reserve what a request may use; answer with a ruling.
    caf::reacts_to<accounting::claim, claimant_actor>,
    // A claim has ended, whether it was ruled on or not.
    caf::reacts_to<accounting::settlement>,
    // What a node's TELLER has reserved; from now on it claims.
    caf::reacts_to<accounting::report, claimant_actor>,
    // Rule only after these nodes have reported, or after the fence (microseconds) has run out.
    caf::reacts_to<atom::recover, std::vector<std::string>, std::int64_t>,
    // A node is unreachable: what it holds is held until the fence (microseconds) has run out.
    caf::reacts_to<atom::lost, std::string, std::int64_t>,
    // How far these limits and budgets are used.
    caf::replies_to<atom::explain, accounting::use_question>::with<accounting::use_answer>>::extend_with<status_actor>;

/// The LEDGER: limits, budgets, usage; or, on a node of a cluster, the TELLER that stands for it.
using ledger_actor = caf::typed_actor<
    // Book what has been used.
    caf::reacts_to<std::vector<usage_entry>>,
    // Claims and settlements lie on the tray of this process.
    caf::reacts_to<atom::flush>,
    // A new catalog; its version is answered. Its rules are in force: whoever a new one is about waits for its past.
    caf::replies_to<atom::adopt, catalog::snapshot_ptr>::with<std::uint64_t>,
    // Its own reminder: to read again what was used before, or to rule on those who wait.
    caf::reacts_to<atom::tick>,
    // All that was booked since the start of this node.
    caf::replies_to<atom::totals>::with<std::vector<usage_entry>>>::extend_with<accounts_actor>;

/// The TELLER of a node of a cluster: LEDGER towards the node's INGRESSes, claimant towards the owner's LEDGER.
using teller_actor = caf::typed_actor<
    // The owner's LEDGER and its epoch; the same again after the connection to it was lost.
    caf::reacts_to<atom::adopt, std::uint64_t, accounts_actor>,
    // The owner is gone or unreachable: nothing is ruled on until there is a new one.
    caf::reacts_to<atom::gone>>::extend_with<ledger_actor, claimant_actor>;

/// The MONITOR of a provider: is it there, what has it loaded.
using monitor_actor = caf::typed_actor<
    // Look now.
    caf::reacts_to<atom::tick>,
    // The provider's settings changed.
    caf::reacts_to<atom::adopt, catalog::snapshot_ptr>>::extend_with<loader_actor, status_actor>;

/// ADMINISTRATION: /admin/v1, /v1/models, /health, /ready, /metrics.
using administration_actor = caf::typed_actor<
    // An authenticated request (or one that needs no key) for the gateway itself.
    caf::reacts_to<atom::handle, net::exchange_ptr, catalog::snapshot_ptr, std::int64_t>,
    // What a MONITOR saw, for /health.
    caf::reacts_to<provider_observation>,
    // Its own reminder not to let anybody wait for the database any longer.
    caf::reacts_to<atom::tick>,
    // A client has left before its answer began: a report that still waits is not made.
    caf::reacts_to<atom::gone, core::uuid>>::extend_with<status_actor>;

/// The TOKENIZER of a node: reads long texts, on a thread of its own.
using tokenizer_actor = caf::typed_actor<
    // Do it.
    caf::reacts_to<long_task>,
    // Answer a request for /extras/ of whoever holds this process's key; the reply says that it is done.
    caf::reacts_to<atom::handle, net::exchange_ptr, catalog::snapshot_ptr, std::int64_t>>::extend_with<status_actor>;

/// The LEARNER of a node: remembers requests, hears how good the answers were, and learns.
using learner_actor = caf::typed_actor<
    // Look what has come, and what others have learned (its own reminder).
    caf::reacts_to<atom::tick>,
    // Somebody says something of an answer; answered when it is written down and learned.
    caf::replies_to<learning::remark>::with<learning::remark_reply>,
    // Say what is remembered of a request, packed for another node (learning/notebook.hpp); empty: nothing.
    caf::replies_to<atom::recollect, core::uuid>::with<std::string>,
    // Say what is known, as the JSON of /admin/v1/learning.
    caf::replies_to<atom::explain>::with<std::string>>::extend_with<follower_actor, status_actor>;

/// The JOBS of a node: has requests carried out that were left for later.
using jobs_actor = caf::typed_actor<
    // Visit the database (its own reminder).
    caf::reacts_to<atom::tick>,
    // The same at once: there is something new.
    caf::reacts_to<atom::refresh>,
    // A run has ended.
    caf::reacts_to<job_answer>,
    // Begin nothing any more; answered when all that ran has ended and is written. What still runs after so many
    // microseconds is put back. False: something could not be written.
    caf::replies_to<atom::drain, std::int64_t>::with<bool>,
    // That time is up (its own reminder).
    caf::reacts_to<atom::leave>>::extend_with<status_actor>;

/// The SUPERVISOR of a node: keeps actors alive.
using supervisor_actor = caf::typed_actor<
    // Make an actor, watch it, make it again with back-off when it dies.
    caf::reacts_to<atom::supervise, recipe>,
    // Make again what is due (its own reminder).
    caf::reacts_to<atom::tick>,
    // End an actor for good.
    caf::reacts_to<atom::retire, std::string>,
    // The STATUS of every supervised actor of this node.
    caf::replies_to<atom::tree>::with<std::vector<actor_status>>>::extend_with<status_actor>;

/// A NODE as other nodes see it: what is published through the middleman. Senders name their incarnation.
using peer_actor = caf::typed_actor<
    // A NODE introduces itself and its handle; answered with a card, or with an error that says why they cannot join.
    caf::replies_to<atom::hello, node_card, caf::strong_actor_ptr>::with<node_card>,
    // A heartbeat.
    caf::replies_to<atom::pulse, pulse>::with<pulse>,
    // The sender owns a provider: its SCHEDULER and epoch.
    caf::reacts_to<atom::route, std::string, std::int64_t, std::uint64_t, scheduler_actor>,
    // The sender owns the LEDGER: its epoch and handle.
    caf::reacts_to<atom::route, std::string, std::uint64_t, accounts_actor>,
    // The sender has given up a provider; whose it is now may take its lease at once.
    caf::reacts_to<atom::give_back, std::string, std::int64_t>,
    // The lease of a provider that the sender owns ends and cannot be renewed: nothing may be begun under it.
    caf::reacts_to<atom::lost, std::string, std::int64_t>,
    // What the sender's MONITOR sees of a provider.
    caf::reacts_to<std::string, provider_observation>,
    // The sender leaves.
    caf::reacts_to<atom::leave, std::string>,
    // Load the catalog anew on this node only; answers the version.
    caf::replies_to<atom::refresh, std::string>::with<std::uint64_t>,
    // STATUS of the actors of this node only.
    caf::replies_to<atom::tree, std::string>::with<std::vector<actor_status>>,
    // How far a request has come that this node has let in.
    caf::replies_to<atom::explain, std::string, core::uuid>::with<progress>,
    // What this node's LEARNER remembers of a request, packed; empty: nothing.
    caf::replies_to<atom::recollect, std::string, core::uuid>::with<std::string>,
    // Have this node write what its journal has; answers the number of rows still not in the database.
    caf::replies_to<atom::flush, std::string>::with<std::uint64_t>>;

/// The NODE: which providers are this node's, where the others' SCHEDULERs are, who else there is.
using node_actor = caf::typed_actor<
    // Load the catalog anew here and on every reachable peer; answers this node's version when all have answered.
    caf::replies_to<atom::refresh>::with<std::uint64_t>,
    // STATUS of every actor of every reachable node.
    caf::replies_to<atom::tree>::with<std::vector<actor_status>>,
    // The nodes, as the JSON array of /admin/v1/nodes.
    caf::replies_to<atom::nodes>::with<std::string>,
    // How far a request has come, whichever reachable node has let it in.
    caf::replies_to<atom::explain, core::uuid>::with<progress>,
    // An INGRESS of this node, new or made again, wants the routes; the name is what its inventories say.
    caf::reacts_to<atom::subscribe, std::string, ingress_actor>,
    // A new catalog.
    caf::replies_to<atom::adopt, catalog::snapshot_ptr>::with<std::uint64_t>,
    // This node's TELLER, new or made again.
    caf::reacts_to<atom::subscribe, teller_actor>,
    // The CATALOG was made again.
    caf::reacts_to<atom::subscribe, catalog_actor>,
    // From the SUPERVISOR's publications: a provider's SCHEDULER under this epoch.
    caf::reacts_to<atom::route, std::int64_t, std::uint64_t, scheduler_actor>,
    // The same: a provider's DELEGATE.
    caf::reacts_to<atom::route, std::int64_t, delegate_actor>,
    // The same: the cluster's LEDGER under this epoch.
    caf::reacts_to<atom::route, std::uint64_t, ledger_actor>,
    // The same: a provider's MONITOR.
    caf::reacts_to<atom::adopt, std::int64_t, monitor_actor>,
    // What a MONITOR of this node sees; every node is told.
    caf::reacts_to<provider_observation>,
    // Whoever shows what is seen of all providers wherever they are owned (ADMINISTRATION), new or made again.
    caf::reacts_to<atom::subscribe, observer_actor>,
    // The CONNECTOR has reached a peer (by node name), or could not (empty handle, reason).
    caf::reacts_to<atom::hello, std::string, peer_actor, std::string>,
    // The address under which it is published (in a cluster): it announces itself from now on.
    caf::reacts_to<atom::adopt, std::string>,
    // Leave in good order, when nothing runs here any more: no provider is owned when it is answered.
    caf::replies_to<atom::leave>::with<bool>,
    // The NODE's own heartbeat.
    caf::reacts_to<atom::tick>>::extend_with<overseer_actor, rememberer_actor, gatherer_actor, leveller_actor,
                                             peer_actor, status_actor>;

} // namespace logos::actors

CAF_BEGIN_TYPE_ID_BLOCK(logos_actors, caf::id_block::logos_types::end + 100)
  CAF_ADD_TYPE_ID(logos_actors, (logos::actors::status_actor))
  CAF_ADD_TYPE_ID(logos_actors, (logos::actors::requester_actor))
  CAF_ADD_TYPE_ID(logos_actors, (logos::actors::scheduler_actor))
  CAF_ADD_TYPE_ID(logos_actors, (logos::actors::claimant_actor))
  CAF_ADD_TYPE_ID(logos_actors, (logos::actors::accounts_actor))
  CAF_ADD_TYPE_ID(logos_actors, (logos::actors::peer_actor))
  CAF_ADD_TYPE_ID(logos_actors, (logos::actors::loader_actor))
CAF_END_TYPE_ID_BLOCK(logos_actors)
