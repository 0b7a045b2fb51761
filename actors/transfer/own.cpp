// SPDX-License-Identifier: MIT
#include "actors/transfer/own.hpp"

#include "actors/administration/fields.hpp"
#include "config/problem.hpp"
#include "storage/sql/fields.hpp"

#include <algorithm>
#include <span>

namespace logos::transfer {
namespace {

using core::ec;
using core::failure;
using json = simdjson::dom::element;

constexpr std::string_view format = "logos-export";
constexpr std::int64_t format_version = 1;
constexpr std::string_view verifier_member = "secret_key_verifier";
// Of a budget whose alert_url is not told: whoever takes the file in must know that there was one.
constexpr std::string_view left_out_address = "has_alert_url";

/// How a column stands in JSON.
enum class shape { text, number, truth, lines, numbers, object, list, hash, secret };

/// Learns the shapes of an entity's columns, in their order.
struct shapes_of {
  std::vector<shape>& to;

  template <class T>
  void field(std::string_view, const T&) {
    if constexpr (std::is_same_v<T, bool>)
      to.push_back(shape::truth);
    else if constexpr (std::is_integral_v<T>)
      to.push_back(shape::number);
    else if constexpr (std::is_same_v<T, std::vector<std::string>>)
      to.push_back(shape::lines);
    else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>)
      to.push_back(shape::numbers);
    else if constexpr (std::is_same_v<T, core::key_hash> || std::is_same_v<T, std::optional<core::key_hash>>)
      to.push_back(shape::hash);
    else
      to.push_back(shape::text);
  }
  void reference(std::string_view, const auto&, std::string_view, std::string_view) { to.push_back(shape::number); }
  void json(std::string_view column, const auto&) {
    to.push_back(column == "alert_at_percent" ? shape::list : shape::object);
  }
  void secret(std::string_view, const auto&) { to.push_back(shape::secret); }
  void address(std::string_view, const auto&) { to.push_back(shape::secret); }
};

template <class Entity>
const std::vector<shape>& shapes() {
  static const auto all = [] {
    std::vector<shape> made;
    shapes_of collect{made};
    const Entity sample{};
    storage::description<Entity>::visit(collect, sample);
    return made;
  }();
  return all;
}

/// Also what tells nothing without the key that it is about.
bool is_secret(std::string_view column, shape as) {
  return as == shape::hash || as == shape::secret || column == "key_prefix" || column == "previous_key_until";
}

std::string to_json(const std::optional<std::string>& text, shape as) {
  if (!text) return "null";
  switch (as) {
  case shape::number:
  case shape::object:
  case shape::list: return *text;
  case shape::truth: return *text == "1" ? "true" : "false";
  case shape::lines: {
    std::string list = "[";
    for (const auto& line : storage::sql::split_lines(*text))
      list.append(list.size() > 1 ? "," : "").append(core::json_string(line));
    return list + "]";
  }
  case shape::numbers: {
    std::string list = "[";
    for (const auto number : storage::sql::split_numbers(*text))
      list.append(list.size() > 1 ? "," : "").append(std::to_string(number));
    return list + "]";
  }
  default: return core::json_string(*text);
  }
}

template <class Entity>
void write_table(std::string& out, const std::vector<Entity>& all, bool secrets) {
  const auto& kind = storage::table_of<Entity>();
  const auto& columns = shapes<Entity>();
  out.append(",\n").append(core::json_string(kind.name)).append(":[");
  for (const auto& entity : all) {
    const auto row = storage::to_fields(entity, nullptr);
    out.append(out.back() == '[' ? "\n " : ",\n ").append(R"({"id":)").append(std::to_string(entity.id));
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!secrets && is_secret(kind.columns[i], columns[i])) continue;
      out.append(",\"").append(kind.columns[i]).append("\":").append(to_json(row[i], columns[i]));
    }
    if constexpr (std::is_same_v<Entity, storage::budget>)
      if (!secrets && !entity.alert_url.empty()) out.append(",\"").append(left_out_address).append("\":true");
    out += "}";
  }
  out += "]";
}

