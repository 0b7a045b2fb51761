// SPDX-License-Identifier: MIT
#include "actors/ingress/recognition.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>

namespace logos::ingress {
namespace {

/// What is taken of strangers, and parsed on an I/O thread.
constexpr std::size_t most_body_with_key = 64 * 1024;

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

bool may_bring_key(const net::request_view& head) {
  const auto text = head.find("content-length");
  std::size_t length = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), length);
  return wrong == std::errc{} && end == text.data() + text.size() && length <= most_body_with_key;
}

std::string find_key_in_body(const net::request_view& request) {
  if (request.body.size() > most_body_with_key) return {};
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

} // namespace logos::ingress
