// SPDX-License-Identifier: MIT
// ADMINISTRATION and the SCHEDULERs of providers, wherever they are: who waits, and what is to lie in memory.
#include "actors/administration/administration.hpp"
#include "actors/administration/logosdb.hpp"
#include "actors/administration/waiting_list.hpp"
#include "storage/store.hpp"

namespace logos::administration {
namespace {

using core::ec;
using core::failure;

constexpr std::chrono::seconds node_time{3}; // NODE and SUPERVISOR give up on others before

const failure no_node{ec::no_provider, "This node is not ready to reach providers. Try again.", "", 1};

} // namespace

void administration_state::show_queue(const call_ptr& c) {
  const auto asked = read_queue_question(*c);
  if (!asked) return finish(c, to_problem(asked.error()));
  const auto to = options_.find_neighbours().overseer;
  if (!to) return finish(c, to_problem(no_node));
  self_->request(to, node_time, atom::explain_v, *asked)
      .then([this, c, question = *asked](const actors::queue_page& page) { finish(c, list_queue(*c, question, page)); },
            [this, c](const caf::error& e) { finish(c, to_problem(to_failure(e))); });
}

void administration_state::show_scheduler_state(const call_ptr& c) {
  const auto to = options_.find_neighbours().overseer;
  if (!to) return show_scheduler_state(c, {});
  self_->request(to, node_time, atom::explain_v, everybody_waiting(*c))
      .then([this, c](const actors::queue_page& queue) { show_scheduler_state(c, queue); },
            [this, c](const caf::error& e) { finish(c, refuse_logosdb(c->request(), to_failure(e))); });
}

void administration_state::show_scheduler_state(const call_ptr& c, const actors::queue_page& queue) {
  self_->request(options_.find_neighbours().census, node_time, atom::tree_v)
      .then(
          [this, c, queue](const std::vector<actors::actor_status>& all) {
            finish(c, scheduler_state(*c, seen_, all, queue, options_.outlooks.get()));
          },
          [this, c](const caf::error& e) { finish(c, refuse_logosdb(c->request(), to_failure(e))); });
}

void administration_state::order_model(const call_ptr& c) {
  const auto wish = read_wish(*c);
  if (!wish) return finish(c, to_problem(wish.error()));
  using noted = storage::result<void>;
  ask_store(changes_, {c,
                       [what = change_of(*c, *wish), who = author_of(*c)](storage::store& in) -> actors::store_reply {
                         const storage::acting as{in, who};
                         return std::make_shared<noted>(in.record(what));
                       },
                       [this, c, wanted = *wish](const actors::store_reply& reply) {
                         const auto& done = *std::static_pointer_cast<noted>(reply);
                         if (!done) return finish(c, to_problem(done.error()));
                         send_order(c, wanted);
                       }});
}

void administration_state::send_order(const call_ptr& c, const model_wish& wish) {
  const auto to = options_.find_neighbours().overseer;
  if (!to) return finish(c, to_problem(no_node));
  self_->request(to, node_time, atom::order_v, wish.provider_id, wish.deployment_id, wish.load)
      .then([this, c, wish](const actors::order_report& r) { finish(c, answer_wish(*c, wish, r)); },
            [this, c](const caf::error& e) { finish(c, to_problem(to_failure(e))); });
}

} // namespace logos::administration
