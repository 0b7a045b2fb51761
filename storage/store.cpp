// SPDX-License-Identifier: MIT
#include "storage/store.hpp"

#include "storage/sql/fields.hpp"

namespace logos::storage {

template <class Entity>
result<Entity> store::create(const Entity& entity) {
  auto row = create_row(table_of<Entity>(), to_fields(entity, &secret()), entity.id);
  if (!row) return row.error();
  return from_fields<Entity>(*row, secret());
}

template <class Entity>
result<Entity> store::find(std::int64_t id) {
  auto row = find_row(table_of<Entity>(), id);
  if (!row) return row.error();
  return from_fields<Entity>(*row, secret());
}

template <class Entity>
result<Entity> store::find_version(std::int64_t id, std::int64_t version) {
  auto row = find_row_version(table_of<Entity>(), id, version);
  if (!row) return row.error();
  return from_fields<Entity>(*row, secret());
}

template <class Entity>
result<std::vector<Entity>> store::list(std::int64_t after, int limit) {
  auto found = list_rows(table_of<Entity>(), after, limit);
  if (!found) return found.error();
  std::vector<Entity> entities;
  entities.reserve(found->size());
  for (const auto& row : *found)
    entities.push_back(from_fields<Entity>(row, secret()));
  return entities;
}

template <class Entity>
result<Entity> store::update(const Entity& entity, std::int64_t expected_version) {
  auto row = update_row(table_of<Entity>(), entity.id, to_fields(entity, &secret()), expected_version);
  if (!row) return row.error();
  return from_fields<Entity>(*row, secret());
}

template <class Entity>
result<void> store::remove(std::int64_t id, std::int64_t expected_version) {
  return remove_row(table_of<Entity>(), id, expected_version);
}

template <class... Entities>
struct instances {
  static std::vector<const table*> tables() { return {&table_of<Entities>()...}; }
};

const std::vector<const table*>& all_tables() {
  static const auto tables = instances<user, service, process, profile, permission, provider, model, deployment, policy,
                                       token_type, rate, price, limit, budget, credit, example>::tables();
  return tables;
}

#define LOGOS_STORED(entity)                                                                                           \
  template result<entity> store::create(const entity&);                                                                \
  template result<entity> store::find(std::int64_t);                                                                   \
  template result<std::vector<entity>> store::list(std::int64_t, int);                                                 \
  template result<entity> store::update(const entity&, std::int64_t);                                                  \
  template result<void> store::remove<entity>(std::int64_t, std::int64_t);

LOGOS_STORED(user)
LOGOS_STORED(service)
LOGOS_STORED(process)
LOGOS_STORED(profile)
LOGOS_STORED(permission)
LOGOS_STORED(provider)
LOGOS_STORED(model)
LOGOS_STORED(deployment)
LOGOS_STORED(policy)
LOGOS_STORED(token_type)
LOGOS_STORED(rate)
LOGOS_STORED(price)
LOGOS_STORED(limit)
LOGOS_STORED(budget)
LOGOS_STORED(credit)
LOGOS_STORED(example)
#undef LOGOS_STORED

template result<token_type> store::find_version(std::int64_t, std::int64_t);
template result<rate> store::find_version(std::int64_t, std::int64_t);
template result<price> store::find_version(std::int64_t, std::int64_t);

} // namespace logos::storage
