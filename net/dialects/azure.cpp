// SPDX-License-Identifier: MIT
#include "net/dialects/dialects.hpp"
#include "net/path_text.hpp"

#include <algorithm>
#include <array>

namespace logos::net::dialects {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::string_view default_api_version = "2024-10-21"; // the last one that is generally available

/// What Azure keeps beside deployments: these paths name no model, or name it in the body.
constexpr std::array<std::string_view, 14> resource_paths{
    "responses",   "files",         "uploads", "batches",    "assistants", "threads", "vector_stores",
    "fine_tuning", "conversations", "evals",   "containers", "realtime",   "models",  "ingestion"};

bool is_resource_path(std::string_view path) {
  const auto first = path.substr(0, path.find('/'));
  return std::find(resource_paths.begin(), resource_paths.end(), first) != resource_paths.end();
}

/// The segment after `/deployments/`; empty when there is none.
std::string_view deployment_in(std::string_view path) {
  constexpr std::string_view marker = "/deployments/";
  const auto at = path.find(marker);
  if (at == npos) return {};
  path.remove_prefix(at + marker.size());
  return path.substr(0, path.find('/'));
}

} // namespace

std::optional<core::failure> shape_azure(deployment_route& route, const base_url& base,
                                         const deployment_settings& settings) {
  auto path = path_of(base, settings);
  append_encoded(route.deployment, settings.upstream_model);
  if (route.deployment.empty()) route.deployment = deployment_in(path);
  route.api_version = settings.api_version;
  if (route.api_version.empty()) route.api_version = query_value(base.query, "api-version");

  if (!settings.endpoint.empty()) {
    // Upstream Logos stores a deployment's whole URL; what matters in it is where, which deployment, which version.
    auto whole = settings.endpoint;
    if (!whole.starts_with("http")) {
      whole.erase(0, whole.find_first_not_of('/'));
      const auto query = whole.find('?');
      if (query != npos && settings.api_version.empty())
        route.api_version = query_value(std::string_view{whole}.substr(query + 1), "api-version");
      path.append("/").append(whole, 0, query);
    } else {
      auto parsed = parse_base_url(whole);
      if (!parsed) return core::failure{core::ec::bad_field, parsed.error().message, "endpoint"};
      route.address = parsed->address;
      path = parsed->path;
      if (settings.api_version.empty()) route.api_version = query_value(parsed->query, "api-version");
    }
    if (const auto named = deployment_in(path); !named.empty()) route.deployment = named;
  }
  if (!safe_path(path))
    return core::failure{core::ec::bad_field, "The path has a segment or byte that is not allowed.", "endpoint"};

  // Everything stands below /openai, whether the URL goes that far, further, or not at all.
  const auto openai = path.find("/openai");
  const bool goes_there = openai != npos && (path.size() == openai + 7 || path[openai + 7] == '/');
  route.path_prefix = goes_there ? path.substr(0, openai + 7) : path;
  if (!goes_there) route.path_prefix += "/openai";
  route.path_prefix += '/';
  if (goes_there && base.versioned &&
      settings.endpoint.empty()) { // the v1 API: no deployments in paths, no version needed
    route.path_prefix += "v1/";
    route.deployment.clear();
    return std::nullopt;
  }
  if (route.deployment.empty())
    return core::failure{core::ec::bad_field, "An Azure deployment needs a name: give the model's 'upstream'.",
                         "upstream"};
  if (route.api_version.empty()) route.api_version = default_api_version;
  return std::nullopt;
}

std::string azure_target(const deployment_route& route, const client_request& request) {
  std::string target = route.path_prefix;
  if (!route.deployment.empty() && !is_resource_path(request.path))
    target.append("deployments/").append(route.deployment).append("/");
  target += request.path;
  if (!request.query.empty()) target.append("?").append(request.query);
  if (!route.api_version.empty() && query_value(request.query, "api-version").empty()) {
    target.append(request.query.empty() ? "?api-version=" : "&api-version=");
    append_encoded(target, route.api_version);
  }
  return target;
}

} // namespace logos::net::dialects
