// SPDX-License-Identifier: MIT
#include "actors/transfer/holders.hpp"

#include "core/error.hpp"

namespace logos::transfer {

std::string holders::warning(const storage::process& p, std::int64_t here, const std::string& where) const {
  const auto at = of_.find(here);
  if (at == of_.end()) return {};
  const bool nobodys = p.user_id == 0 && p.service_id == 0;
  // One who is not named in the file may have been added here.
  const auto fits = [&](std::int64_t said, std::int64_t is) { return said == is || (said == 0 && !nobodys); };
  if (fits(p.user_id, at->second.user) && fits(p.service_id, at->second.service)) return {};
  const auto process = std::to_string(here);
  return where + ": the process " + process + " has this key already, and belongs to " + described(at->second) +
         ", by the file to " + described({p.user_id, p.service_id}) +
         ". It stays whose it is, and the profiles, permissions and policies that the file has for it are added to it. "
         "Where that is wrong, change its owner with PATCH /admin/v1/processes/" +
         process + ", or give it a new key with: logos key rotate " + process;
}

std::string holders::described(const holder& of) const {
  const auto name = [](const auto& names, std::int64_t id) {
    const auto at = names.find(id);
    return at == names.end() ? std::to_string(id) : core::json_string(at->second);
  };
  std::string out;
  if (of.user != 0) out = "the user " + name(users_, of.user);
  if (of.service != 0) out.append(out.empty() ? "" : " and ").append("the service " + name(services_, of.service));
  return out.empty() ? "nobody" : out;
}

} // namespace logos::transfer
