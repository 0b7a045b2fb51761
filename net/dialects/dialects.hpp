// SPDX-License-Identifier: MIT
#pragma once
#include "net/dialect.hpp"

#include <optional>
#include <string>

/// What differs between provider types. Each has two functions: one that works out a deployment's route once, and one
/// that makes a request's target from it. Called by dialect.cpp only.
namespace logos::net::dialects {

/// The path of `base` with `{model}` replaced.
std::string path_of(const base_url& base, const deployment_settings& settings);

std::optional<core::failure> shape_openai(deployment_route& route, const base_url& base,
                                          const deployment_settings& settings);
std::string openai_target(const deployment_route& route, const client_request& request);

std::optional<core::failure> shape_azure(deployment_route& route, const base_url& base,
                                         const deployment_settings& settings);
std::string azure_target(const deployment_route& route, const client_request& request);

std::optional<core::failure> shape_ollama(deployment_route& route, const base_url& base,
                                          const deployment_settings& settings);

} // namespace logos::net::dialects
