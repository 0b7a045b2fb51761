// SPDX-License-Identifier: MIT
#include "tests/storage/store_fixture.hpp"

#include <limits>

namespace logos::test {
namespace {

using namespace storage;
using core::ec;

class money : public store_suite {
protected:
  process new_process(const std::string& name, std::int64_t user_id = 0) {
    process p;
    p.name = name;
    p.hash = secret().hash(name);
    p.user_id = user_id;
    return take(store_->create(p));
  }
  static budget of(std::int64_t process, std::string currency = "EUR") {
    return {{}, core::scope::process, process, core::budget_period::month, 1'500'000'000, std::move(currency), true};
  }
  static price euros(core::nano amount) {
    price p;
    p.valid_from = core::wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    p.per_k_tokens = amount;
    p.currency = "EUR";
    return p;
  }
  void book(std::uint64_t n, std::int64_t process, core::nano cost, std::uint16_t attempts = 1) {
    auto row = sample_row(n);
    row.ids.process_id = process;
    row.owner = {take(store_->find<storage::process>(process)).user_id, 0};
    row.cost_nano = cost;
    row.price_id = 4;
    row.attempts = attempts;
    const std::vector rows{row};
    EXPECT_EQ(take(store_->write_batch(rows, {}, {})).written, 1u);
  }
  static config_declarations settings_in(std::string currency) {
    config_declarations out;
    out.node = "node-a";
    out.live_nodes = {"node-a"};
    out.currency = std::move(currency);
    return out;
  }
  core::nano spent(core::scope scope, std::int64_t id, core::wall_time from) {
    const std::vector asked{past_query{scope, id, from, true}};
    return take(store_->read_past(asked, {})).answers.at(0).spent;
  }
  static constexpr core::wall_time long_ago{};
};

TEST_P(money, prices_limits_and_budgets_come_back_as_they_were_made) {
  const auto app = new_process("app");
  auto wanted = euros(123'456'789);
  wanted.token_type = "completion_reasoning_tokens";
  const auto made = take(store_->create(wanted));
  const auto found = take(store_->find<price>(made.id));
  EXPECT_EQ(found.per_k_tokens, 123'456'789);
  EXPECT_EQ(found.token_type, "completion_reasoning_tokens");
  EXPECT_EQ(found.valid_from, wanted.valid_from);
  EXPECT_EQ(found.model_id, 0);
  const auto rule =
      take(store_->create(limit{{}, core::scope::process, app.id, core::limit_kind::parallel_requests, 3}));
  EXPECT_EQ(take(store_->find<limit>(rule.id)).kind, core::limit_kind::parallel_requests);
  const auto purse = take(store_->create(of(app.id)));
  EXPECT_EQ(take(store_->find<budget>(purse.id)).amount, 1'500'000'000);
  EXPECT_EQ(take(store_->find<budget>(purse.id)).period, core::budget_period::month);
  const auto all = take(store_->load_catalog());
  EXPECT_EQ(all.prices.size(), 1u);
  EXPECT_EQ(all.limits.size(), 1u);
  EXPECT_EQ(all.budgets.size(), 1u);
}

TEST_P(money, nobody_has_two_budgets_for_one_period) {
  const auto app = new_process("app");
  take(store_->create(of(app.id)));
  EXPECT_EQ(store_->create(of(app.id)).error().code, ec::conflict);
}

TEST_P(money, what_is_there_already_is_named_with_all_of_its_key_and_its_row) {
  const auto app = new_process("app"), other = new_process("other");
  const auto refusal = [&](const auto& made) {
    EXPECT_FALSE(made);
    if (made) return std::string{};
    EXPECT_EQ(made.error().code, ec::conflict);
    return made.error().message;
  };
  const auto id = [](std::int64_t number) { return std::to_string(number); };
  const auto first = take(store_->create(of(app.id)));
  auto second = take(store_->create(of(other.id)));
  const auto taken = "there is already a budget with scope process, scope_id " + id(app.id) +
                     " and period month: budget " + id(first.id) + ". Change or remove that one instead.";
  EXPECT_EQ(refusal(store_->create(of(app.id))), taken);
  second.scope_id = app.id;
  EXPECT_EQ(refusal(store_->update(second, 0)), taken);
  const limit rule{{}, core::scope::process, app.id, core::limit_kind::parallel_requests, 3};
  const auto made = take(store_->create(rule));
  EXPECT_EQ(refusal(store_->create(rule)), "there is already a limit with scope process, scope_id " + id(app.id) +
                                               " and kind parallel_requests: limit " + id(made.id) +
                                               ". Change or remove that one instead.");
  auto price = euros(1);
  price.model_id = take(store_->create([] {
                     model m;
                     m.name = "gemma";
                     return m;
                   }()))
                       .id;
  const auto priced = take(store_->create(price));
  EXPECT_EQ(refusal(store_->create(price)), "there is already a price with model_id " + id(price.model_id) +
                                                " (\"gemma\"), provider_id null, token_type " + price.token_type +
                                                " and valid_from " + core::to_iso8601(price.valid_from) + ": price " +
                                                id(priced.id) + ". Change or remove that one instead.");
  take(store_->remove<budget>(first.id));
  EXPECT_TRUE(store_->update(second, 0)) << "it is free again";
}

TEST_P(money, a_rule_about_nobody_is_refused) {
  const auto refused = store_->create(of(77));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::bad_field);
  EXPECT_EQ(refused.error().param, "scope_id");
}

TEST_P(money, an_installation_has_one_currency) {
  const auto app = new_process("app");
  const auto first = take(store_->create(euros(1)));
  EXPECT_EQ(store_->create(of(app.id, "USD")).error().code, ec::conflict);
  auto changed = first;
  changed.currency = "USD";
  EXPECT_TRUE(store_->update(changed, 0)) << "the only one may change it";
  EXPECT_TRUE(store_->create(of(app.id, "USD")));
}

TEST_P(money, what_was_booked_stays_in_its_currency) {
  const auto app = new_process("app");
  auto only = take(store_->create(euros(1)));
  book(1, app.id, 100);
  only.currency = "USD";
  EXPECT_EQ(store_->update(only, 0).error().code, ec::conflict) << "its costs would be taken for dollars";
  take(store_->remove<price>(only.id));
  EXPECT_EQ(take(store_->load_catalog()).currency, "EUR");
  EXPECT_EQ(store_->create(of(app.id, "USD")).error().code, ec::conflict);
  EXPECT_TRUE(store_->create(of(app.id)));
}

TEST_P(money, settings_do_not_rename_what_was_booked) {
  auto settings = settings_in("EUR");
  take(store_->sync_config(settings));
  const auto app = new_process("app");
  book(1, app.id, 100);
  settings.currency = "USD";
  EXPECT_EQ(take(store_->sync_config(settings)).warnings.size(), 1U);
  EXPECT_EQ(take(store_->load_catalog()).currency, "EUR");
}

TEST_P(money, a_currency_that_nothing_was_booked_in_may_change) {
  auto settings = settings_in("EUR");
  take(store_->sync_config(settings));
  const auto app = new_process("app");
  book(1, app.id, 0);
  settings.currency = "USD";
  EXPECT_TRUE(take(store_->sync_config(settings)).warnings.empty());
  EXPECT_EQ(take(store_->load_catalog()).currency, "USD");
}

TEST_P(money, rules_go_with_those_they_are_about) {
  const auto ada = take(store_->create(user{{}, "ada", "", ""}));
  const auto app = new_process("app", ada.id);
  take(store_->create(of(app.id)));
  take(store_->create(limit{{}, core::scope::user, ada.id, core::limit_kind::requests_per_minute, 3}));
  take(store_->remove<user>(ada.id)); // and its process with it
  const auto all = take(store_->load_catalog());
  EXPECT_TRUE(all.budgets.empty());
  EXPECT_TRUE(all.limits.empty());
}

TEST_P(money, what_somebody_spent_is_the_sum_of_their_requests) {
  const auto ada = take(store_->create(user{{}, "ada", "", ""}));
  const auto one = new_process("one", ada.id), two = new_process("two", ada.id), other = new_process("other");
  book(1, one.id, 100);
  book(2, two.id, 20);
  book(3, other.id, 3);
  EXPECT_EQ(spent(core::scope::process, one.id, long_ago), 100);
  EXPECT_EQ(spent(core::scope::user, ada.id, long_ago), 120);
  const auto later = sample_row(1).timestamp_request + std::chrono::hours{24 * 3650};
  EXPECT_EQ(spent(core::scope::user, ada.id, later), 0);
  const auto found = take(store_->find_request(sample_row(1).request_id.str()));
  EXPECT_EQ(found.cost_nano, 100);
  EXPECT_EQ(found.price_id, 4);
}

TEST_P(money, recent_uses_are_the_requests_that_were_let_in) {
  const auto app = new_process("app");
  book(1, app.id, 0);
  book(2, app.id, 0, 0); // refused
  const std::vector asked{past_query{core::scope::process, app.id, long_ago, false}};
  const auto uses = take(store_->read_past(asked, {})).answers.at(0).uses;
  ASSERT_EQ(uses.size(), 1u);
  EXPECT_EQ(uses[0].at, sample_row(1).timestamp_request);
  EXPECT_EQ(uses[0].tokens, sample_row(1).usage.total_tokens);
}

TEST_P(money, every_version_of_a_price_is_found_also_when_it_is_removed_and_no_id_comes_twice) {
  auto p = take(store_->create(euros(1)));
  const auto id = p.id;
  EXPECT_EQ(p.version, 1);
  p.per_k_tokens = 2;
  p = take(store_->update(p, 0));
  EXPECT_EQ(take(store_->update(p, 0)).version, 2) << "what changes nothing is no version";
  p.token_type = "completion_tokens";
  p.valid_from += std::chrono::hours{30};
  p = take(store_->update(p, 0));
  EXPECT_EQ(p.version, 3);
  take(store_->remove<price>(id));
  const auto next = take(store_->create(euros(9)));
  EXPECT_GT(next.id, id) << "what the books name stays what it was";

  const auto first = take(store_->find_version<price>(id, 1)), second = take(store_->find_version<price>(id, 2)),
             third = take(store_->find_version<price>(id, 3));
  EXPECT_EQ(first.per_k_tokens, 1);
  EXPECT_EQ(second.per_k_tokens, 2);
  EXPECT_EQ(second.token_type, "prompt_tokens");
  EXPECT_EQ(second.valid_from, euros(0).valid_from);
  EXPECT_EQ(third.token_type, "completion_tokens");
  EXPECT_EQ(third.valid_from, p.valid_from);
  EXPECT_GE(third.updated_at, second.updated_at);
  for (const auto& each : {first, second, third}) {
    EXPECT_EQ(each.id, id);
    EXPECT_EQ(each.currency, "EUR");
    EXPECT_EQ(each.model_id, 0);
    EXPECT_EQ(each.created_at, p.created_at);
  }
  EXPECT_EQ(second.version, 2);
  for (const auto version : {0, 4})
    EXPECT_EQ(store_->find_version<price>(id, version).error().code, core::ec::resource_not_found);
  EXPECT_EQ(store_->find_version<price>(next.id + 1, 1).error().code, core::ec::resource_not_found);
}

TEST_P(money, versions_of_prices_from_before_events_told_them_are_counted) {
  auto p = take(store_->create(euros(1)));
  p.per_k_tokens = 2;
  p = take(store_->update(p, 0));
  // As the older program wrote them.
  if (on_postgres())
    query("alter table audit_log disable trigger audit_log_no_change");
  else
    query("drop trigger audit_log_no_update");
  query("update audit_log set after_change = replace(replace(after_change, '\"version\":1,', ''), '\"version\":2,', '')"
        " where resource = 'price'");
  EXPECT_EQ(query("select count(*) from audit_log where after_change like '%version%' and resource = 'price'"), "0");
  p.per_k_tokens = 3;
  p = take(store_->update(p, 0)); // by this one
  for (const auto version : {1, 2, 3})
    EXPECT_EQ(take(store_->find_version<price>(p.id, version)).per_k_tokens, version);
}

TEST_P(money, the_past_says_which_requests_are_part_of_it) {
  const auto app = new_process("app");
  book(1, app.id, 100);
  const std::vector asked{past_query{core::scope::process, app.id, long_ago, true}};
  const auto there = sample_row(1);
  const std::vector requests{past_request{there.request_id, there.timestamp_request},
                             past_request{sample_row(2).request_id, sample_row(2).timestamp_request}};
  const auto past = take(store_->read_past(asked, requests));
  EXPECT_EQ(past.answers.at(0).spent, 100);
  EXPECT_EQ(past.booked, std::vector{there.request_id});
}

TEST_P(money, a_request_is_part_of_the_past_however_long_before_it_came_its_id_was_made) {
  const auto app = new_process("app");
  auto late = sample_row(1); // a job's: its id is made before the database gives it the job
  late.ids.process_id = app.id;
  late.timestamp_request += std::chrono::minutes{2};
  const std::vector rows{late};
  EXPECT_EQ(take(store_->write_batch(rows, {}, {})).written, 1u);
  const std::vector requests{past_request{late.request_id, late.timestamp_request}};
  const auto past = take(store_->read_past({}, requests));
  EXPECT_EQ(past.booked, std::vector{late.request_id});
}

TEST_P(money, a_row_that_does_not_tell_whose_the_key_was_goes_to_whoever_has_it) {
  const auto ada = take(store_->create(user{{}, "ada", "", ""}));
  const auto app = new_process("app", ada.id), nobodys = new_process("nobodys");
  std::vector<finished> rows;
  for (const auto process : {app.id, nobodys.id, std::int64_t{4711}}) {
    auto& row = rows.emplace_back(sample_row(rows.size() + 1));
    row.ids.process_id = process;
    row.owner = unknown_owner;
    row.cost_nano = 100;
  }
  EXPECT_EQ(take(store_->write_batch(rows, {}, {})).written, 3u);
  EXPECT_EQ(take(store_->find_request(rows[0].request_id.str())).owner.user_id, ada.id);
  EXPECT_EQ(take(store_->find_request(rows[1].request_id.str())).owner.user_id, 0);
  EXPECT_EQ(take(store_->find_request(rows[2].request_id.str())).owner.user_id, 0);
  EXPECT_EQ(spent(core::scope::user, ada.id, long_ago), 100);
}

TEST_P(money, budgets_are_told_to_count_anew_by_a_new_catalog) {
  const auto before = take(store_->load_catalog());
  EXPECT_TRUE(store_->recount_budgets());
  const auto after = take(store_->load_catalog());
  EXPECT_GT(after.version, before.version);
  EXPECT_NE(after.counting, before.counting);
}

TEST_P(money, usage_tells_the_cost_by_user) {
  const auto ada = take(store_->create(user{{}, "ada", "", ""}));
  book(1, new_process("one", ada.id).id, 100);
  const std::vector by{usage_group::user};
  const auto sums = take(store_->usage(by, long_ago, core::wall_time::max()));
  ASSERT_EQ(sums.size(), 1u);
  EXPECT_EQ(sums[0].keys[0], std::to_string(ada.id));
  EXPECT_EQ(sums[0].names[0], "ada");
  EXPECT_EQ(sums[0].cost_nano, 100);
}

TEST_P(money, sums_that_no_integer_holds_are_the_largest_there_is) {
  constexpr auto most = std::numeric_limits<core::nano>::max();
  const auto rich = new_process("rich"), poor = new_process("poor");
  for (std::uint64_t n = 1; n <= 3; ++n)
    book(n, rich.id, most - 1);
  book(4, poor.id, 999'999'999);
  book(5, poor.id, 2);
  EXPECT_EQ(spent(core::scope::process, rich.id, long_ago), most);
  EXPECT_EQ(spent(core::scope::process, poor.id, long_ago), 1'000'000'001);
  const auto far = sample_row(1).timestamp_request + std::chrono::hours{24};
  const auto by_process = take(store_->usage(std::vector{usage_group::process}, long_ago, far));
  ASSERT_EQ(by_process.size(), 2u);
  EXPECT_EQ(by_process[0].cost_nano, most);
  EXPECT_EQ(by_process[1].cost_nano, 1'000'000'001);
}

TEST_P(money, what_is_on_the_books_can_be_priced_anew) {
  const auto app = new_process("app");
  for (std::uint64_t n = 1; n <= 5; ++n)
    book(n, app.id, 100);
  auto unknown = sample_row(6); // nobody knows what it used
  unknown.usage_source = core::usage_source::none;
  unknown.cost_nano = 7;
  auto other = sample_row(7);
  other.ids.model_id = 99;
  auto cut = sample_row(8); // a dying process left it, at what was held
  cut.usage_source = core::usage_source::partial;
  cut.timestamp_response = {};
  cut.cost_nano = 33;
  const std::vector rows{unknown, other, cut};
  take(store_->write_batch(rows, {}, {}));
  rerate_range range;
  range.from = sample_row(2).timestamp_request;
  range.to = sample_row(100).timestamp_request;
  range.model_id = 5;
  std::vector<std::string> seen;
  const repricer dearer = [&](const priced_request& r) {
    EXPECT_EQ(r.usage.prompt_tokens, 10);
    EXPECT_EQ(r.model_id, 5);
    seen.push_back(r.request_id);
    return new_cost{250, 0};
  };
  const auto run = [&](bool dry) {
    seen.clear();
    std::size_t changed = 0;
    std::string cursor;
    do {
      const auto batch = take(store_->rerate(range, cursor, 2, dearer, dry));
      changed += batch.changed;
      cursor = batch.next;
    } while (!cursor.empty());
    return changed;
  };
  const auto cost = [&](std::uint64_t n) {
    return take(store_->find_request(sample_row(n).request_id.str())).cost_nano;
  };
  EXPECT_EQ(run(true), 4u);
  EXPECT_EQ(cost(2), 100) << "it was only tried";
  EXPECT_EQ(run(false), 4u);
  EXPECT_EQ(seen.size(), 4u) << "each once";
  EXPECT_EQ(cost(1), 100) << "before the range";
  EXPECT_EQ(cost(2), 250);
  EXPECT_EQ(cost(5), 250);
  EXPECT_EQ(take(store_->find_request(sample_row(5).request_id.str())).price_id, 0);
  EXPECT_EQ(cost(6), 7);
  EXPECT_EQ(cost(7), 0);
  EXPECT_EQ(cost(8), 33);
  EXPECT_EQ(run(false), 0u) << "once is enough";
}

LOGOS_ON_BOTH(money);

} // namespace
} // namespace logos::test
