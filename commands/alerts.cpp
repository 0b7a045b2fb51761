// SPDX-License-Identifier: MIT
#include "commands/alerts.hpp"

#include "actors/alerting/http_courier.hpp"
#include "commands/version.hpp"
#include "core/uuid.hpp"

namespace logos::commands {

alerting::alerts_parts alerts_parts_of(const config::alerts_settings& given, const alerting::trusted_places& trusted,
                                       net::io_thread_ptr io, std::shared_ptr<alerting::figures> shown,
                                       std::function<actors::registry_actor()> find_registry) {
  alerting::alerts_parts made;
  made.find_registry = std::move(find_registry);
  made.messenger = std::make_shared<alerting::http_courier>(std::move(io), trusted, "Logos/" + version_text());
  made.shown = std::move(shown);
  made.url = given.url;
  made.secret = given.secret.reveal();
  made.seed = core::random_seed();
  return made;
}

} // namespace logos::commands