/// A member's value as the database's text; nothing when it has another shape.
std::optional<std::string> to_text(json value, shape as) {
  std::string_view text;
  std::int64_t number = 0;
  bool truth = false;
  switch (as) {
  case shape::number:
    return value.get(number) == simdjson::SUCCESS ? std::optional{std::to_string(number)} : std::nullopt;
  case shape::truth:
    return value.get(truth) == simdjson::SUCCESS ? std::optional<std::string>{truth ? "1" : "0"} : std::nullopt;
  case shape::object: return value.is_object() ? std::optional{simdjson::minify(value)} : std::nullopt;
  case shape::list: return value.is_array() ? std::optional{simdjson::minify(value)} : std::nullopt;
  case shape::lines: {
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return std::nullopt;
    std::vector<std::string> lines;
    for (const auto item : list) {
      if (item.get(text) != simdjson::SUCCESS || text.find('\n') != text.npos) return std::nullopt;
      lines.emplace_back(text);
    }
    return storage::sql::join_lines(lines);
  }
  case shape::numbers: {
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return std::nullopt;
    std::vector<std::int64_t> numbers;
    for (const auto item : list)
      if (item.get(numbers.emplace_back()) != simdjson::SUCCESS) return std::nullopt;
    return storage::sql::join_numbers(numbers);
  }
  default: return value.get(text) == simdjson::SUCCESS ? std::optional{std::string{text}} : std::nullopt;
  }
}

std::string_view words_for(shape as) {
  switch (as) {
  case shape::number: return "a whole number";
  case shape::truth: return "true or false";
  case shape::object: return "an object or null";
  case shape::list: return "a list or null";
  case shape::lines: return "a list of strings";
  case shape::numbers: return "a list of whole numbers";
  default: return "a string";
  }
}

failure wrong(std::string_view column, std::string_view wanted, json value) {
  return {ec::bad_field, "expected " + std::string{wanted} + ", found " + simdjson::minify(value).substr(0, 100),
          std::string{column}};
}

class reading {
public:
  reading(json document, const core::secret_key& secret) : document_{document}, secret_{secret} {}

  storage::result<cargo> run() {
    if (auto bad = check_head(); bad.code != ec::none) return bad;
    failure bad;
    all_kinds::each([&]<class Entity>() {
      bad = read_table<Entity>();
      return bad.code == ec::none;
    });
    if (bad.code != ec::none) return bad;
    if (!cargo_.of<storage::budget>().empty())
      cargo_.notes.push_back(
          "table budgets: a budget that is made of this file begins with nothing spent: the requests "
          "that spent from it are in no export. A credit below 0 takes off what was.");
    return std::move(cargo_);
  }

private:
  failure check_head() {
    std::int64_t version = 0;
    if (document_["version"].get(version) != simdjson::SUCCESS || version != format_version)
      return {ec::bad_field,
              "field version: this program reads exports of version " + std::to_string(format_version) + ".",
              "version"};
    std::string_view verifier;
    if (document_[verifier_member].get(verifier) == simdjson::SUCCESS && verifier != secret_.verifier())
      return {
          ec::conflict,
          "the keys in this export were hashed with another secret key: set LOGOS_SECRET_KEY to that one, or export "
          "without secrets.",
          std::string{verifier_member}};
    std::vector<std::string_view> known{"format", "version", "secrets", verifier_member};
    all_kinds::each([&]<class Entity>() {
      known.push_back(storage::table_of<Entity>().name);
      return true;
    });
    for (const auto member : document_.get_object())
      if (std::find(known.begin(), known.end(), member.key) == known.end())
        return {ec::bad_field,
                "there is no table " + core::json_string(member.key) + "; did you mean " +
                    core::json_string(config::nearest_of(member.key, known)) + "?",
                std::string{member.key}};
    return {};
  }

  template <class Entity>
  failure read_table() {
    const auto table = storage::table_of<Entity>().name;
    simdjson::dom::element value;
    if (document_[table].get(value) != simdjson::SUCCESS) return {};
    simdjson::dom::array rows;
    if (value.get(rows) != simdjson::SUCCESS)
      return {ec::bad_field, "table " + std::string{table} + ": expected a list.", std::string{table}};
    std::size_t n = 0;
    for (const auto row : rows) {
      auto where = "table " + std::string{table} + ", row " + std::to_string(++n);
      if (auto bad = read_row<Entity>(row, where); bad.code != ec::none) {
        bad.message = where + (bad.param.empty() ? "" : ", field " + bad.param) + ": " + bad.message;
        return bad;
      }
    }
    return {};
  }

