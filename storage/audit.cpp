// SPDX-License-Identifier: MIT
#include "storage/audit.hpp"

#include "core/error.hpp"
#include "core/secret.hpp"
#include "storage/store.hpp"

#include <openssl/evp.h>

#include <new>

namespace logos::storage {

std::string hash_of(const audit_event& event) {
  // JSON strings tell where each text ends: no two events have the same content.
  std::string content = event.previous_hash + "\n[" + std::to_string(event.id) + "," +
                        std::to_string(event.at.time_since_epoch().count()) + "," +
                        std::to_string(event.by.process_id) + "," + std::to_string(event.resource_id);
  for (const auto* text :
       {&event.by.name, &event.by.address, &event.action, &event.resource, &event.name, &event.before, &event.after})
    content += "," + core::json_string(*text);
  content += "]";
  core::key_hash digest{};
  unsigned length = digest.size();
  if (EVP_Digest(content.data(), content.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc{};
  return core::to_hex(digest);
}

acting::acting(store& in, author who) : in_{in}, before_{in.act_as(std::move(who))} {}

acting::~acting() { in_.act_as(std::move(before_)); }

} // namespace logos::storage
