// SPDX-License-Identifier: MIT
#pragma once
#include "actors/classification/rulebook.hpp"
#include "config/settings.hpp"
#include "net/call.hpp"
#include "net/http_settings.hpp"
#include "storage/entities.hpp"

#include <string>
#include <string_view>

namespace logos::commands {

/// What a configuration declares of entities, as the store takes it. Pure.
storage::config_declarations declarations_of(const config::settings& s, std::string_view node, std::string_view file);
/// How models are chosen for requests that name none. Pure.
classification::decision_rules_ptr decision_rules_of(const config::classification_settings& s);
/// The limits of client connections, for each of `threads` I/O threads. Pure.
net::http_settings http_settings_of(const config::settings& s, unsigned threads);
/// The limits of a call to a provider. Pure.
net::call_limits call_limits_of(const config::limits_settings& s);

} // namespace logos::commands
