// SPDX-License-Identifier: MIT
#pragma once
#include "storage/entities.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace logos::transfer {

/// Whose processes are: of those that were there before a file came, for what it says of them.
class holders {
public:
  void learn(const storage::user& u) { users_.emplace(u.id, u.username); }
  void learn(const storage::service& s) { services_.emplace(s.id, s.name); }
  void learn(const storage::process& p) { of_.emplace(p.id, holder{p.user_id, p.service_id}); }

  /// Where the process `here` has the key of the file's `p`, which is somebody else's by the file: a warning, for what
  /// the file says of that process goes to another's. Else empty. What `p` refers to has the database's ids.
  std::string warning(const storage::process& p, std::int64_t here, const std::string& where) const;

private:
  struct holder {
    std::int64_t user = 0;
    std::int64_t service = 0;
  };
  std::string described(const holder& of) const;

  std::map<std::int64_t, std::string> users_;
  std::map<std::int64_t, std::string> services_;
  std::map<std::int64_t, holder> of_; // by process
};

} // namespace logos::transfer
