// SPDX-License-Identifier: MIT
#include "storage/open.hpp"
#include "tests/actors/ingress_fixture.hpp"

namespace logos::ingress {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view anns = "lg-ann-key", anns_other = "lg-ann-other", bobs = "lg-bob-key";
constexpr std::string_view services = "lg-service-key", services_other = "lg-service-other", admins = "lg-admin-key";
constexpr std::string_view input_to_gemma = R"({"model":"gemma","input":"x"})";

/// A REGISTRY with a database that may be away.
class reading_registry {
public:
  using handle = actors::registry_actor;
  reading_registry(actors::self_pointer<reading_registry> self, storage::store* in, bool* away, int* asked)
      : self_{self},
        in_{in},
        away_{away},
        asked_{asked} {}
  handle::behavior_type make_behavior() {
    return {
        [this](const actors::store_job& job) -> actors::store_reply {
          ++*asked_;
          if (!*away_) return job.run(*in_);
          using owners = storage::result<std::vector<storage::stored_object>>;
          return std::make_shared<owners>(core::failure{core::ec::storage_away, "nobody is there"});
        },
        [this](atom::status) { return self_->vitals("reading"); },
    };
  }

private:
  actors::self_pointer<reading_registry> self_;
  storage::store* in_;
  bool* away_;
  int* asked_;
};

/// Requests that name what a provider keeps.
class ingress_stored_test : public ingress_test {
protected:
  ingress_stored_test() {
    store_ = *storage::open_store({.data_dir = database_.path()}, tests::test_secret());
    EXPECT_TRUE(store_->migrate());
    at_->next.registry = host<reading_registry>("registry", store_.get(), &away_, &asked_);
    adopt(people(2));
  }
  static std::shared_ptr<catalog::snapshot> people(std::uint64_t version) {
    auto s = tests::small_catalog(version);
    add(*s, 11, anns, 1, 0);
    add(*s, 12, anns_other, 1, 0);
    add(*s, 13, bobs, 2, 0);
    add(*s, 14, services, 0, 5);
    add(*s, 15, services_other, 0, 5);
    add(*s, 16, admins, 3, 0, core::role::admin);
    return s;
  }
  static void add(catalog::snapshot& s, std::int64_t process, std::string_view key, std::int64_t user,
                  std::int64_t service, core::role role = core::role::user) {
    catalog::principal who;
    who.process_id = process;
    who.user_id = user;
    who.service_id = service;
    who.role = role;
    who.name = "process-" + std::to_string(process);
    who.profiles.push_back({process * 10, "default", false, {1}});
    s.keys.emplace(tests::test_secret().hash(key), s.principals.size());
    s.principals.push_back(std::move(who));
  }

  boost::intrusive_ptr<fake_exchange> ask_for(std::string_view key, std::string_view path,
                                              std::string_view method = "GET") {
    auto x = make_exchange(method, path, {{"authorization", "Bearer " + std::string{key}}});
    tell(ingress_, atom::handle_v, net::exchange_ptr{x});
    brought_.push_back(x);
    return x;
  }
  /// Has the key make a response at provider 1.
  void make(std::string_view key, const std::string& id) {
    const auto x = bring(key, input_to_gemma, "/v1/responses");
    offer_for(1);
    ASSERT_EQ(x->relayed.size(), 1U);
    EXPECT_TRUE(x->relayed[0].call.tells_object);
    auto& observer = *x->relayed[0].observer;
    observer.head(200, {});
    observer.stored(id);
    auto outcome = whole_answer();
    outcome.object_id = id;
    observer.ending(outcome);
    observer.ended(outcome);
    run();
  }
  /// As another node would have, or this one before it was started again.
  void write(const std::string& id, std::int64_t process) {
    storage::finished row;
    row.request_id = ids_.next(clock().wall());
    row.timestamp_request = clock().wall();
    row.ids.process_id = process;
    row.stored_object = execution::mark_of(1, object_kind::response, id);
    EXPECT_TRUE(store_->write_batch(std::vector{row}, {}, {}));
  }
  /// How many tickets there were, at each provider.
  std::pair<std::size_t, std::size_t> tickets() { return {logs_[1].tickets.size(), logs_[2].tickets.size()}; }
  static std::string without(std::string text, const std::string& id) {
    for (auto at = text.find(id); at != text.npos; at = text.find(id))
      text.erase(at, id.size());
    return text;
  }

