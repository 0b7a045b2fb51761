// SPDX-License-Identifier: MIT
#include "tests/storage/audit_fixture.hpp"

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

class audit : public audit_suite {
protected:
  /// The only event since the last call.
  audit_event only_event() {
    auto all = events();
    EXPECT_EQ(all.size(), seen_ + 1);
    seen_ = all.size();
    return all.empty() ? audit_event{} : all.front();
  }
  /// Makes, changes and removes one, and compares what the log says of it.
  template <class Entity, class Change>
  void live_through(Entity e, std::string_view noun, std::string_view made_says, Change&& change,
                    std::string_view changed_says) {
    SCOPED_TRACE(noun);
    const auto made = take(store_->create(e));
    const auto created = only_event();
    EXPECT_EQ(created.action, "create");
    EXPECT_EQ(created.resource, noun);
    EXPECT_EQ(created.resource_id, made.id);
    EXPECT_EQ(created.by.name, "boss");
    EXPECT_EQ(created.before, "");
    EXPECT_NE(created.after.find(made_says), std::string::npos) << created.after;
    auto other = made;
    change(other);
    take(store_->update(other, 0));
    const auto updated = only_event();
    EXPECT_EQ(updated.action, "update");
    EXPECT_EQ(updated.resource_id, made.id);
    EXPECT_EQ(updated.before, created.after);
    EXPECT_NE(updated.after.find(changed_says), std::string::npos) << updated.after;
    take(store_->remove<Entity>(made.id));
    const auto removed = only_event();
    EXPECT_EQ(removed.action, "remove");
    EXPECT_EQ(removed.resource, noun);
    EXPECT_EQ(removed.before.find("\"changed\""), std::string::npos) << "the state, not how it came to be";
    EXPECT_EQ(removed.after, "");
  }

  std::size_t seen_ = 0;
};

TEST_P(audit, every_change_of_every_kind_leaves_exactly_one_event) {
  live_through(
      user{{}, "ada", "Ada", ""}, "user", R"("prename":"Ada")", [](user& u) { u.prename = "A"; }, R"("prename":"A")");
  live_through(
      service{{}, "mail"}, "service", R"({"version":1,"name":"mail"})", [](service& s) { s.name = "post"; },
      R"({"version":2,"name":"post"})");
  process p;
  p.name = "app";
  p.hash = secret().hash("lg-app");
  p.settings = R"({"rate_limit_rpm":5})";
  live_through(
      p, "process", R"("logos_key":"set")", [](process& x) { x.hash = secret().hash("lg-new"); },
      R"("logos_key":"changed")");
  const auto app = take(store_->create(p));
  only_event();
  live_through(
      profile{{}, "default", app.id}, "profile", "\"process_id\":" + std::to_string(app.id),
      [](profile& x) { x.name = "other"; }, R"("name":"other")");
  const auto own = take(store_->create(profile{{}, "default", app.id}));
  only_event();
  const auto m = new_model("gemma");
  only_event();
  live_through(
      permission{{}, own.id, 0}, "permission", R"("model_id":null)", [&](permission& x) { x.model_id = m.id; },
      "\"model_id\":" + std::to_string(m.id));
  provider server;
  server.name = "gpu";
  server.api_key = "sk-very-secret";
  server.reachable_from = {"node-a"};
  live_through(
      server, "provider", R"("reachable_from":["node-a"])", [](provider& x) { x.max_in_flight = 4; },
      R"("max_in_flight":4)");
  live_through(
      server, "provider", R"("api_key":"set")", [](provider& x) { x.api_key = "sk-other-secret"; },
      R"("api_key":"changed")");
  server = take(store_->create(server));
  only_event();
  model other;
  other.name = "other";
  live_through(
      other, "model", R"("enabled":true)", [](model& x) { x.enabled = false; }, R"("enabled":false)");
  deployment d;
  d.model_id = m.id;
  d.provider_id = server.id;
  d.api_key = "sk-deployed-secret";
  live_through(
      d, "deployment", R"("api_key":"set")", [](deployment& x) { x.parallel = 3; }, R"("parallel":3)");
  policy rule;
  rule.name = "cheap";
  live_through(
      rule, "policy", R"("entity_id":null)", [](policy& x) { x.threshold_cost = 3; }, R"("threshold_cost":3)");
  price cost;
  cost.per_k_tokens = 5;
  cost.currency = "EUR";
  live_through(
      cost, "price", R"("nano_per_k_tokens":5)", [](price& x) { x.per_k_tokens = 6; }, R"("nano_per_k_tokens":6)");
  live_through(
      limit{{}, core::scope::process, app.id, core::limit_kind::parallel_requests, 3}, "limit",
      R"("kind":"parallel_requests")", [](limit& x) { x.value = 9; }, R"("value":9)");
  live_through(
      budget{{}, core::scope::process, app.id, core::budget_period::month, 5, "EUR", true}, "budget", R"("hard":true)",
      [](budget& x) {
        x.hard = false;
        x.alert_secret = "whsec_told";
      },
      R"("hard":false)");

  const auto done = check(3);
  EXPECT_EQ(done.wrong, 0) << done.why;
  EXPECT_EQ(done.checked, static_cast<std::int64_t>(seen_));
  const auto everything = query("select * from audit_log");
  for (const auto& hidden :
       {std::string{"-secret"}, std::string{"deployed"}, std::string{"whsec"}, core::to_hex(secret().hash("lg-app")),
        std::string{"v1:"}, core::to_hex(secret().hash("lg-new"))})
    EXPECT_EQ(everything.find(hidden), std::string::npos) << hidden;
}

