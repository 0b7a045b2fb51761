// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <array>

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

constexpr std::string_view first = "the first secret key of all";
constexpr std::string_view second = "the second secret key of all";
constexpr std::string_view third = "the third secret key of all";

class rotation : public store_suite {
protected:
  rotation() {
    store_ = open(core::secret_key{first});
    take(store_->verify_secret());
    take(store_->first_start(store_->secret().hash("root"), "lg-root"));
    p_.name = "gpu";
    p_.base_url = "http://127.0.0.1:1";
    p_.api_key = "sk-provider";
    p_ = take(store_->create(p_));
    model m;
    m.name = "m";
    m = take(store_->create(m));
    deployment d;
    d.model_id = m.id;
    d.provider_id = p_.id;
    d.api_key = "sk-deployment";
    d_ = take(store_->create(d));
  }

  /// A store that has found out which key is at work.
  std::unique_ptr<store> verified(std::string_view key, std::string_view previous = {}) {
    auto out = open(core::secret_key{key, previous});
    take(out->verify_secret());
    return out;
  }
  secret_rotation rotate(std::string_view to = second, std::string_view from = first) {
    return take(verified(to, from)->rotate_secret({}));
  }
  std::string sealed_provider() { return query("select api_key from providers where id = " + std::to_string(p_.id)); }
  bool is_whole(store& by) {
    chain_check at;
    while (!at.done)
      at = take(by.check_events(at, 1000));
    EXPECT_EQ(at.why, "");
    return at.wrong == 0;
  }

  provider p_;
  deployment d_;
};

TEST_P(rotation, every_secret_opens_with_the_new_key_and_none_with_the_old) {
  const auto done = rotate();
  EXPECT_TRUE(done.replaced);
  EXPECT_EQ(done.secrets, 2u);
  auto fresh = verified(second);
  EXPECT_EQ(take(fresh->find<provider>(p_.id)).api_key, "sk-provider");
  EXPECT_EQ(take(fresh->find<deployment>(d_.id)).api_key, "sk-deployment");
  EXPECT_FALSE(core::secret_key{first}.open(sealed_provider()));
  EXPECT_TRUE(core::secret_key{second}.open(sealed_provider()));
}

TEST_P(rotation, the_old_key_is_refused_and_told_when_it_ended_and_a_third_one_too) {
  rotate();
  const auto refused = open(core::secret_key{first})->verify_secret();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  EXPECT_NE(refused.error().message.find("was replaced by `logos rotate-secret` at 20"), std::string::npos)
      << refused.error().message;
  const auto unknown = open(core::secret_key{third})->verify_secret();
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("another secret_key"), std::string::npos);
}

TEST_P(rotation, keys_stay_valid_also_over_a_second_one) {
  const auto hash = core::secret_key{first}.hash("root");
  rotate();
  EXPECT_EQ(verified(second)->secret().hash("root"), hash);
  rotate(third, second);
  auto last = verified(third);
  EXPECT_EQ(last->secret().hash("root"), hash);
  EXPECT_EQ(take(last->load_catalog()).processes.at(0).hash, hash);
  EXPECT_EQ(take(last->find<provider>(p_.id)).api_key, "sk-provider");
}

TEST_P(rotation, what_is_kept_elsewhere_and_was_sealed_before_still_opens) {
  const auto early = core::secret_key{first}.seal("a job's body");
  rotate();
  const auto later = verified(second)->secret().seal("another's");
  rotate(third, second);
  const auto last = verified(third);
  EXPECT_EQ(last->secret().open(early), "a job's body");
  EXPECT_EQ(last->secret().open(later), "another's");
  EXPECT_FALSE(core::secret_key{third}.open(early)) << "only with what the database has kept";
}

TEST_P(rotation, the_audit_log_is_sealed_anew_and_says_so) {
  rotate();
  auto fresh = verified(second);
  EXPECT_TRUE(is_whole(*fresh));
  const auto newest = take(fresh->list_events({}, 0, 1)).at(0);
  EXPECT_EQ(newest.resource, "secret_key");
  EXPECT_EQ(newest.action, "update");
  query("update installation set value = replace(value, '|', '|0') where name = 'audit_head'");
  chain_check at;
  while (!at.done)
    at = take(fresh->check_events(at, 1000));
  EXPECT_NE(at.wrong, 0) << "another end is found";
}

TEST_P(rotation, an_audit_log_whose_end_was_changed_gets_no_good_seal) {
  query("update installation set value = value || '0' where name = 'audit_head'");
  const auto before = sealed_provider();
  const auto refused = verified(second, first)->rotate_secret({});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("logos check --audit"), std::string::npos);
  EXPECT_EQ(sealed_provider(), before);
}

