// SPDX-License-Identifier: MIT
#include "actors/ingress/recognition.hpp"

#include "actors/catalog/passages.hpp"
#include "actors/ingress/client_key.hpp"
#include "actors/ingress/key_refusals.hpp"

#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <string>

namespace logos::ingress {
namespace {

/// The key that a connection used last, with its hash.
class key_memo final : public net::connection_memo {
public:
  key_memo(std::string_view key, const core::key_hash& of_key, std::uint64_t catalog_version)
      : hash{of_key},
        version{catalog_version},
        key_{key} {}

  bool matches(std::string_view key) const { return core::equal_in_constant_time(key_, key); }

  const core::key_hash hash;
  const std::uint64_t version;

private:
  std::string key_;
};

std::string_view trimmed(std::string_view s) {
  while (s.starts_with(' ') || s.starts_with('\t'))
    s.remove_prefix(1);
  while (s.ends_with(' ') || s.ends_with('\t'))
    s.remove_suffix(1);
  return s;
}

} // namespace

const catalog::principal* recognise(net::exchange& x, std::string_view key, const catalog::snapshot& catalog,
                                    const core::secret_key& secret, core::wall_time now) {
  auto& memo = x.memo();
  if (const auto* known = static_cast<const key_memo*>(memo.get());
      known != nullptr && known->version == catalog.version && known->matches(key))
    return catalog.find_key(known->hash, now);
  const auto hash = secret.hash(key);
  const auto* who = catalog.find_key(hash, now);
  if (who != nullptr) memo = std::make_unique<key_memo>(key, hash, catalog.version);
  return who;
}

std::string find_key_in_body(const net::request_view& request) {
  if (request.body.find("\"logos_key\"") == std::string_view::npos) return {}; // what has no such word is not parsed
  simdjson::dom::parser parser;
  std::string_view key;
  // The exchange keeps readable bytes behind its body.
  if (parser.parse(request.body.data(), request.body.size(), false)["logos_key"].get(key) != simdjson::SUCCESS)
    return {};
  return std::string{key};
}

const core::key_hash& recognised_key(net::exchange& x) { return static_cast<const key_memo&>(*x.memo()).hash; }

const catalog::principal* find_holder(std::int64_t process_id, const catalog::snapshot& catalog, core::wall_time now) {
  const auto at = std::find_if(catalog.principals.begin(), catalog.principals.end(),
                               [&](const catalog::principal& p) { return p.process_id == process_id; });
  if (at == catalog.principals.end()) return nullptr;
  return at->expires != core::wall_time{} && at->expires <= now ? nullptr : &*at;
}

boost::system::result<visitor, core::failure> receive_visitor(net::exchange& x, const net::route_match& route,
                                                              const std::shared_ptr<execution::visitors>& at,
                                                              const catalog::snapshot& catalog,
                                                              const core::secret_key& secret) {
  const bool relayed =
      route.to == net::route::inference || route.to == net::route::models_list || route.to == net::route::model_one;
  const auto key = at && relayed ? find_client_key(x.request()) : std::string_view{};
  if (key.empty()) return useless_key();
  visitor out;
  out.key = secret.hash(key);
  if (catalog.keys.contains(out.key) || catalog.ending_keys.contains(out.key)) return useless_key(); // has expired
  const auto passage = catalog::choose_passage(catalog, trimmed(x.request().find("provider")));
  if (!passage) return passage.error();
  out.passage = *passage;
  if (x.attached)
    out.seat.reset(static_cast<execution::visitors::seat*>(x.attached.release()));
  else
    out.seat = at->admit(x.client_address());
  if (!out.seat)
    return core::failure{core::ec::queue_full,
                         "From this address come " + std::to_string(at->per_address()) +
                             " requests with clients' own keys already: no more at a time (limits.queue_per_key).",
                         "", 1};
  return out;
}

net::route_match relayed_route(std::string_view path, const net::route_match& route) {
  auto out = route;
  out.to = net::route::inference;
  if (route.to == net::route::models_list) out.rest = "models";
  if (route.to == net::route::model_one) { // `rest` is the name; what is asked for begins one segment earlier
    const auto name = static_cast<std::size_t>(route.rest.data() - path.data());
    out.rest = path.substr(path.rfind('/', name - 2) + 1);
  }
  return out;
}

const catalog::principal& nobody() {
  static const catalog::principal none;
  return none;
}

} // namespace logos::ingress
