// SPDX-License-Identifier: MIT
#pragma once
#include "actors/alerting/alerts.hpp"
#include "actors/alerting/guard.hpp"
#include "config/settings.hpp"
#include "net/io_thread.hpp"

#include <functional>
#include <memory>

namespace logos::commands {

/// What ALERTS is made with: a courier that speaks on this I/O thread, and what the settings say.
alerting::alerts_parts alerts_parts_of(const config::alerts_settings& given, const alerting::trusted_places& trusted,
                                       net::io_thread_ptr io, std::shared_ptr<alerting::figures> shown,
                                       std::function<actors::registry_actor()> find_registry);

} // namespace logos::commands
