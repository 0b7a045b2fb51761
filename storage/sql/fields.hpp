// SPDX-License-Identifier: MIT
#pragma once
#include "storage/sql/describe.hpp"
#include "storage/sql/text.hpp"

#include <optional>
#include <string>
#include <vector>

/// Visitors of a description: entity ↔ row of texts.
namespace logos::storage {

using fields = std::vector<std::optional<std::string>>;

/// Collects a table's facts.
struct table_collector {
  table& to;

  void field(std::string_view column, const auto&) { to.columns.push_back(column); }
  void json(std::string_view column, const auto&) {
    to.json.push_back(to.columns.size());
    to.columns.push_back(column);
  }
  void secret(std::string_view column, const auto&) {
    to.secrets.push_back(to.columns.size());
    to.columns.push_back(column);
  }
  void address(std::string_view column, const auto& x) {
    to.once_clear.push_back(to.columns.size());
    secret(column, x);
  }
  void reference(std::string_view column, const auto&, std::string_view name, std::string_view noun) {
    to.references.push_back({to.columns.size(), name, noun});
    to.columns.push_back(column);
  }
};

template <class Entity>
std::string describe_row(const fields& row, const fields* before, const core::secret_key& secret);

template <class Entity>
const table& table_of() {
  static const table facts = [] {
    using of = description<Entity>;
    table made{of::name, of::noun, {}, {}, of::key, &describe_row<Entity>};
    const Entity sample{};
    table_collector collect{made};
    of::visit(collect, sample);
    return made;
  }();
  return facts;
}

/// An entity's own columns as texts; without a secret key, secrets stay in clear (to compare).
struct field_writer {
  fields& to;
  const core::secret_key* secret_key;

  void field(std::string_view, const std::string& x) { to.emplace_back(sql::storable(x) ? x : sql::made_storable(x)); }
  void field(std::string_view, std::int64_t x) { to.emplace_back(std::to_string(x)); }
  void field(std::string_view, core::priority x) { to.emplace_back(std::to_string(x)); }
  void field(std::string_view, bool x) { to.emplace_back(x ? "1" : "0"); }
  void field(std::string_view, core::provider_type x) { to.emplace_back(core::to_string(x)); }
  void field(std::string_view, core::privacy_level x) { to.emplace_back(core::to_string(x)); }
  void field(std::string_view, core::log_level x) { to.emplace_back(core::to_string(x)); }
  void field(std::string_view, core::residence x) { to.emplace_back(core::to_string(x)); }
  void field(std::string_view, core::policy_use x) { to.emplace_back(core::to_string(x)); }
  void field(std::string_view, core::capability_set x) { to.emplace_back(core::joined(x)); }
  void field(std::string_view, core::check_set x) { to.emplace_back(core::joined(x)); }
  void field(std::string_view, core::role x) { to.emplace_back(core::to_string(x)); }
  void field(std::string_view, core::scope x) { to.emplace_back(core::to_string(x)); }
  void field(std::string_view, core::limit_kind x) { to.emplace_back(core::to_string(x)); }
  void field(std::string_view, core::budget_period x) { to.emplace_back(core::to_string(x)); }
  void field(std::string_view, core::wall_time x) { to.emplace_back(core::to_sql(x)); }
  void field(std::string_view, const core::key_hash& x) { to.emplace_back(core::to_hex(x)); }
  void field(std::string_view, const std::vector<std::string>& x) { to.emplace_back(sql::join_lines(x)); }
  void field(std::string_view, const std::vector<std::int64_t>& x) { to.emplace_back(sql::join_numbers(x)); }
  void field(std::string_view, const std::optional<core::key_hash>& x) {
    to.push_back(x ? std::optional{core::to_hex(*x)} : std::nullopt);
  }
  void field(std::string_view, const std::optional<core::wall_time>& x) {
    to.push_back(x ? std::optional{core::to_sql(*x)} : std::nullopt);
  }
  void reference(std::string_view, std::int64_t id, std::string_view, std::string_view) {
    to.push_back(id == 0 ? std::nullopt : std::optional{std::to_string(id)});
  }
  void json(std::string_view, const std::string& x) { to.push_back(x.empty() ? std::nullopt : std::optional{x}); }
  void secret(std::string_view, const std::string& x) {
    to.push_back(x.empty() ? std::nullopt : std::optional{secret_key ? secret_key->seal(x) : x});
  }
  void address(std::string_view, const std::string& x) {
    to.emplace_back(x.empty() || secret_key == nullptr ? x : secret_key->seal(x));
  }
};

/// The reverse. A secret that another key sealed reads as empty.
struct field_reader {
  const fields& from;
  const core::secret_key& secret_key;
  std::size_t next = common_column_count;

