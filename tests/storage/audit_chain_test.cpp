// SPDX-License-Identifier: MIT
#include "tests/storage/audit_fixture.hpp"

#include <atomic>
#include <thread>

namespace logos::test {
namespace {

using namespace storage;

class audit_chain : public audit_suite {
protected:
  /// Past everything that stands in the way of it.
  void tamper(const std::string& sql) {
    if (on_postgres())
      query("drop trigger audit_log_no_change on audit_log");
    else
      query("drop trigger audit_log_no_update; drop trigger audit_log_no_delete");
    query(sql);
  }
};

TEST_P(audit_chain, nothing_that_was_written_can_be_changed) {
  new_model("one");
  for (const auto* sql : {"update audit_log set author = 'nobody'", "delete from audit_log"})
    EXPECT_THROW(query(sql), std::exception) << sql;
  if (on_postgres()) {
    EXPECT_THROW(query("truncate audit_log"), std::exception);
  }
  EXPECT_EQ(events().size(), 1u);
}

TEST_P(audit_chain, a_row_that_was_tampered_with_is_found) {
  for (const auto* name : {"one", "two", "three", "four"})
    new_model(name);
  ASSERT_EQ(check(2).wrong, 0);
  tamper("update audit_log set author = 'somebody else' where id = 3");
  EXPECT_EQ(check(2).wrong, 3);
  EXPECT_EQ(check().checked, 2);
  EXPECT_NE(check().why.find("event 3"), std::string::npos);
}

TEST_P(audit_chain, a_row_that_was_taken_out_is_found_also_at_the_end) {
  for (const auto* name : {"one", "two", "three", "four"})
    new_model(name);
  tamper("delete from audit_log where id = 4");
  EXPECT_EQ(check().wrong, 4);
  query("delete from audit_log where id = 2");
  EXPECT_EQ(check().wrong, 2);
}

TEST_P(audit_chain, a_chain_that_was_written_anew_without_the_secret_key_is_found) {
  new_model("one");
  const auto first = events().front();
  auto forged = first;
  forged.by.name = "somebody else";
  tamper("update audit_log set author = 'somebody else', hash = '" + hash_of(forged) + "'");
  query("update installation set value = '1|" + hash_of(forged) + "|" + hash_of(forged) +
        "' where name = 'audit_head'");
  EXPECT_EQ(check().wrong, 1);
  EXPECT_NE(check().why.find("secret key"), std::string::npos);
}

TEST_P(audit_chain, a_forged_log_stays_found_whatever_is_written_afterwards) {
  take(store_->verify_secret());
  for (const auto* name : {"one", "two", "three"})
    new_model(name);
  auto last = events()[1];
  tamper("delete from audit_log where id = 3");
  query("update installation set value = '2|" + last.hash + "|00' where name = 'audit_head'");
  EXPECT_NE(check().wrong, 0);
  new_model("four"); // nobody is kept from administering
  new_model("five");
  EXPECT_EQ(check().wrong, 3) << check().why;
  EXPECT_NE(check().why.find("changed past Logos"), std::string::npos) << check().why;
  EXPECT_EQ(take(store_->find_event(3)).action, "break");
  EXPECT_EQ(events().size(), 5u);
}

TEST_P(audit_chain, a_log_that_was_emptied_is_found) {
  take(store_->verify_secret());
  EXPECT_EQ(check().wrong, 0) << "there was nothing yet: " << check().why;
  new_model("one");
  tamper("delete from audit_log");
  query("update installation set value = '0||' where name = 'audit_head'");
  EXPECT_NE(check().why, "");
  new_model("two");
  EXPECT_EQ(check().wrong, 1) << check().why;
}

TEST_P(audit_chain, what_only_reads_like_what_was_written_is_found) {
  if (on_postgres()) GTEST_SKIP() << "its columns take nothing else";
  new_model("one");
  ASSERT_EQ(check().wrong, 0) << check().why;
  tamper("update audit_log set resource_id = resource_id + 0.5");
  EXPECT_EQ(check().wrong, 1);
  query("update audit_log set resource_id = cast(resource_id as integer)");
  ASSERT_EQ(check().wrong, 0) << check().why;
  query("update audit_log set happened_at = happened_at || ' '");
  EXPECT_EQ(check().wrong, 1);
}

TEST_P(audit_chain, what_was_null_and_is_nothing_now_is_found) {
  store_->act_as({0, "command line", {}});
  ASSERT_TRUE(store_->record({"rerate", "request", 0, {}, {}, {}}));
  store_->act_as({7, "boss", "10.0.0.9"});
  new_model("one");
  ASSERT_EQ(check().wrong, 0) << check().why;
  tamper("update audit_log set author_id = 0 where id = 1");
  for (const std::string column : {"author_id", "resource_id", "address", "name", "before_change", "after_change"}) {
    const std::string nothing = column.ends_with("_id") ? "0" : "''";
    query("update audit_log set " + column + " = " + nothing + " where id = 1");
    EXPECT_EQ(check().wrong, 1) << column;
    EXPECT_NE(check().why.find("not as it was written"), std::string::npos) << check().why;
    query("update audit_log set " + column + " = null where id = 1");
    EXPECT_EQ(check().wrong, 0) << column << ": " << check().why;
  }
}

TEST_P(audit_chain, the_chain_does_not_fork_when_many_write_at_once) {
  constexpr int writers = 4;
  constexpr int each = 12;
  std::vector<std::thread> threads;
  std::atomic<int> made = 0;
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([this, w, &made] {
      const auto own = open();
      for (int i = 0; i < each; ++i) {
        model m;
        m.name = std::to_string(w) + "-" + std::to_string(i);
        if (own->create(m)) ++made;
        // What is no entity's takes another way to the chain.
        if (own->record({"rerate", "request", 0, {}, {}, "{}"})) ++made;
        config_declarations declared;
        declared.node = "node-" + std::to_string(w);
        declared.file = declared.node;
        declared.live_nodes = {"node-0", "node-1", "node-2", "node-3"};
        provider p;
        p.name = "p" + std::to_string(w);
        p.parallel_capacity = i + 1;
        declared.providers = {p};
        if (own->sync_config(declared)) ++made;
      }
    });
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(made, writers * each * 3);
  const auto done = check(10);
  EXPECT_EQ(done.wrong, 0) << done.why;
  EXPECT_EQ(done.checked, writers * each * 3);
}

LOGOS_ON_BOTH(audit_chain);

} // namespace
} // namespace logos::test
