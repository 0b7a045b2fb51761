// SPDX-License-Identifier: MIT
#pragma once
#include "storage/alerts.hpp"
#include "storage/audit.hpp"
#include "storage/batches.hpp"
#include "storage/cluster.hpp"
#include "storage/entities.hpp"
#include "storage/jobs.hpp"
#include "storage/lessons.hpp"
#include "storage/log_store.hpp"
#include "storage/result.hpp"
#include "storage/rotation.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::storage {

struct table;

/// A way to the database. Every call blocks until the database has answered, connects (again) by itself where needed,
/// and is one transaction. One store per thread: not thread-safe; stores of other threads and nodes may work on the
/// same database.
///
/// `Entity` is one of user, service, process, profile, permission, provider, model, deployment, policy, token_type,
/// rate, price, limit, budget, credit, example.
class store : public audit_store, public log_store, public alert_store, public lesson_store, public cluster_store {
public:
  store() = default;
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  // --- the schema ---

  /// Applies the migrations that are missing, under a lock that one node holds at a time, and returns their numbers. A
  /// database that is newer than this program is refused. Makes the log's months, too, as `open_months` does.
  virtual result<std::vector<int>> migrate() = 0;
  /// Whether the database answers and has this program's schema.
  virtual result<void> check() = 0;
  /// Keeps the secret key's verifier at the first start, afterwards compares: another key is a `conflict`.
  virtual result<void> verify_secret() = 0;
  /// Notes which secret keys this node knows; `rotate_secret` asks for it.
  virtual result<void> note_secrets(std::string_view node) = 0;
  /// Replaces the secret key of the database by the newest that this store knows: seals every secret and the audit
  /// log's head anew and looks whether they open, all in one transaction. Doing it again only looks. `conflict`, and
  /// nothing changes: a node among those that are `running` does not know the new key, or something opens with neither.
  virtual result<secret_rotation> rotate_secret(std::span<const std::string> running) = 0;
  /// Seals and opens provider secrets. What it seals with is settled by verify_secret and follows the database.
  virtual const core::secret_key& secret() const = 0;
  /// Makes the root user, its process, profile and permission for every model, unless there is or ever was one. True:
  /// made.
  virtual result<bool> first_start(const core::key_hash& root_key, std::string_view key_prefix) = 0;
  /// Takes the root key that the settings name: it replaces the present one, or makes root anew, unless it is the same
  /// as at the last call (it may have been rotated or revoked since) or was revoked. True: it is a root key now.
  virtual result<bool> change_root_key(const core::key_hash& root_key, std::string_view key_prefix) = 0;

  // --- entities ---

  /// Every live entity. Blocks for as long as reading all of them takes.
  virtual result<catalog_data> load_catalog() = 0;
  /// One cheap query: differs from the version last loaded exactly when something changed.
  virtual result<std::int64_t> catalog_version() = 0;
  /// Notes that everything on the node goes by that version.
  virtual result<void> note_in_force(std::string_view node, std::int64_t version) = 0;
  /// The version that the node noted last; 0: none.
  virtual result<std::int64_t> version_in_force(std::string_view node) = 0;

  /// Returns the entity with its id and version. An id that is not 0 is kept when no row ever had it. `conflict` when
  /// its name is taken, `bad_field` when a referenced id is not a live entity's.
  template <class Entity>
  result<Entity> create(const Entity& entity);
  template <class Entity>
  result<Entity> find(std::int64_t id);
  /// As it was in that version, also of one that is removed: by the audit log, so what it hides is not there. For
  /// token_type, rate and price, what costs are made of.
  template <class Entity>
  result<Entity> find_version(std::int64_t id, std::int64_t version);
  /// Live entities with an id above `after`, in the order of their ids.
  template <class Entity>
  result<std::vector<Entity>> list(std::int64_t after, int limit);
  /// Replaces every field; what changes nothing is not written. `expected_version` 0: whatever the version is. A credit
  /// is neither updated nor removed: `conflict`.
  template <class Entity>
  result<Entity> update(const Entity& entity, std::int64_t expected_version);
  /// Softly: the row stays for the books, the name is free again, and what hangs on it (a process' profiles, …) goes
  /// too.
  template <class Entity>
  result<void> remove(std::int64_t id, std::int64_t expected_version = 0);

  /// Who makes the changes from here on; returns who did until now. Better: an `acting`, which ends by itself.
  author act_as(author who) { return std::exchange(author_, std::move(who)); }

  /// Makes the entities with origin `config` equal to what the live nodes' files declare.
  virtual result<config_outcome> sync_config(const config_declarations& declared) = 0;

  /// Runs `work` as one transaction: what it asks this store for happens together, or not at all when it fails. A
  /// failure within must be returned.
  virtual result<void> together(const std::function<result<void>()>& work) = 0;

  /// Jobs, in the same database and over the same connection. Lives as long as this store.
  virtual job_store& jobs() = 0;
  /// The same for batches and their files.
  virtual batch_store& batches() = 0;

protected:
  using fields = std::vector<std::optional<std::string>>;
  /// `wanted_id` 0: whichever is next.
  virtual result<fields> create_row(const table& kind, const fields& values, std::int64_t wanted_id) = 0;
  virtual result<fields> find_row(const table& kind, std::int64_t id) = 0;
  virtual result<fields> find_row_version(const table& kind, std::int64_t id, std::int64_t version) = 0;
  virtual result<std::vector<fields>> list_rows(const table& kind, std::int64_t after, int limit) = 0;
  virtual result<fields> update_row(const table& kind, std::int64_t id, const fields& values,
                                    std::int64_t expected_version) = 0;
  virtual result<void> remove_row(const table& kind, std::int64_t id, std::int64_t expected_version) = 0;

  author author_; // of the changes that are made now
};

} // namespace logos::storage
