// SPDX-License-Identifier: MIT
// What amounts are in, and what prices may be about.
#include "storage/sql/fields.hpp"
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <array>

namespace logos::storage::sql {
namespace {

// Of the table `installation`: what the settings say, and what amounts were last found to be in.
constexpr std::string_view currency_row = "currency";
constexpr std::string_view counted_row = "counted_in";
// Where neither the settings nor any price or budget says another; as in config/settings.hpp.
constexpr std::string_view usual_currency = "EUR";

core::failure other_currency(const std::string& home, const std::string& wanted) {
  return {core::ec::conflict,
          "the prices and budgets of this installation are in " + home + ", not in " + wanted +
              ": one installation counts in one currency ('currency' in logos.yaml); a price may be in another one "
              "from when on a rate at /admin/v1/rates says what that is worth",
          "currency"};
}

} // namespace

/// The rows' costs do not say what they are in: as long as there are any, it is what it was.
result<std::string> sql_store::counted_currency() {
  auto counted = installation_value(counted_row);
  if (!counted || counted->empty()) return counted;
  const std::string some = " where cost_units <> 0 or cost_rest <> 0";
  const auto costs =
      session_.run("select 1 from usage_total_hours" + some + " union all select 1 from " +
                   (dialect_ == dialect::sqlite ? "usage_unmerged" : "usage_deltas") + some + " limit 1");
  if (!costs) return costs.error();
  return costs->empty() ? std::string{} : std::move(*counted);
}

result<void> sql_store::note_currency(const std::string& home) {
  if (home.empty()) return {};
  const auto counted = installation_value(counted_row);
  if (!counted) return counted.error();
  return *counted == home ? result<void>{} : set_installation_value(counted_row, home);
}

result<bool> sql_store::has_rate(const std::string& currency) {
  const auto rated = session_.run("select 1 from rates where currency = $1 and deleted_at is null limit 1",
                                  {value{std::string_view{currency}}});
  if (!rated) return rated.error();
  return !rated->empty();
}

result<std::string> sql_store::home_currency() {
  auto settled = installation_value(currency_row);
  if (!settled || !settled->empty()) return settled;
  auto counted = counted_currency();
  if (!counted || !counted->empty()) return counted;
  const auto used = session_.run("select currency from budgets where deleted_at is null union all select currency from"
                                 " prices where deleted_at is null and currency not in (select currency from rates"
                                 " where deleted_at is null) limit 1");
  if (!used) return used.error();
  return used->empty() ? std::string{} : used->cells[0][0].value_or("");
}

result<void> sql_store::check_currency(const table& kind, std::int64_t id, const fields& values) {
  if (kind.name != "prices" && kind.name != "budgets" && kind.name != "rates") return {};
  if (kind.name == "prices")
    if (auto sound = check_priced(values); !sound) return sound;
  const auto wanted = value_of(kind, values, "currency");
  auto home = installation_value(currency_row);
  if (!home) return home.error();
  if (home->empty()) home = counted_currency();
  if (!home) return home.error();
  if (home->empty()) { // others have settled it, if there are any
    const auto mine = kind.name == "prices";
    const auto others = session_.run(
        "select currency from budgets where deleted_at is null and id <> $1 union all select currency from prices where"
        " deleted_at is null and id <> $2 and currency not in (select currency from rates where deleted_at is null)"
        " limit 1",
        {value{kind.name == "budgets" ? id : 0}, value{mine ? id : 0}});
    if (!others) return others.error();
    if (!others->empty()) {
      home = others->cells[0][0].value_or("");
    } else {
      if (kind.name == "rates") return {};
      const auto rated = kind.name == "prices" ? has_rate(wanted) : result<bool>{false};
      if (!rated) return rated.error();
      return note_currency(*rated ? std::string{usual_currency} : wanted);
    }
  }
  if (kind.name == "rates") {
    if (wanted != *home) return {};
    return core::failure{core::ec::conflict, wanted + " is the currency of this installation: its rate is always 1",
                         "currency"};
  }
  if (wanted == *home) return {};
  if (kind.name == "budgets") return other_currency(*home, wanted);
  const auto start = value_of(kind, values, "valid_from");
  const auto rated = session_.run("select 1 from rates where currency = $1 and valid_from <= $2 and deleted_at is null",
                                  {value{std::string_view{wanted}}, value{std::string_view{start}}});
  if (!rated) return rated.error();
  if (rated->empty()) return other_currency(*home, wanted);
  return {};
}

result<void> sql_store::check_rates() {
  const auto home = home_currency();
  if (!home) return home.error();
  const auto without =
      session_.run("select p.id, p.currency from prices p where p.deleted_at is null and p.currency <> $1 and not"
                   " exists (select 1 from rates r where r.currency = p.currency and r.valid_from <= p.valid_from and"
                   " r.deleted_at is null) order by p.id limit 1",
                   {value{std::string_view{*home}}});
  if (!without) return without.error();
  if (without->empty()) return {};
  return core::failure{core::ec::conflict, "price " + without->cells[0][0].value_or("") + " is in " +
                                               without->cells[0][1].value_or("") +
                                               " and would have no rate from its beginning on: change or remove it "
                                               "first"};
}

result<void> sql_store::check_priced(const fields& values) {
  const auto name = value_of(table_of<price>(), values, "token_type");
  if (core::parse_token_type(name)) return {};
  const auto all = session_.run("select name from token_types where deleted_at is null and counted_from <> '' order by"
                                " id");
  if (!all) return all.error();
  std::string known;
  for (std::size_t i = 0; i < core::token_types; ++i)
    known.append(known.empty() ? "" : ", ").append(core::to_string(static_cast<core::token_type>(i)));
  for (const auto& row : all->cells) {
    if (row[0] == name) return {};
    known.append(", ").append(row[0].value_or(""));
  }
  return core::failure{core::ec::bad_field,
                       "'token_type' must be one of " + known +
                           ", or another one of your own: make it at /admin/v1/token-types first",
                       "token_type"};
}

result<void> sql_store::check_token_type(const table& kind, std::int64_t id, const fields* values) {
  if (kind.name != "token_types") return {};
  const auto was = id != 0 ? find_row(kind, id) : result<fields>{fields{}};
  if (!was) return was.error();
  const auto before = [&](std::string_view column) {
    const auto at = std::find(kind.columns.begin(), kind.columns.end(), column) - kind.columns.begin();
    return (*was)[common_column_count + static_cast<std::size_t>(at)].value_or("");
  };
  const auto after = [&](std::string_view column) { return value_of(kind, *values, column); };
  const bool built_in = id != 0 && id < first_own_token_type;
  const bool renamed = id != 0 && (values == nullptr || after("name") != before("name"));
  if (built_in && (renamed || after("counted_from") != before("counted_from") || after("part_of") != before("part_of")))
    return core::failure{core::ec::conflict,
                         "the token type " + before("name") + " is built in: only its description can be changed"};
  if (renamed) {
    const auto name = before("name");
    const auto priced = session_.run("select id from prices where token_type = $1 and deleted_at is null order by id"
                                     " limit 1",
                                     {value{std::string_view{name}}});
    if (!priced) return priced.error();
    if (!priced->empty())
      return core::failure{core::ec::conflict, "price " + priced->cells[0][0].value_or("") + " is about " + name +
                                                   ": remove such prices first"};
  }
  if (values == nullptr || built_in) return {};
  const auto from = after("counted_from");
  if (from.empty())
    return core::failure{core::ec::bad_field, "'counted_from' must say which field of a provider's usage is counted",
                         "counted_from"};
  const auto twice = session_.run("select name from token_types where counted_from = $1 and counted_from <> '' and"
                                  " id <> $2 and deleted_at is null",
                                  {value{std::string_view{from}}, value{id}});
  if (!twice) return twice.error();
  if (!twice->empty())
    return core::failure{core::ec::conflict,
                         "the token type " + twice->cells[0][0].value_or("") + " counts " + from +
                             " already: nothing is billed twice",
                         "counted_from"};
  return {};
}

/// Prices and budgets that people have made are not taken for another currency because a file says so.
result<void> sql_store::settle_currency(const std::string& wanted, config_outcome& outcome) {
  if (wanted.empty()) { // those that are there decide
    if (auto done = set_installation_value(currency_row, {}); !done) return done;
    const auto home = home_currency();
    return home ? note_currency(*home) : result<void>{home.error()};
  }
  const auto counted = counted_currency();
  if (!counted) return counted.error();
  if (!counted->empty() && *counted != wanted) {
    outcome.warnings.push_back("'currency' is " + wanted + ", but costs were booked in " + *counted +
                               ": they stay in that, and so does what is booked from now on");
    return set_installation_value(currency_row, *counted);
  }
  const auto settled = home_currency();
  if (!settled) return settled.error();
  if (*settled != wanted && !settled->empty()) {
    const auto used = session_.run(
        "select 1 from budgets where deleted_at is null and currency = $1 union all select 1 from prices where"
        " deleted_at is null and origin = 'api' and currency = $1 limit 1",
        {value{std::string_view{*settled}}});
    if (!used) return used.error();
    if (!used->empty()) {
      outcome.warnings.push_back("'currency' is " + wanted + ", but there are budgets or prices in " + *settled +
                                 ": costs stay in that until these are removed");
      if (auto done = set_installation_value(currency_row, *settled); !done) return done;
      return note_currency(*settled);
    }
  }
  if (auto done = set_installation_value(currency_row, wanted); !done) return done;
  return note_currency(wanted);
}

} // namespace logos::storage::sql
