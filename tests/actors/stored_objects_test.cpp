// SPDX-License-Identifier: MIT
#include "actors/execution/stored_objects.hpp"

#include <gtest/gtest.h>

namespace logos::execution {
namespace {

catalog::principal key_of(std::int64_t process, std::int64_t user = 0, std::int64_t service = 0,
                          core::role role = core::role::user) {
  catalog::principal who;
  who.process_id = process;
  who.user_id = user;
  who.service_id = service;
  who.role = role;
  return who;
}

TEST(may_use, is_said_to_the_process_its_user_and_its_service) {
  const storage::object_owner of{1, 2, 3};
  EXPECT_TRUE(may_use(key_of(1), of));
  EXPECT_TRUE(may_use(key_of(9, 2), of));
  EXPECT_TRUE(may_use(key_of(9, 0, 3), of));
  EXPECT_FALSE(may_use(key_of(9), of));
  EXPECT_FALSE(may_use(key_of(9, 3, 2), of)) << "a user is no service";
  EXPECT_FALSE(may_use(key_of(2, 1), of)) << "nor a process";
}

TEST(may_use, is_not_said_to_nobody_of_what_is_nobodys) {
  EXPECT_FALSE(may_use(key_of(9), {1, 0, 0}));
  EXPECT_FALSE(may_use(key_of(0), {0, 0, 0}));
}

TEST(may_use, is_said_to_administrators_and_root) {
  EXPECT_TRUE(may_use(key_of(9, 8, 0, core::role::admin), {1, 2, 3}));
  EXPECT_TRUE(may_use(key_of(9, 8, 0, core::role::root), {1, 2, 3}));
}

TEST(stored_objects, are_remembered_as_of_whoever_was_noted_first) {
  stored_objects all;
  const auto object = mark_of(1, ingress::object_kind::response, "resp_1");
  EXPECT_FALSE(all.find(object));
  all.note(object, {1, 2, 3});
  all.note(object, {9, 9, 9});
  EXPECT_EQ(all.find(object), (storage::object_owner{1, 2, 3}));
  EXPECT_FALSE(all.find(mark_of(2, ingress::object_kind::response, "resp_1"))) << "of another provider";
  EXPECT_FALSE(all.find(mark_of(1, ingress::object_kind::conversation, "resp_1"))) << "of another kind";
}

TEST(stored_objects, are_forgotten_when_nobody_has_asked_for_longest) {
  stored_objects all{2};
  const auto object = [](int n) { return mark_of(1, ingress::object_kind::video, std::to_string(n)); };
  all.note(object(1), {1, 0, 0});
  all.note(object(2), {2, 0, 0});
  EXPECT_TRUE(all.find(object(1)));
  all.note(object(3), {3, 0, 0});
  EXPECT_FALSE(all.find(object(2)));
  EXPECT_TRUE(all.find(object(1)));
  EXPECT_TRUE(all.find(object(3)));
  EXPECT_EQ(all.size(), 2U);
}

} // namespace
} // namespace logos::execution
