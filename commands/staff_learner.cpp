// SPDX-License-Identifier: MIT
#include "commands/learning.hpp"
#include "commands/staff_desk.hpp"

#include <caf/scoped_actor.hpp>

namespace logos::commands {
namespace {

constexpr std::chrono::seconds first_reading{10};

} // namespace

void staff::hire_learner() {
  const auto known = desk_;
  const auto own =
      learner_parts_of(parts_.settings.learning, [options = parts_.installed.store, secret = parts_.installed.secret] {
        return storage::open_store(options, secret);
      });
  learned_ = own.shows;
  lessons_ = own.comes;
  supervise<actors::learner_actor>(
      "learner",
      [this, own](std::uint32_t n) {
        return actors::spawn_blocking<learning::learner_state>(parts_.system, who("learner", "learner", n), own,
                                                               core::system_clock());
      },
      [this, known](const actors::learner_actor& h) {
        known->set(&handles::learner, h);
        if (const auto catalog = known->find(&handles::catalog))
          caf::anon_send(catalog, atom::subscribe_v, actors::follower_actor{h});
        tell_places([h](execution::workplace& at) { at.next.learner = h; });
      });
  // The first request is decided by all that is known: it reads that before it says how it is.
  caf::scoped_actor self{parts_.system};
  self->request(known->find(&handles::learner), first_reading, atom::status_v)
      .receive([](const actors::actor_status&) {}, [](const caf::error&) {});
}

} // namespace logos::commands
