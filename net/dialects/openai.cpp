// SPDX-License-Identifier: MIT
#include "net/dialects/dialects.hpp"
#include "net/path_text.hpp"

namespace logos::net::dialects {
namespace {

/// `v2`, `v4`, `v1beta`: the base URL says which version's paths follow, so none is put in between.
bool names_a_version(std::string_view path) {
  while (!path.empty()) {
    const auto end = path.find('/');
    const auto segment = path.substr(0, end);
    if (segment.size() > 1 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9') return true;
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return false;
}

} // namespace

std::optional<core::failure> shape_openai(deployment_route& route, const base_url& base,
                                          const deployment_settings& settings) {
  route.path_prefix = path_of(base, settings);
  const bool webui = settings.type == core::provider_type::openwebui && !base.versioned;
  if (webui && base.path.empty()) route.path_prefix = "/api/";
  // Open WebUI serves the OpenAI paths right below /api.
  else if (webui || (!base.versioned && names_a_version(base.path)))
    route.path_prefix += '/';
  else
    route.path_prefix += "/v1/";
  return std::nullopt;
}

std::string openai_target(const deployment_route& route, const client_request& request) {
  std::string target;
  target.reserve(route.path_prefix.size() + request.path.size() + request.query.size() + route.fixed_query.size() + 2);
  if (route.fixed_path.empty())
    target.append(route.path_prefix).append(request.path);
  else
    target = route.fixed_path;
  // Azure's clients send it along; nobody else knows it.
  const bool azure_client = request.query.find("api-version=") != std::string_view::npos;
  const auto query = azure_client ? query_without(request.query, "api-version") : std::string{request.query};
  if (!route.fixed_query.empty()) target.append("?").append(route.fixed_query);
  if (!query.empty()) target.append(route.fixed_query.empty() ? "?" : "&").append(query);
  return target;
}

} // namespace logos::net::dialects
