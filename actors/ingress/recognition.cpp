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

boost::system::result<const catalog::principal*, core::failure>
recognise(net::exchange& x, std::string_view key, const catalog::snapshot& catalog, const core::secret_key& secret,
          core::wall_time now, execution::wrong_keys* watch) {
  auto& memo = x.memo();
  if (const auto* known = static_cast<const key_memo*>(memo.get());
      known != nullptr && known->version == catalog.version && known->matches(key))
    return catalog.find_key(known->hash, now);
  const auto hash = secret.hash(key);
  const auto* who = catalog.find_key(hash, now);
  if (who == nullptr) return who;
  // Nobody guesses a key that was made here; one that somebody has thought up may be a guess that has come true.
  if (watch != nullptr && !was_made_by_logos(key))
    if (const auto wait = watch->doubt(hash, x.client_address()); wait != 0) return too_many_wrong_keys(wait);
  memo = std::make_unique<key_memo>(key, hash, catalog.version);
  return who;
}

core::failure refusal_of_doubt(const net::exchange& x, core::failure why, execution::wrong_keys* watch) {
  if (watch != nullptr) watch->leave_unanswered(x.client_address());
  return why;
}

core::failure refusal_of_wrong_key(const net::exchange& x, core::failure why, execution::wrong_keys* watch) {
  if (watch == nullptr || why.code == core::ec::queue_full) return why;
  const auto wait = watch->note(x.client_address());
  return wait == 0 ? std::move(why) : refusal_of_doubt(x, too_many_wrong_keys(wait), watch);
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

namespace {

boost::system::result<visitor, core::failure> find_passage_for(net::exchange& x, const net::route_match& route,
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
  return out;
}

} // namespace

boost::system::result<visitor, core::failure>
receive_visitor(net::exchange& x, const net::route_match& route, const std::shared_ptr<execution::visitors>& at,
                const catalog::snapshot& catalog, const core::secret_key& secret, execution::wrong_keys* watch) {
  auto out = find_passage_for(x, route, at, catalog, secret);
  // Also where only the header `provider` is wrong: with a key that opens something the answer would be another, so
  // whoever guesses could tell by it, and no provider is asked, whose 401 would count.
  if (!out) return refusal_of_wrong_key(x, out.error(), watch);
  // It may be a guess at a Logos key, too: whoever is told no more is not told by the provider either.
  if (watch != nullptr)
    if (const auto wait = watch->doubt(out->key, x.client_address()); wait != 0)
      return refusal_of_doubt(x, too_many_wrong_keys(wait), watch);
  if (x.attached)
    out->seat.reset(static_cast<execution::visitors::seat*>(x.attached.release()));
  else
    out->seat = at->admit(x.client_address());
  if (!out->seat)
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
