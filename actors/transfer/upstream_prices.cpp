// SPDX-License-Identifier: MIT
#include "actors/transfer/upstream_prices.hpp"

#include "actors/transfer/tables.hpp"
#include "core/amount.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace logos::transfer {
namespace {

using core::ec;
using core::failure;
using json = simdjson::dom::element;

/// A decimal as text or number; the shortest decimal that means the number is what was written.
core::nano read_amount(row_reader& row, std::string_view column) {
  json value;
  std::string_view text;
  double number = 0;
  std::array<char, 512> digits; // of any number there is
  if (row.row()[column].get(value) == simdjson::SUCCESS && value.get(text) != simdjson::SUCCESS &&
      value.get(number) == simdjson::SUCCESS) {
    const auto end = std::to_chars(digits.begin(), digits.end(), number, std::chars_format::fixed);
    text = {digits.data(), static_cast<std::size_t>(end.ptr - digits.data())};
  }
  const auto amount = core::parse_money(text);
  if (!amount || *amount < 0) row.refuse(column, "expected " + std::string{core::amount_rule(text)} + ".");
  return amount.value_or(0);
}

/// Of two prices that begin at one time the one that was entered last holds.
void add_price(storage::price p, std::string where, cargo& to) {
  auto& all = to.of<storage::price>();
  const auto same = std::find_if(all.begin(), all.end(), [&](const auto& other) {
    return other.entity.token_type == p.token_type && other.entity.valid_from == p.valid_from;
  });
  if (same == all.end()) {
    to.add<storage::price>(std::move(where)) = std::move(p);
    return;
  }
  if (p.id >= same->entity.id) {
    std::swap(p, same->entity);
    std::swap(where, same->where);
  }
  to.notes.push_back(where + ": left out, " + core::to_decimal(p.per_k_tokens) + " for " + p.token_type + " from " +
                     core::to_iso8601(p.valid_from) + " on: " + same->where + " says " +
                     core::to_decimal(same->entity.per_k_tokens) +
                     " for the same, and is the newer of the two, by its id.");
}

struct read_price {
  storage::price row;
  std::string where;
  const upstream_types::type* of;
};

/// Two types of upstream's that are one here have one price: the usual name's.
void add_prices(std::vector<read_price> all, cargo& to) {
  std::map<std::string_view, const upstream_types::type*> best;
  for (const auto& p : all)
    if (auto& known = best[p.of->priced]; known == nullptr || p.of->rank < known->rank) known = p.of;
  std::map<std::string_view, const upstream_types::type*> left_out; // for which other
  for (auto& p : all)
    if (const auto* kept = best[p.of->priced]; kept != p.of)
      left_out.emplace(p.of->called, kept);
    else
      add_price(std::move(p.row), std::move(p.where), to);
  for (const auto& [name, kept] : left_out)
    to.warnings.push_back("table token_prices: prices of " + core::json_string(name) + " are left out: here it is " +
                          core::json_string(kept->priced) + ", for which those of " + core::json_string(kept->called) +
                          " are taken. Where a provider charges otherwise, give it prices of its own at "
                          "/admin/v1/prices.");
}

} // namespace

failure read_prices(json tables, upstream_types& types, const std::string& currency, cargo& to) {
  auto bad = each_row(tables, "token_types", [&](row_reader& row) {
    types.add(row.needed_id("id"), row.needed_text("name"), row.text("description"), row.where());
  });
  if (bad.code != ec::none) return bad;
  std::map<std::string, std::string> unpriced; // and why
  std::vector<read_price> prices;
  bad = each_row(tables, "token_prices", [&](row_reader& row) {
    const auto* type = types.use(row.needed_id("type_id"));
    if (type == nullptr) return row.refuse("type_id", "the file has no such token type.");
    if (type->priced.empty()) {
      unpriced.emplace(type->called, type->why_not);
      return;
    }
    storage::price p;
    p.id = row.number("id");
    p.token_type = type->priced;
    p.valid_from = row.needed_time("valid_from");
    p.currency = currency;
    p.per_k_tokens = read_amount(row, "price_per_k_token");
    if (!row.failed()) prices.push_back({std::move(p), row.where(), type});
  });
  add_prices(std::move(prices), to);
  for (const auto& [name, why] : unpriced)
    to.notes.push_back("table token_prices: prices of " + core::json_string(name) + " are left out: " + why + ".");
  if (!to.of<storage::price>().empty())
    to.notes.push_back("table token_prices: upstream names no currency; taken as " + currency + ".");
  return bad;
}

} // namespace logos::transfer