TEST_P(rotation, doing_it_again_changes_nothing) {
  rotate();
  const auto before = sealed_provider();
  const auto again = rotate();
  EXPECT_FALSE(again.replaced);
  EXPECT_EQ(again.secrets, 2u);
  EXPECT_EQ(sealed_provider(), before);
}

TEST_P(rotation, the_addresses_of_hooks_are_among_them_also_those_still_in_clear) {
  process app;
  app.name = "app";
  app.hash = secret().hash("app");
  budget b;
  b.scope_id = take(store_->create(app)).id;
  b.currency = "EUR";
  b.alert_url = "https://hooks.example.org/sealed";
  const auto sealed = take(store_->create(b)).id;
  b.period = core::budget_period::day;
  b.alert_url = "";
  take(store_->create(b));
  b.period = core::budget_period::week;
  const auto clear = take(store_->create(b)).id, gone = clear + 1;
  b.period = core::budget_period::hour;
  EXPECT_EQ(take(store_->create(b)).id, gone);
  take(store_->remove<budget>(gone));
  query("update budgets set alert_url = 'https://hooks.example.org/clear' where id = " + std::to_string(clear));
  query("update budgets set alert_url = 'v1:AAAA' where id = " + std::to_string(gone));
  const auto done = rotate();
  EXPECT_EQ(done.secrets, 4u) << "the keys of a provider and a deployment, and two addresses";
  EXPECT_EQ(done.dropped, 1u);
  auto fresh = verified(second);
  EXPECT_EQ(take(fresh->find<budget>(sealed)).alert_url, "https://hooks.example.org/sealed");
  EXPECT_EQ(take(fresh->find<budget>(clear)).alert_url, "https://hooks.example.org/clear");
  EXPECT_TRUE(
      core::secret_key{second}.open(query("select alert_url from budgets where id = " + std::to_string(clear))));
  EXPECT_EQ(rotate().secrets, 4u) << "once more finds them in order";
}

TEST_P(rotation, a_secret_that_opens_with_neither_key_stops_it_and_nothing_has_changed) {
  provider other = p_;
  other.name = "other";
  other = take(store_->create(other));
  query("update providers set api_key = 'v1:AAAA' where id = " + std::to_string(other.id));
  const auto before = sealed_provider();
  auto both = verified(second, first);
  const auto refused = both->rotate_secret({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  EXPECT_NE(refused.error().message.find("provider " + std::to_string(other.id)), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(sealed_provider(), before);
  take(open(core::secret_key{first})->verify_secret());
  EXPECT_EQ(both->secret().verifier(), core::secret_key{first}.verifier()) << "the store has gone back, too";
  take(both->remove<provider>(other.id));
  const auto done = take(both->rotate_secret({}));
  EXPECT_EQ(done.dropped, 1u) << "a removed one's is dropped";
}

TEST_P(rotation, a_node_with_both_keys_goes_on_while_it_happens) {
  auto node = verified(second, first);
  auto other = p_;
  other.name = "before";
  other = take(node->create(other));
  EXPECT_TRUE(core::secret_key{first}.open(query("select api_key from providers where name = 'before'")))
      << "who has the old key only must be able to read it";
  rotate();
  auto later = p_;
  later.name = "after";
  take(node->create(later));
  EXPECT_TRUE(core::secret_key{second}.open(query("select api_key from providers where name = 'after'")));
  EXPECT_EQ(take(node->load_catalog()).providers.size(), 3u);
  EXPECT_EQ(node->secret().hash("root"), core::secret_key{first}.hash("root"));
  EXPECT_TRUE(is_whole(*verified(second)));
}

TEST_P(rotation, a_node_with_the_old_key_only_neither_writes_nor_reads_what_it_cannot_open) {
  rotate();
  auto other = p_;
  other.name = "late";
  const auto refused = store_->create(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  EXPECT_NE(refused.error().message.find("start it again with the new one"), std::string::npos);
  EXPECT_FALSE(store_->load_catalog()) << "its catalog would have no provider keys";
  EXPECT_FALSE(store_->record({"rerate", "request", 0, {}, {}, {}}));
  EXPECT_EQ(query("select count(*) from providers"), "1");
}

TEST_P(rotation, is_refused_while_a_node_runs_that_does_not_know_the_new_key) {
  take(store_->note_secrets("node-a"));
  const std::array<std::string, 1> running{"node-a"};
  auto both = verified(second, first);
  const auto refused = both->rotate_secret(running);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::conflict);
  EXPECT_NE(refused.error().message.find("node-a"), std::string::npos);
  EXPECT_EQ(take(verified(first)->find<provider>(p_.id)).api_key, "sk-provider");
  take(verified(second, first)->note_secrets("node-a")); // it was started again with both
  EXPECT_TRUE(take(both->rotate_secret(running)).replaced);
}

LOGOS_ON_BOTH(rotation);

} // namespace
} // namespace logos::test
