// SPDX-License-Identifier: MIT
#pragma once
#include "tests/actors/administration_fixture.hpp"

namespace logos::tests {

/// Ann and Bob are users with a key each, Adam is an administrator.
class rights_test : public administration_fixture {
protected:
  struct person {
    std::int64_t user = 0;
    std::int64_t key = 0; // the process
    std::int64_t profile = 0;
    std::string user_at, key_at;
  };

  person person_of(const std::string& username, const std::string& role = "user", const std::string& more = {}) {
    person p;
    p.user = make("users", R"({"username":")" + username + R"(","role":")" + role + "\"}").number("id");
    const auto made = make("processes", R"({"name":"app","user_id":)" + std::to_string(p.user) + more + "}");
    p.key = made.number("id");
    p.profile = made.number("profile_id");
    p.user_at = "/admin/v1/users/" + std::to_string(p.user);
    p.key_at = "/admin/v1/processes/" + std::to_string(p.key);
    return p;
  }
  void permit(const person& p, const std::string& model) {
    make("permissions", R"({"profile_id":)" + std::to_string(p.profile) + R"(,"model":")" + model + "\"}");
  }
  std::string root_user_at() {
    return "/admin/v1/users/" + std::to_string(store().list<storage::user>(0, 1)->at(0).id);
  }
  std::size_t count(const reply& r) { return r.json()["data"].get_array().value().size(); }
  reply new_key(const person& p, const std::string& more = {}) {
    return call("POST", "/admin/v1/processes", R"({"name":"own")" + more + "}", p.key);
  }

  person bob = person_of("bob");
  person ann = person_of("ann");
  person adam = person_of("adam", "admin");
};

} // namespace logos::tests