  std::string_view text() {
    const auto& x = from[next++];
    return x ? std::string_view{*x} : std::string_view{};
  }
  void field(std::string_view, std::string& x) { x = text(); }
  void field(std::string_view, std::int64_t& x) { x = sql::parse_integer(text()); }
  void field(std::string_view, core::priority& x) { x = static_cast<core::priority>(sql::parse_integer(text())); }
  void field(std::string_view, bool& x) { x = sql::parse_truth(text()); }
  void field(std::string_view, core::provider_type& x) { x = core::parse_provider_type(text()).value_or(x); }
  void field(std::string_view, core::privacy_level& x) {
    // What cannot be read is trusted with nothing but the least private data.
    x = core::parse_privacy_level(text()).value_or(core::privacy_level::cloud_not_in_eu_by_us_provider);
  }
  void field(std::string_view, core::log_level& x) { x = core::parse_log_level(text()).value_or(x); }
  void field(std::string_view, core::residence& x) { x = core::parse_residence(text()).value_or(x); }
  void field(std::string_view, core::policy_use& x) {
    // What cannot be read binds rather than not.
    x = core::parse_policy_use(text()).value_or(core::policy_use::always);
  }
  void field(std::string_view, core::capability_set& x) { x = core::parse_capabilities(text()); }
  void field(std::string_view, core::check_set& x) { x = core::parse_checks(text()); }
  void field(std::string_view, core::role& x) { x = core::parse_role(text()).value_or(x); }
  void field(std::string_view, core::scope& x) { x = core::parse_scope(text()).value_or(x); }
  void field(std::string_view, core::limit_kind& x) { x = core::parse_limit_kind(text()).value_or(x); }
  void field(std::string_view, core::budget_period& x) { x = core::parse_budget_period(text()).value_or(x); }
  void field(std::string_view, core::wall_time& x) { x = sql::parse_time(text()).value_or(x); }
  void field(std::string_view, core::key_hash& x) { x = sql::parse_hash(text()); }
  void field(std::string_view, std::vector<std::string>& x) { x = sql::split_lines(text()); }
  void field(std::string_view, std::vector<std::int64_t>& x) { x = sql::split_numbers(text()); }
  void field(std::string_view, std::optional<core::key_hash>& x) {
    const auto hex = text();
    if (!hex.empty()) x = sql::parse_hash(hex);
  }
  void field(std::string_view, std::optional<core::wall_time>& x) { x = sql::parse_time(text()); }
  void reference(std::string_view, std::int64_t& id, std::string_view, std::string_view) {
    id = sql::parse_integer(text());
  }
  void json(std::string_view, std::string& x) { x = text(); }
  void secret(std::string_view, std::string& x) {
    const auto sealed = text();
    x = sealed.empty() ? std::string{} : secret_key.open(sealed).value_or(std::string{});
  }
  void address(std::string_view column, std::string& x) {
    if (sql::is_clear_address(from[next].value_or("")))
      x = text();
    else
      secret(column, x);
  }
};

template <class Entity>
fields to_fields(const Entity& entity, const core::secret_key* secret) {
  fields row;
  field_writer write{row, secret};
  description<Entity>::visit(write, entity);
  return row;
}

template <class Entity>
Entity from_fields(const fields& row, const core::secret_key& secret) {
  Entity made;
  made.id = sql::parse_integer(row[0].value_or(""));
  made.version = sql::parse_integer(row[1].value_or(""));
  made.origin = row[2] == "config" ? core::origin::config : core::origin::api;
  made.created_at = sql::parse_time(row[3].value_or("")).value_or(core::wall_time{});
  made.updated_at = sql::parse_time(row[4].value_or("")).value_or(core::wall_time{});
  field_reader read{row, secret};
  description<Entity>::visit(read, made);
  return made;
}

} // namespace logos::storage

#include "storage/sql/event_fields.hpp"
