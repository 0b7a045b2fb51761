// SPDX-License-Identifier: MIT
#include "config/base_url.hpp"

namespace logos::config {
namespace {

core::failure refused(std::string why) { return {core::ec::bad_field, std::move(why), "base_url"}; }

/// Whether `path` has the segment `/name` at `at`, and not just a longer one that starts the same way.
bool segment_at(std::string_view path, std::size_t at, std::string_view name) {
  const auto end = at + name.size();
  return path.substr(at, name.size()) == name && (end == path.size() || path[end] == '/');
}

void drop_slashes(std::string& path) {
  while (!path.empty() && path.back() == '/')
    path.pop_back();
}

/// `{model}` is the only thing in braces.
bool braces_are_known(std::string_view path) {
  constexpr std::string_view model = "{model}";
  for (auto at = path.find_first_of("{}"); at != std::string_view::npos; at = path.find_first_of("{}", at)) {
    if (path.substr(at, model.size()) != model) return false;
    at += model.size();
  }
  return true;
}

} // namespace

boost::system::result<core::url, core::failure> normalise_base_url(core::provider_type type, std::string_view text) {
  auto parsed = core::parse_url(text);
  if (!parsed) return refused(parsed.error().message);
  auto address = *parsed;
  auto& path = address.path;
  if (type == core::provider_type::azure) {
    for (auto at = path.find("/openai"); at != std::string::npos; at = path.find("/openai", at + 1))
      if (segment_at(path, at, "/openai")) {
        path.resize(at);
        break;
      }
    const bool version_only = address.query.starts_with("api-version=") && address.query.find('&') == std::string::npos;
    if (!address.query.empty() && !version_only) return refused("a query other than api-version has no meaning here");
  } else if (!address.query.empty()) {
    return refused("a query (?…) has no meaning here");
  }
  if (path.ends_with("/v1")) path.resize(path.size() - 3);
  drop_slashes(path);
  if (!braces_are_known(path)) return refused("{model} is the only placeholder in an address");
  return address;
}

std::string address_problem(std::string_view text) {
  const auto parsed = core::parse_url(text);
  if (!parsed) return parsed.error().message;
  return parsed->query.empty() ? std::string{} : "a query (?…) has no meaning here";
}

std::string endpoint_problem(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme != std::string_view::npos && text.find_first_of("/?") > scheme) {
    if (!text.starts_with("http://") && !text.starts_with("https://"))
      return "a whole address starts with http:// or https://";
    const auto parsed = core::parse_url(text);
    return parsed ? std::string{} : parsed.error().message;
  }
  for (const unsigned char c : text)
    if (c <= ' ' || c >= 0x7f) return "must be a path or an address, percent-encoded";
  if (text.find('#') != std::string_view::npos) return "a fragment (#…) has no meaning here";
  return {};
}

core::provider_type guess_provider_type(const core::url& address) {
  using core::provider_type;
  const std::string_view host = address.host;
  if (address.port == 11434) return provider_type::ollama;
  if (host.ends_with(".openai.azure.com") || host.ends_with(".cognitiveservices.azure.com"))
    return provider_type::azure;
  if (host == "api.openai.com" || host.ends_with(".api.openai.com")) return provider_type::openai;
  if (host == "api.anthropic.com") return provider_type::anthropic;
  return provider_type::custom;
}

} // namespace logos::config
