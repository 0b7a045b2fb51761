// SPDX-License-Identifier: MIT
#include "storage/sql/sql_store.hpp"
#include "storage/sql/text.hpp"

#include <algorithm>
#include <string>
#include <vector>

/// Whose something is that a provider keeps.
namespace logos::storage::sql {
namespace {

/// Several at once: few batches have many, and a statement's text must be one of few.
constexpr std::size_t objects_at_once = 16;
constexpr std::size_t columns = 5;

// What the journal tells may be spoiled, and all rows wait behind one that no database takes.
constexpr core::wall_time earliest{}, latest{std::chrono::hours{24} * 365 * 200};

std::string insert_statement(std::size_t objects) {
  std::string text = "insert into stored_objects (object, process_id, user_id, service_id, made_at) values ";
  for (std::size_t i = 0; i < objects * columns; ++i) {
    text += i % columns != 0 ? ", $" : i != 0 ? "), ($" : "($";
    text += std::to_string(i + 1);
  }
  return text + ") on conflict (object) do nothing";
}

} // namespace

result<void> sql_store::insert_objects(std::span<const finished> rows) {
  std::vector<newly_stored> objects;
  for (const auto& row : rows)
    if (!row.stored_object.nil())
      objects.push_back(
          {{row.stored_object, {row.ids.process_id, row.owner.user_id, row.owner.service_id}}, row.timestamp_request});
  return insert_objects(std::move(objects));
}

result<void> sql_store::write_objects(std::span<const newly_stored> objects) {
  if (objects.empty()) return {};
  return in_transaction(session_, intent::write, [&]() -> result<void> {
    return insert_objects({objects.begin(), objects.end()});
  });
}

result<void> sql_store::insert_objects(std::vector<newly_stored> objects) {
  if (objects.empty()) return {};
  // In one order on all nodes, so that none waits for another that waits for it.
  std::stable_sort(objects.begin(), objects.end(),
                   [](const newly_stored& a, const newly_stored& b) { return a.what.object < b.what.object; });
  static const std::string several = insert_statement(objects_at_once), one = insert_statement(1);
  for (std::span<const newly_stored> rest{objects}; !rest.empty();) {
    const auto some = rest.first(rest.size() >= objects_at_once ? objects_at_once : 1);
    rest = rest.subspan(some.size());
    std::vector<std::string> texts; // that the parameters are views of
    texts.reserve(2 * some.size());
    std::vector<value> parameters;
    for (const auto& each : some) {
      const auto& object = texts.emplace_back(each.what.object.str());
      const auto& made_at = texts.emplace_back(core::to_sql(std::clamp(each.made_at, earliest, latest)));
      const auto& owner = each.what.owner;
      for (const auto& v : {value{std::string_view{object}}, value{owner.process_id}, value{owner.user_id},
                            value{owner.service_id}, value{std::string_view{made_at}}})
        parameters.push_back(v);
    }
    if (auto kept = session_.run(some.size() == 1 ? one : several, parameters); !kept) return kept.error();
  }
  return {};
}

result<std::vector<stored_object>> sql_store::find_objects(std::span<const core::uuid> objects) {
  return in_transaction(session_, intent::read, [&]() -> result<std::vector<stored_object>> {
    std::vector<stored_object> out;
    for (const auto& object : objects) {
      const auto text = object.str();
      const auto found = session_.run("select process_id, user_id, service_id from stored_objects where object = $1",
                                      {value{std::string_view{text}}});
      if (!found) return found.error();
      if (found->empty()) continue;
      const auto id = [&](std::size_t column) { return parse_integer(found->cells[0][column].value_or("")); };
      out.push_back({object, {id(0), id(1), id(2)}});
    }
    return out;
  });
}

} // namespace logos::storage::sql