  test::temporary_folder database_;
  std::unique_ptr<storage::store> store_;
  core::uuid_source ids_{7};
  bool away_ = false;
  int asked_ = 0;
};

TEST_F(ingress_stored_test, whoever_made_it_reaches_its_provider_and_no_other) {
  make(anns, "resp_1");
  const auto before = tickets();
  ask_for(anns, "/v1/responses/resp_1");
  bring(anns, "{}", "/v1/responses/resp_1/cancel");
  ask_for(anns, "/v1/responses/resp_1", "DELETE");
  bring(anns, R"({"model":"gemma","input":"x","previous_response_id":"resp_1"})", "/v1/responses");
  EXPECT_EQ(tickets(), std::pair(before.first + 4, before.second));
  EXPECT_EQ(asked_, 0) << "this node knows";
}

TEST_F(ingress_stored_test, keys_of_the_same_user_and_of_the_same_service_may_use_it) {
  make(anns, "resp_1");
  make(services, "resp_2");
  const auto before = tickets().first;
  ask_for(anns_other, "/v1/responses/resp_1");
  ask_for(services_other, "/v1/responses/resp_2");
  EXPECT_EQ(tickets().first, before + 2);
}

TEST_F(ingress_stored_test, what_is_somebody_elses_is_told_as_if_it_were_not_there) {
  make(anns, "resp_1");
  const auto before = tickets();
  const auto theirs = ask_for(bobs, "/v1/responses/resp_1");
  const auto nobodys = ask_for(bobs, "/v1/responses/resp_9");
  const auto continued =
      bring(bobs, R"({"model":"gemma","input":"x","previous_response_id":"resp_1"})", "/v1/responses");
  const auto conversation = bring(bobs, R"({"model":"gemma","conversation":{"id":"resp_1"}})", "/v1/responses");
  for (int i = 0; i < 7; ++i) { // both at the same moment
    EXPECT_EQ(theirs->status(), nobodys->status());
    advance(250ms);
  }
  EXPECT_EQ(theirs->status(), 404);
  EXPECT_EQ(without(theirs->body(), "resp_1"), without(nobodys->body(), "resp_9"));
  EXPECT_EQ(continued->status(), 404);
  EXPECT_NE(continued->body().find("previous_response_id"), std::string::npos) << continued->body();
  EXPECT_EQ(conversation->status(), 404);
  EXPECT_EQ(tickets(), before);
  EXPECT_TRUE(accounts_.claims.empty());
}

TEST_F(ingress_stored_test, the_database_is_asked_as_often_for_what_is_somebody_elses) {
  make(anns, "resp_1");
  ask_for(bobs, "/v1/responses/resp_1");
  advance(2s);
  const auto theirs = std::exchange(asked_, 0);
  ask_for(bobs, "/v1/responses/resp_9");
  advance(2s);
  EXPECT_EQ(theirs, asked_);
  away_ = true;
  EXPECT_EQ(ask_for(bobs, "/v1/responses/resp_1")->status(), 503) << "as for any other";
  EXPECT_EQ(ask_for(bobs, "/v1/responses/resp_9")->status(), 503);
}

TEST_F(ingress_stored_test, administrators_and_root_may_use_what_nobody_knows) {
  for (const bool away : {false, true}) {
    away_ = away;
    const auto before = tickets().first + logs_[3].tickets.size();
    const auto admin = ask_for(admins, "/v1/responses/resp_9");
    const auto root = ask_for(tests::root_key, "/v1/responses/resp_9", "DELETE"); // by whichever provider
    EXPECT_EQ(tickets().first + logs_[3].tickets.size(), before + 2) << away;
    EXPECT_EQ(admin->status(), 0);
    EXPECT_EQ(root->status(), 0);
  }
}

TEST_F(ingress_stored_test, what_nobody_knows_is_looked_for_again_for_a_while) {
  const auto x = ask_for(anns, "/v1/responses/resp_9");
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(x->status(), 0);
  advance(1700ms);
  EXPECT_EQ(x->status(), 0);
  advance(100ms);
  EXPECT_EQ(x->status(), 404);
  EXPECT_NE(x->body().find("not_found"), std::string::npos);
  EXPECT_EQ(asked_, 4);
  advance(5s);
  EXPECT_EQ(asked_, 4);
}

TEST_F(ingress_stored_test, the_database_tells_what_other_nodes_have_seen) {
  write("resp_1", 11);
  const auto before = tickets().first;
  ask_for(anns, "/v1/responses/resp_1");
  ask_for(anns, "/v1/responses/resp_1");
  EXPECT_EQ(tickets().first, before + 2);
  EXPECT_EQ(asked_, 1) << "then this node knows";
  const auto late = ask_for(bobs, "/v1/responses/resp_2");
  advance(300ms);
  write("resp_2", 13); // its row was still in a journal
  advance(600ms);
  EXPECT_EQ(tickets().first, before + 3);
  EXPECT_EQ(late->status(), 0);
}

TEST_F(ingress_stored_test, while_the_database_is_away_what_this_node_knows_goes_on) {
  make(anns, "resp_1");
  away_ = true;
  const auto before = tickets().first;
  ask_for(anns, "/v1/responses/resp_1");
  EXPECT_EQ(tickets().first, before + 1);
  const auto x = ask_for(anns, "/v1/responses/resp_2");
  EXPECT_EQ(x->status(), 503);
  EXPECT_NE(x->answer()->headers.find("retry-after"), std::string::npos);
  at_->next.registry = nullptr;
  EXPECT_EQ(ask_for(anns, "/v1/responses/resp_3")->status(), 503);
  EXPECT_EQ(tickets().first, before + 1);
}

TEST_F(ingress_stored_test, a_path_that_servers_may_differ_over_names_nobodys) {
  make(anns, "resp_1");
  const auto before = tickets();
  for (const auto* path : {"/v1/responses/resp_1;x", "/v1/responses//resp_1", "/v1/%72esponses/resp_1"}) {
    const auto x = ask_for(anns, path);
    advance(2s);
    EXPECT_EQ(x->status(), 404) << path;
  }
  EXPECT_EQ(tickets(), before);
  EXPECT_EQ(asked_, 0);
}

/// Its path would take the place of `…/cancel`, which costs nothing and is held at nothing.
TEST_F(ingress_stored_test, a_deployment_with_a_path_of_its_own_is_asked_for_nothing_else) {
  make(anns, "resp_1");
  const auto s = people(3);
  for (auto& d : s->deployments)
    d.route.fixed_path = "/v1/responses";
  adopt(s);
  const auto before = tickets();
  for (const auto key : {anns, admins, tests::root_key}) {
    const auto x = bring(key, input_to_gemma, "/v1/responses/resp_1/cancel");
    EXPECT_EQ(x->status(), 404) << key;
  }
  EXPECT_EQ(tickets(), before);
  EXPECT_EQ(bring(anns, input_to_gemma, "/v1/responses")->status(), 0) << "anything else goes there";
  const auto sent = tickets();
  EXPECT_NE(sent, before);
  for (const auto* path : {"/v1/embeddings", "/v1/responses/input_tokens", "/v1/responses/resp_1/input_items"})
    EXPECT_EQ(bring(tests::root_key, input_to_gemma, path)->status(), 404) << path << " is held for otherwise";
  EXPECT_EQ(tickets(), sent);
}

TEST_F(ingress_stored_test, a_client_that_leaves_meanwhile_is_forgotten) {
  const auto x = ask_for(anns, "/v1/responses/resp_9");
  x->is_gone = true;
  tell(ingress_, atom::gone_v, x->id());
  advance(3s);
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(ingress_stored_test, one_key_asks_for_so_many_at_once) {
  std::vector<boost::intrusive_ptr<fake_exchange>> all;
  for (int i = 0; i < 66; ++i)
    all.push_back(ask_for(bobs, "/v1/responses/resp_" + std::to_string(i)));
  EXPECT_EQ(all[63]->status(), 0);
  EXPECT_EQ(all[64]->status(), 429);
  EXPECT_EQ(ask_for(anns, "/v1/responses/resp_1")->status(), 0) << "another key does not mind";
  advance(2s);
  EXPECT_EQ(all[63]->status(), 404);
}

TEST_F(ingress_stored_test, its_row_tells_whose_it_is) {
  make(anns, "resp_1");
  const auto booked = rows();
  ASSERT_EQ(booked.size(), 1U);
  EXPECT_EQ(booked[0].stored_object, execution::mark_of(1, object_kind::response, "resp_1"));
  EXPECT_EQ(booked[0].ids.process_id, 11);
  EXPECT_EQ(booked[0].owner.user_id, 1);
}

TEST_F(ingress_stored_test, only_what_stores_something_is_read_for_it) {
  const auto x = bring(anns, R"({"model":"gemma","messages":[]})");
  offer_for(1);
  ASSERT_EQ(x->relayed.size(), 1U);
  EXPECT_FALSE(x->relayed[0].call.tells_object);
}

} // namespace
} // namespace logos::ingress
