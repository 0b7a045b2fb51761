// SPDX-License-Identifier: MIT
#include "tests/storage/sums_fixture.hpp"

#include <deque>

namespace logos::test {
namespace {

using core::ec;

event_filter changes_of(std::string resource) {
  event_filter filter;
  filter.resource = std::move(resource);
  return filter;
}

class token_types : public sums {
protected:
  static token_type searches(std::string name = "web_search_requests", std::string part_of = {}) {
    token_type t;
    t.name = std::move(name);
    t.counted_from = "usage." + t.name;
    t.part_of = std::move(part_of);
    return t;
  }
  static price about(std::string type) {
    price p;
    p.token_type = std::move(type);
    p.valid_from = wall_time{sys_days{year{2026} / 1 / 1}};
    p.per_k_tokens = 5;
    p.currency = "EUR";
    return p;
  }
  ec refused(const auto& outcome) { return outcome ? ec::none : outcome.error().code; }
};

TEST_P(token_types, are_made_by_operators_beside_those_that_are_built_in) {
  const auto made = take(store_->create(searches("web_search_requests", "prompt_tokens")));
  EXPECT_GE(made.id, first_own_token_type);
  const auto found = take(store_->find<token_type>(made.id));
  EXPECT_EQ(found.counted_from, "usage.web_search_requests");
  EXPECT_EQ(found.part_of, "prompt_tokens");
  EXPECT_EQ(refused(store_->create(searches("WEB_search_requests"))), ec::conflict) << "the name";
  auto same_field = searches("another");
  same_field.counted_from = made.counted_from;
  EXPECT_EQ(refused(store_->create(same_field)), ec::conflict) << "nothing is billed twice";
  EXPECT_EQ(refused(store_->create(searches("prompt_tokens"))), ec::conflict);
  auto nothing = searches("nothing");
  nothing.counted_from.clear();
  EXPECT_EQ(refused(store_->create(nothing)), ec::bad_field);
  const auto events = take(store_->list_events(changes_of("token_type"), 0, 10));
  EXPECT_EQ(events.size(), 1U);
}

TEST_P(token_types, that_are_built_in_can_be_neither_removed_nor_renamed) {
  EXPECT_EQ(refused(store_->remove<token_type>(1)), ec::conflict);
  auto prompt = take(store_->find<token_type>(1));
  prompt.description = "what was asked";
  prompt = take(store_->update(prompt, prompt.version));
  EXPECT_EQ(prompt.description, "what was asked");
  prompt.name = "asked";
  EXPECT_EQ(refused(store_->update(prompt, prompt.version)), ec::conflict);
  prompt.name = "prompt_tokens";
  prompt.counted_from = "usage.x";
  EXPECT_EQ(refused(store_->update(prompt, prompt.version)), ec::conflict);
}

TEST_P(token_types, stay_as_long_as_prices_name_them) {
  EXPECT_EQ(refused(store_->create(about("web_search_requests"))), ec::bad_field) << "nothing is counted as that";
  EXPECT_EQ(refused(store_->create(about("total_tokens"))), ec::bad_field);
  auto type = take(store_->create(searches()));
  const auto priced = take(store_->create(about("web_search_requests")));
  EXPECT_EQ(query("select count(*) from token_prices where type_id = " + std::to_string(type.id)), "1");
  EXPECT_EQ(refused(store_->remove<token_type>(type.id)), ec::conflict);
  type.name = "searches";
  EXPECT_EQ(refused(store_->update(type, type.version)), ec::conflict);
  take(store_->remove<price>(priced.id));
  type = take(store_->update(type, type.version));
  take(store_->remove<token_type>(type.id));
  EXPECT_EQ(refused(store_->create(about("searches"))), ec::bad_field);
  EXPECT_GT(take(store_->create(searches("searches"))).id, type.id) << "the name is free, the id is not";
}

TEST_P(token_types, may_be_priced_by_a_file_once_they_are_there) {
  config_declarations declared;
  declared.node = "a";
  declared.file = "logos.yaml";
  declared.live_nodes = {"a"};
  declared.prices.push_back({"", "", about("web_search_requests")});
  const auto early = store_->sync_config(declared);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ec::bad_field);
  EXPECT_NE(early.error().message.find("logos.yaml, price \"* on *, web_search_requests from 2026-01-01"),
            std::string::npos)
      << early.error().message;
  EXPECT_NE(early.error().message.find("/admin/v1/token-types"), std::string::npos);
  EXPECT_EQ(query("select count(*) from prices"), "0") << "nothing is left half made";
  const auto type = take(store_->create(searches()));
  EXPECT_EQ(take(store_->sync_config(declared)).created, 1);
  EXPECT_EQ(refused(store_->remove<token_type>(type.id)), ec::conflict) << "as long as the file prices it";
  declared.prices.clear();
  take(store_->sync_config(declared));
  take(store_->remove<token_type>(type.id));
}

/// Whatever has been merged, and wherever in an hour a range begins and ends.
TEST_P(token_types, are_reported_as_a_plain_sum_over_all_requests_says) {
  const auto first = take(store_->create(searches("first"))).id, second = take(store_->create(searches("second"))).id;
  struct seen {
    wall_time at;
    std::int64_t process, count;
  };
  std::vector<seen> all;
  std::size_t counted = 0;
  for (int round = 0; round < 8; ++round) {
    std::vector<finished> rows;
    std::deque<std::string> texts;
    for (int i = 0; i < 20; ++i) {
      auto row = some_row();
      if (upto(2) != 0) {
        const std::vector<core::own_count> counts{{first, upto(9)}, {second, 1}};
        row.own_counts = texts.emplace_back(own_counts_json(counts));
        all.push_back({row.timestamp_request, row.ids.process_id, counts[0].count});
        ++counted;
      }
      rows.push_back(row);
    }
    take(store_->write_batch(rows, {}, {}));
    take(store_->write_batch(rows, {}, {})); // again: they are there already
    if (round % 2 == 1) take(store_->merge_sums(static_cast<int>(1 + upto(60))));
    const auto a = some_time(), b = some_time();
    const auto from = std::min(a, b), to = std::max(a, b);
    std::map<std::string, std::int64_t> expected, found;
    for (const auto& s : all)
      if (s.at >= from && s.at < to) expected[s.process == 0 ? "" : std::to_string(s.process)] += s.count;
    std::erase_if(expected, [](const auto& each) { return each.second == 0; });
    const std::vector groups{usage_group::process};
    for (const auto& row : take(store_->usage(groups, from, to)))
      for (const auto& c : row.own)
        if (c.type == first && c.count != 0) found[row.keys[0]] += c.count;
    EXPECT_EQ(found, expected) << "round " << round;
  }
  const std::vector<usage_group> none;
  const auto total = take(store_->usage(none, first_day - days{9}, first_day + days{99})).at(0).own;
  ASSERT_EQ(total.size(), 2U);
  EXPECT_EQ(total[1].count, static_cast<std::int64_t>(counted));
  EXPECT_EQ(query("select sum(token_count) from usage_tokens where type_id = " + std::to_string(second)),
            std::to_string(counted));
  EXPECT_EQ(query("select count(*) - count(distinct id) from usage_tokens"), "0") << "ids are unique there";
}

TEST_P(token_types, are_priced_anew_with_the_rest) {
  const auto type = take(store_->create(searches())).id;
  auto row = some_row();
  const auto counts = own_counts_json(std::vector<core::own_count>{{type, 3}});
  row.own_counts = counts;
  row.rate_id = 4;
  row.price_versions = "3@1*4@1";
  take(store_->write_batch(std::vector{row}, {}, {}));
  const rerate_range range{first_day - days{9}, first_day + days{99}, 0, 0};
  std::vector<core::own_count> seen;
  std::string before, versions = "2@1 8@3*9@1";
  const auto price = [&](const priced_request& r) {
    seen = r.own;
    before = r.price_versions;
    return new_cost{7, 8, 9, versions};
  };
  EXPECT_EQ(take(store_->rerate(range, {}, 10, price, false)).changed, 1U);
  EXPECT_EQ(seen, (std::vector<core::own_count>{{type, 3}}));
  EXPECT_EQ(before, "3@1*4@1");
  const std::string priced = "select cost_nano, price_id, rate_id, price_versions from log_entry";
  EXPECT_EQ(query(priced), "7|8|9|2@1 8@3*9@1");
  EXPECT_EQ(take(store_->list_requests({}, {}, 10)).rows.at(0).price_versions, versions);
  EXPECT_EQ(take(store_->rerate(range, {}, 10, price, false)).changed, 0U);
  versions = "2@2 8@3*9@1";
  EXPECT_EQ(take(store_->rerate(range, {}, 10, price, false)).changed, 1U) << "the same cost, of other versions";
  EXPECT_EQ(query(priced), "7|8|9|2@2 8@3*9@1");
  versions.clear();
  take(store_->rerate(range, {}, 10, price, false));
  EXPECT_EQ(query("select count(*) from log_entry where price_versions is null"), "1");
}

LOGOS_ON_BOTH(token_types);

TEST(own_counts, are_read_back_as_any_database_spells_them) {
  const std::vector<core::own_count> counts{{100, 3}, {107, 0}};
  EXPECT_EQ(own_counts_json(counts), R"({"100":3,"107":0})");
  EXPECT_EQ(read_own_counts(R"({"100":3,"107":0})"), counts);
  EXPECT_EQ(read_own_counts(R"({"100": 3, "107": 0})"), counts);
  EXPECT_TRUE(own_counts_json({}).empty());
  for (const auto* wrong : {"", "{}", "\"", "{\"x\":1}", "{\"100\"", "{\"100\":", "[1]"})
    EXPECT_TRUE(read_own_counts(wrong).empty()) << wrong;
}

/// What other currencies are worth.
class rates : public store_suite {
protected:
  static wall_time january(int day) { return wall_time{sys_days{year{2026} / 1 / static_cast<unsigned>(day)}}; }
  static price in(std::string currency, int day = 5) {
    price p;
    p.valid_from = january(day);
    p.per_k_tokens = 5;
    p.currency = std::move(currency);
    return p;
  }
  static rate of(std::string currency, int day, core::nano worth = 500'000'000) {
    rate r;
    r.currency = std::move(currency);
    r.valid_from = day == 0 ? wall_time{} : january(day);
    r.worth = worth;
    return r;
  }
  config_declarations file(std::vector<rate> declared, std::string currency = "EUR") {
    config_declarations out;
    out.node = "node-a";
    out.file = "/etc/logos.yaml";
    out.live_nodes = {"node-a"};
    out.currency = std::move(currency);
    out.rates = std::move(declared);
    return out;
  }
  ec refused(const auto& outcome) { return outcome ? ec::none : outcome.error().code; }
};

TEST_P(rates, let_prices_be_in_another_currency) {
  take(store_->sync_config(file({})));
  EXPECT_EQ(refused(store_->create(in("USD"))), ec::conflict);
  const auto made = take(store_->create(of("USD", 3)));
  EXPECT_EQ(refused(store_->create(in("USD", 2))), ec::conflict) << "there was none then";
  const auto price = take(store_->create(in("USD")));
  EXPECT_EQ(price.currency, "USD");
  EXPECT_EQ(refused(store_->create(of("EUR", 3))), ec::conflict) << "which is always worth 1";
  EXPECT_EQ(refused(store_->create(of("USD", 3))), ec::conflict) << "at that moment there is one";
  take(store_->create(of("USD", 9)));
  const auto loaded = take(store_->load_catalog());
  EXPECT_EQ(loaded.currency, "EUR");
  EXPECT_EQ(loaded.rates.size(), 2U);
  const auto events = take(store_->list_events(changes_of("rate"), 0, 10));
  EXPECT_EQ(events.size(), 2U);
  EXPECT_EQ(take(store_->find<rate>(made.id)).worth, 500'000'000);
}

TEST_P(rates, of_a_currency_keep_it_from_becoming_the_one_that_costs_are_in) {
  const auto worth = take(store_->create(of("USD", 3)));
  take(store_->create(in("USD")));
  auto row = sample_row(1);
  row.cost_nano = 12;
  EXPECT_EQ(take(store_->write_batch(std::vector{row}, {}, {})).written, 1U);
  EXPECT_EQ(take(store_->load_catalog()).currency, "EUR");
  EXPECT_EQ(refused(store_->remove<rate>(worth.id)), ec::conflict);
  EXPECT_EQ(refused(store_->create(in("EUR", 7))), ec::none);
}

TEST_P(rates, stay_as_long_as_prices_need_them) {
  take(store_->sync_config(file({})));
  auto made = take(store_->create(of("USD", 3)));
  const auto price_made = take(store_->create(in("USD")));
  EXPECT_EQ(refused(store_->remove<rate>(made.id)), ec::conflict);
  made.valid_from = january(6);
  EXPECT_EQ(refused(store_->update(made, made.version)), ec::conflict) << "too late for the price";
  made.valid_from = january(3);
  made.worth = 7;
  take(store_->update(made, made.version));
  take(store_->remove<price>(price_made.id));
  take(store_->remove<rate>(made.id));
}

TEST_P(rates, of_the_file_hold_until_one_of_the_api_begins) {
  auto declared = file({of("USD", 0)});
  declared.prices.push_back({"", "", in("USD")});
  EXPECT_EQ(take(store_->sync_config(declared)).created, 2);
  EXPECT_EQ(take(store_->sync_config(declared)).changed, 0);
  const auto of_file = take(store_->list<rate>(0, 10)).at(0);
  EXPECT_EQ(of_file.origin, core::origin::config);
  const auto change = store_->remove<rate>(of_file.id);
  ASSERT_FALSE(change);
  EXPECT_NE(change.error().message.find("/etc/logos.yaml"), std::string::npos);
  EXPECT_EQ(refused(store_->create(of("USD", 0))), ec::conflict);
  take(store_->create(of("USD", 4)));
  declared.rates[0].worth = 9;
  EXPECT_EQ(take(store_->sync_config(declared)).changed, 1);
  EXPECT_EQ(take(store_->sync_config(file({}))).disabled, 2) << "with its price";
  EXPECT_EQ(take(store_->list<rate>(0, 10)).size(), 1U) << "what the API made stays";
}

TEST_P(rates, that_left_the_file_stay_while_a_price_needs_them) {
  take(store_->sync_config(file({of("USD", 0)})));
  take(store_->create(in("USD")));
  const auto outcome = take(store_->sync_config(file({})));
  ASSERT_EQ(outcome.warnings.size(), 1U);
  EXPECT_NE(outcome.warnings[0].find("USD"), std::string::npos);
  EXPECT_EQ(take(store_->list<rate>(0, 10)).size(), 1U);
}

TEST_P(rates, do_not_change_what_budgets_are_in) {
  take(store_->create(in("EUR")));
  const auto outcome = take(store_->sync_config(file({}, "USD")));
  ASSERT_EQ(outcome.warnings.size(), 1U);
  EXPECT_EQ(take(store_->load_catalog()).currency, "EUR");
}

LOGOS_ON_BOTH(rates);

} // namespace
} // namespace logos::test