  template <class Entity>
  failure read_row(json from, const std::string& where) {
    simdjson::dom::object object;
    if (from.get(object) != simdjson::SUCCESS) return {ec::bad_field, "expected an object."};
    const auto& kind = storage::table_of<Entity>();
    const auto& columns = shapes<Entity>();
    storage::fields row = storage::to_fields(Entity{}, nullptr); // what the file does not name keeps its default
    std::int64_t id = 0;
    for (const auto [key, value] : object) {
      if (key == "id") {
        if (value.get(id) != simdjson::SUCCESS || id <= 0) return wrong(key, "a positive id", value);
        continue;
      }
      if (std::is_same_v<Entity, storage::budget> && key == left_out_address) {
        bool had = false;
        if (value.get(had) != simdjson::SUCCESS) return wrong(key, words_for(shape::truth), value);
        if (had)
          cargo_.notes.push_back(where + ": the budget's alert_url is a secret, which this file was made without; a "
                                         "budget that is made of it alerts to alerts.url until its own is set.");
        continue;
      }
      const auto at =
          static_cast<std::size_t>(std::find(kind.columns.begin(), kind.columns.end(), key) - kind.columns.begin());
      if (at == kind.columns.size())
        return {ec::bad_field, "unknown; did you mean '" + std::string{config::nearest_of(key, kind.columns)} + "'?",
                std::string{key}};
      if (value.is_null()) {
        row[at] = std::nullopt;
        continue;
      }
      row[at] = to_text(value, columns[at]);
      if (!row[at]) return wrong(key, words_for(columns[at]), value);
    }
    return take<Entity>(id, row, from, where);
  }

  /// Makes the entity, and sees that it says what the row says: a word that is none would have been read as a default.
  template <class Entity>
  failure take(std::int64_t id, const storage::fields& row, json from, const std::string& where) {
    const auto& kind = storage::table_of<Entity>();
    storage::fields sealed(storage::common_column_count);
    sealed.insert(sealed.end(), row.begin(), row.end());
    const auto& columns = shapes<Entity>();
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i] == shape::secret && row[i]) sealed[storage::common_column_count + i] = secret_.seal(*row[i]);
    auto& made = cargo_.add<Entity>(where, id);
    auto entity = storage::from_fields<Entity>(sealed, secret_);
    entity.id = id;
    made = std::move(entity);
    const auto again = storage::to_fields(made, nullptr);
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (row[i].value_or("") != again[i].value_or("") && row[i])
        return wrong(kind.columns[i], "a value that this column takes", from[kind.columns[i]].value());
    return administration::check_fields(made);
  }

  json document_;
  const core::secret_key& secret_;
  cargo cargo_;
};

} // namespace

storage::change export_of_secrets() { return {"export", "catalog", 0, {}, {}, R"({"secrets":true})"}; }

std::string write_own(const storage::catalog_data& all, bool secrets, const core::secret_key& secret) {
  std::string out = R"({"format":")" + std::string{format} + R"(","version":)" + std::to_string(format_version) +
                    R"(,"secrets":)" + (secrets ? "true" : "false");
  if (secrets) out += ",\"" + std::string{verifier_member} + "\":" + core::json_string(secret.verifier());
  write_table(out, all.users, secrets);
  write_table(out, all.services, secrets);
  write_table(out, all.processes, secrets);
  write_table(out, all.profiles, secrets);
  write_table(out, all.providers, secrets);
  write_table(out, all.models, secrets);
  write_table(out, all.deployments, secrets);
  write_table(out, all.permissions, secrets);
  write_table(out, all.policies, secrets);
  auto own_types = all.token_types;
  std::erase_if(own_types, [](const auto& t) { return t.id < storage::first_own_token_type; });
  write_table(out, own_types, secrets);
  write_table(out, all.rates, secrets);
  write_table(out, all.prices, secrets);
  write_table(out, all.limits, secrets);
  write_table(out, all.budgets, secrets);
  write_table(out, all.credits, secrets);
  write_table(out, all.examples, secrets);
  return out + "\n}\n";
}

bool is_own(json document) {
  std::string_view text;
  return document.is_object() && document["format"].get(text) == simdjson::SUCCESS && text == format;
}

storage::result<cargo> read_own(json document, const core::secret_key& secret) {
  return reading{document, secret}.run();
}

} // namespace logos::transfer
