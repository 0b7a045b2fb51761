// SPDX-License-Identifier: MIT
#include "actors/failures.hpp"

#include <caf/all.hpp>

namespace logos::actors {
namespace {

constexpr auto category = caf::atom("logos");

} // namespace

caf::error to_error(const core::failure& f) {
  return caf::error{static_cast<std::uint8_t>(f.code), category, caf::make_message(f.message, f.param)};
}

core::failure to_failure(caf::actor_system& system, const caf::error& e) {
  if (e.category() == category) {
    core::failure out{static_cast<core::ec>(e.code()), {}, {}};
    if (e.context().match_elements<std::string, std::string>()) {
      out.message = e.context().get_as<std::string>(0);
      out.param = e.context().get_as<std::string>(1);
    }
    return out;
  }
  if (e == caf::sec::request_timeout) return {core::ec::storage_away, "the answer did not come in time"};
  return {core::ec::internal, system.render(e)};
}

} // namespace logos::actors
