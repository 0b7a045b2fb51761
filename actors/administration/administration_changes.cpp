// SPDX-License-Identifier: MIT
// ADMINISTRATION and what changes the catalog: it is answered when it is in force everywhere, or as what is not.
#include "actors/administration/administration.hpp"
#include "core/fault_point.hpp"

#include <spdlog/spdlog.h>

namespace logos::administration {
namespace {

constexpr std::chrono::seconds publish_time{30}; // NODE gives up by itself before

std::string_view what_is_stored(int status) {
  if (status == 204) return "It is removed";
  return status == 404 ? "It is not there" : "The change is stored";
}

/// What was before may still hold somewhere: a key that was removed or replaced, a limit that was higher. That must not
/// be hidden. What can be asked again is refused until it is true; what was made, or is shown this once, goes out.
net::answer not_in_force(const call& c, const outcome& done) {
  const bool repeatable = done.repeatable || c.request().method != "POST";
  if (repeatable && !done.shown_once)
    return refused(c.request(),
                   {core::ec::storage_away,
                    std::string{what_is_stored(done.answer.status)} +
                        ", but not every node has confirmed that yet: what was before may still hold there, until that "
                        "node reaches the database or is lost. Asking again does no harm."})
        .answer;
  auto told = done.answer;
  told.headers += "x-logos-in-force: no\r\n";
  if (done.shown_once) told.body.insert(told.body.size() - 1, R"(,"in_force":false)");
  return told;
}

} // namespace

void administration_state::publish(const call_ptr& c, const outcome& done) {
  core::fault_point("admin.committed");
  self_->request(options_.find_neighbours().catalog, publish_time, atom::refresh_v)
      .then(
          [c, done](std::uint64_t) {
            core::fault_point("admin.in_force");
            c->exchange->reply(done.answer);
          },
          [this, c, done](const caf::error& e) {
            spdlog::warn("administration: a change is not in force everywhere yet: {}", to_failure(e).message);
            c->exchange->reply(not_in_force(*c, done));
          });
}

} // namespace logos::administration