TEST_P(audit, what_goes_with_something_is_told_too) {
  process p;
  p.name = "app";
  p.hash = secret().hash("lg-app");
  p = take(store_->create(p));
  const auto own = take(store_->create(profile{{}, "default", p.id}));
  take(store_->create(permission{{}, own.id, 0}));
  take(store_->create(limit{{}, core::scope::process, p.id, core::limit_kind::parallel_requests, 3}));
  const auto before = events().size();
  take(store_->remove<process>(p.id));
  event_filter removed;
  removed.action = "remove";
  std::vector<std::string> gone;
  for (const auto& each : events(removed))
    gone.push_back(each.resource);
  EXPECT_EQ(events().size(), before + 4);
  EXPECT_EQ(gone, (std::vector<std::string>{"permission", "profile", "limit", "process"})) << "the newest first";
}

TEST_P(audit, a_key_that_still_works_for_a_while_is_not_told_either) {
  process p;
  p.name = "app";
  p.hash = secret().hash("lg-new");
  p.previous_hash = secret().hash("lg-old");
  p.allowed_models = {3, 12};
  p = take(store_->create(p));
  EXPECT_NE(only_event().after.find(R"("previous_key":"set")"), std::string::npos);
  p.previous_hash = secret().hash("lg-older");
  take(store_->update(p, 0));
  const auto changed = only_event();
  EXPECT_NE(changed.after.find(R"("previous_key":"changed")"), std::string::npos) << changed.after;
  EXPECT_NE(changed.after.find(R"("allowed_models":[3,12])"), std::string::npos) << changed.after;
  const auto everything = query("select * from audit_log");
  for (const auto* key : {"lg-new", "lg-old", "lg-older"})
    EXPECT_EQ(everything.find(core::to_hex(secret().hash(key))), std::string::npos) << key;
}

TEST_P(audit, a_change_that_was_refused_leaves_no_event) {
  const auto m = new_model("gemma");
  EXPECT_EQ(only_event().name, "gemma");
  model twin;
  twin.name = "gemma";
  EXPECT_FALSE(store_->create(twin));
  EXPECT_FALSE(store_->update(m, m.version + 7));
  EXPECT_FALSE(store_->remove<model>(m.id + 99));
  // Refused only after the rows were changed: nobody would be root any more.
  take(store_->first_start(secret().hash("root"), "lg-root"));
  const auto before = events().size();
  const auto all = take(store_->load_catalog());
  EXPECT_EQ(store_->remove<user>(all.users.at(0).id).error().code, ec::conflict);
  EXPECT_EQ(events().size(), before);
  EXPECT_EQ(check().wrong, 0);
}

TEST_P(audit, the_first_start_and_files_are_authors) {
  take(store_->first_start(secret().hash("root"), "lg-root"));
  event_filter mine;
  mine.author = "first start";
  EXPECT_EQ(events(mine).size(), 4u) << "user, process, profile, permission";
  EXPECT_EQ(events(mine).at(0).by.process_id, 0);
  take(store_->change_root_key(secret().hash("next"), "lg-next"));
  mine.author = "root_key setting";
  ASSERT_EQ(events(mine).size(), 1u);
  EXPECT_NE(events(mine)[0].after.find(R"("logos_key":"changed")"), std::string::npos);

  config_declarations declared;
  declared.node = "node-a";
  declared.file = "logos.yaml";
  declared.live_nodes = {"node-a"};
  provider gpu;
  gpu.name = "gpu";
  declared.providers.push_back(gpu);
  take(store_->sync_config(declared));
  declared.providers[0].parallel_capacity = 9;
  take(store_->sync_config(declared));
  take(store_->sync_config(declared)); // nothing new
  declared.providers.clear();
  take(store_->sync_config(declared));
  mine.author = "config file logos.yaml";
  const auto told = events(mine);
  ASSERT_EQ(told.size(), 3u) << "made, changed, disabled";
  EXPECT_EQ(told[2].action, "create");
  EXPECT_NE(told[1].after.find(R"("parallel_capacity":9)"), std::string::npos);
  EXPECT_NE(told[0].after.find(R"("enabled":false)"), std::string::npos);
  new_model("gemma");
  EXPECT_EQ(events().front().by.name, "boss") << "who it was before";
  EXPECT_EQ(check(2).wrong, 0);
}

