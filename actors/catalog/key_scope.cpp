// SPDX-License-Identifier: MIT
#include "actors/catalog/key_scope.hpp"

#include <algorithm>

namespace logos::catalog {
namespace {

using core::ec;
using core::failure;

constexpr std::size_t longest_pattern = 256;

template <class List, class Text>
std::string listed(const List& list, Text text) {
  std::string out;
  for (const auto& each : list)
    out.append(out.empty() ? "" : ", ").append(text(each));
  return out;
}

/// Whether `inner` has something that nothing of `outer` covers; an empty list covers all.
template <class List, class Covers>
bool goes_beyond(const List& inner, const List& outer, Covers covers) {
  if (outer.empty()) return false;
  return inner.empty() || std::any_of(inner.begin(), inner.end(), [&](const auto& mine) {
           return std::none_of(outer.begin(), outer.end(), [&](const auto& theirs) { return covers(theirs, mine); });
         });
}

} // namespace

key_scope::key_scope(std::vector<std::int64_t> models, std::vector<std::string> endpoints,
                     const std::vector<std::string>& addresses, std::vector<std::string>* complaints)
    : models_{std::move(models)},
      endpoints_{std::move(endpoints)},
      any_address_{addresses.empty()} {
  std::sort(models_.begin(), models_.end());
  for (const auto& text : addresses)
    if (auto parsed = parse_allowed_address(text))
      networks_.push_back(std::move(*parsed));
    else if (complaints != nullptr)
      complaints->push_back(parsed.error().message);
}

bool key_scope::permits_model(std::int64_t id) const {
  return models_.empty() || std::binary_search(models_.begin(), models_.end(), id);
}

failure key_scope::check_address(std::string_view client) const {
  if (any_address_) return {};
  const auto address = core::parse_peer(client);
  if (address &&
      std::any_of(networks_.begin(), networks_.end(), [&](const core::ip_network& n) { return n.contains(*address); }))
    return {};
  if (!address)
    return {ec::out_of_scope, "This key may be used from certain addresses only, and the client's is not known: the "
                              "proxy before the gateway does not tell it in X-Forwarded-For or Forwarded. Its scope "
                              "allows the addresses " +
                                  listed(networks_, [](const core::ip_network& n) { return n.str(); }) + "."};
  return {ec::out_of_scope, "This key may not be used from " + std::string{client} +
                                ": its scope allows the addresses " +
                                listed(networks_, [](const core::ip_network& n) { return n.str(); }) + "."};
}

failure key_scope::check(std::string_view path, std::string_view client) const {
  if (auto bad = check_address(client); bad.code != ec::none) return bad;
  const auto allows = [&](const std::string& pattern) { return matches_pattern(pattern, path); };
  if (endpoints_.empty() || std::any_of(endpoints_.begin(), endpoints_.end(), allows)) return {};
  return {ec::out_of_scope, "This key may not be used at " + std::string{path.substr(0, 200)} +
                                ": its scope allows the endpoints " +
                                listed(endpoints_, [](const std::string& e) { return e; }) + "."};
}

std::string_view key_scope::exceeds(const key_scope& outer) const {
  if (goes_beyond(models_, outer.models_, std::equal_to<>{})) return "allowed_models";
  if (goes_beyond(endpoints_, outer.endpoints_, covers_pattern)) return "allowed_endpoints";
  const auto covers = [](const core::ip_network& theirs, const core::ip_network& mine) { return theirs.covers(mine); };
  if (!outer.any_address_ && (any_address_ || goes_beyond(networks_, outer.networks_, covers)))
    return "allowed_addresses";
  return {};
}

boost::system::result<core::ip_network, failure> parse_allowed_address(std::string_view text) {
  auto parsed = core::parse_network(text);
  if (parsed && core::unmapped(parsed->base) != parsed->base)
    return failure{ec::bad_field,
                   "'" + std::string{text} + "' is IPv4 in IPv6's notation; write it as IPv4, such as 10.0.0.0/8."};
  return parsed;
}

failure check_pattern(std::string_view pattern) {
  const auto odd = [](char c) { return c <= ' ' || c >= 0x7f || c == '*' || c == '?' || c == '#' || c == '\\'; };
  const auto body = pattern.ends_with('*') ? pattern.substr(0, pattern.size() - 1) : pattern;
  if (body.starts_with('/') && pattern.size() <= longest_pattern && std::none_of(body.begin(), body.end(), odd))
    return {};
  return {ec::bad_field, "'" + std::string{pattern.substr(0, 100)} +
                             "' is no path such as /v1/chat/completions or /v1/embeddings*: it begins with a slash, "
                             "a * stands at its end only, and it has no query."};
}

bool matches_pattern(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with('*')) return path.starts_with(pattern.substr(0, pattern.size() - 1));
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (pattern.size() > 1 && pattern.ends_with('/')) pattern.remove_suffix(1);
  return path == pattern;
}

bool covers_pattern(std::string_view outer, std::string_view inner) {
  if (!outer.ends_with('*')) return outer == inner;
  outer.remove_suffix(1);
  if (inner.ends_with('*')) inner.remove_suffix(1);
  return inner.starts_with(outer);
}

} // namespace logos::catalog