TEST_P(audit, an_author_lasts_as_long_as_it_acts) {
  {
    const acting as{*store_, {3, "clerk", {}}};
    new_model("one");
  }
  new_model("two");
  store_->act_as({});
  new_model("three");
  const auto all = events();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[2].by.process_id, 3);
  EXPECT_EQ(all[2].by.address, "");
  EXPECT_EQ(all[1].by.name, "boss");
  EXPECT_EQ(all[1].by.address, "10.0.0.9");
  EXPECT_EQ(all[0].by.name, "logos");
}

TEST_P(audit, an_author_is_found_by_name_id_user_or_what_it_is) {
  const auto ann = take(store_->create(user{{}, "ann", "", ""}));
  process key;
  key.name = "laptop";
  key.hash = secret().hash("lg-laptop");
  key.user_id = ann.id;
  key = take(store_->create(key));
  const auto by = [&](author who, const std::string& made) {
    const acting as{*store_, std::move(who)};
    new_model(made);
  };
  by({key.id, key.name, "10.0.0.1"}, "by a key");
  by({0, "command line", "uid 1000 (eve)"}, "by command");
  by({0, "config file /etc/logos.yaml", {}}, "by a file");
  by({key.id + 1, "ann's other", {}}, "by somebody else");
  const auto found = [&](const std::string& actor, std::int64_t id = 0) {
    event_filter which;
    which.author = actor;
    which.process_id = id;
    std::string names;
    for (const auto& e : events(which))
      names += (names.empty() ? "" : ", ") + e.name;
    return names;
  };
  EXPECT_EQ(found("laptop"), "by a key");
  EXPECT_EQ(found("ann"), "by a key") << "the user whose key it is";
  EXPECT_EQ(found(std::to_string(key.id), key.id), "by a key");
  EXPECT_EQ(found("command line"), "by command");
  EXPECT_EQ(found("eve"), "by command") << "the machine's user";
  EXPECT_EQ(found("config file"), "by a file");
  EXPECT_EQ(found("config file /etc/logos.yaml"), "by a file");
  EXPECT_EQ(found("config"), "by a file") << "whole words of the beginning";
  for (const auto* nobody : {"conf", "lap", "%", "1000", "command", "nobody"})
    EXPECT_EQ(found(nobody), nobody == std::string{"command"} ? "by command" : "") << nobody;
  take(store_->remove<user>(ann.id));
  EXPECT_NE(found("ann").find("by a key"), std::string::npos) << "also when the user is gone";
}

TEST_P(audit, what_changes_nothing_is_not_written) {
  process p;
  p.name = "app";
  p.hash = secret().hash("lg-app");
  p.settings = R"({"rate_limit_rpm":5})";
  p.expires_at = core::wall_time{std::chrono::seconds{1'900'000'000}};
  const auto key = take(store_->create(p));
  provider server;
  server.name = "cloud";
  server.base_url = "https://example.com";
  server.api_key = "sk-very-secret";
  const auto cloud = take(store_->create(server));
  const auto written = events().size();
  const auto catalog = take(store_->catalog_version());
  EXPECT_EQ(take(store_->update(key, key.version)).version, key.version);
  EXPECT_EQ(take(store_->update(cloud, 0)).version, cloud.version) << "sealed anew, but the same";
  EXPECT_EQ(events().size(), written);
  EXPECT_EQ(take(store_->catalog_version()), catalog);
  EXPECT_EQ(store_->update(key, key.version + 1).error().code, ec::precondition_failed) << "asked for all the same";
  auto other = cloud;
  other.api_key = "sk-another";
  EXPECT_GT(take(store_->update(other, 0)).version, cloud.version) << "a secret only";
  other = cloud;
  other.api_key = "";
  take(store_->update(other, 0));
  EXPECT_EQ(events().size(), written + 2);
}

TEST_P(audit, events_are_found_by_what_they_are_about) {
  const auto one = new_model("one");
  const auto two = new_model("two");
  take(store_->remove<model>(one.id));
  event_filter about;
  about.resource = "model";
  about.resource_id = one.id;
  EXPECT_EQ(events(about).size(), 2u);
  about.action = "remove";
  EXPECT_EQ(events(about).size(), 1u);
  event_filter by;
  by.process_id = 7;
  EXPECT_EQ(events(by).size(), 3u);
  by.process_id = 8;
  EXPECT_TRUE(events(by).empty());
  event_filter then;
  then.from = events()[1].at;
  EXPECT_EQ(events(then).size(), 2u);
  then.to = then.from;
  EXPECT_TRUE(events(then).empty());
  EXPECT_EQ(take(store_->list_events({}, 3, 1)).at(0).id, 2) << "the next page";
  EXPECT_EQ(take(store_->find_event(2)).resource_id, two.id);
  EXPECT_EQ(store_->find_event(4).error().code, ec::resource_not_found);
}

LOGOS_ON_BOTH(audit);

} // namespace
} // namespace logos::test
