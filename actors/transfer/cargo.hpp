// SPDX-License-Identifier: MIT
#pragma once
#include "storage/entities.hpp"
#include "storage/history.hpp"
#include "storage/records.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What goes from one installation to another: users.yml and profiles.yml of the first Logos, an upstream export, or an
/// export of our own.
namespace logos::transfer {

/// An entity with the ids that it and what it refers to have in the file. An id of 0: it has none of its own. One below
/// 0 means something within the cargo only.
template <class Entity>
struct item {
  Entity entity;
  std::string where; // `table users, row 3`, `users.yml:12`
};

template <class... Entities>
struct kinds {
  using items = std::tuple<std::vector<item<Entities>>...>;
  /// Calls `visit.template operator()<Entity>()` for each, until one answers false.
  template <class Visit>
  static bool each(Visit visit) {
    return (visit.template operator()<Entities>() && ...);
  }
};

/// Every kind of entity, each behind those that it refers to.
using all_kinds =
    kinds<storage::user, storage::service, storage::model, storage::provider, storage::process, storage::profile,
          storage::deployment, storage::permission, storage::policy, storage::token_type, storage::rate, storage::price,
          storage::limit, storage::budget, storage::credit, storage::example>;

/// A request of the past. Its ids are the file's.
struct past_request {
  storage::finished row;
  std::string where;
  std::vector<core::own_count> own{}; // of the file's own token types
};
struct past_work {
  storage::past_job job;
  std::string where;
};

/// The contents of a file, understood.
struct cargo {
  template <class Entity>
  std::vector<item<Entity>>& of() {
    return std::get<std::vector<item<Entity>>>(entities);
  }
  template <class Entity>
  Entity& add(std::string where, std::int64_t id = 0) {
    auto& made = of<Entity>().emplace_back();
    made.where = std::move(where);
    made.entity.id = id;
    return made.entity;
  }
  /// Keeps a text for as long as the cargo lives.
  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }

  all_kinds::items entities;
  std::vector<past_request> requests;
  std::vector<past_work> jobs;
  std::deque<std::string> texts;
  std::vector<std::string> notes; // a sentence each: what was left out or read differently, and why
  std::vector<std::string>
      warnings; // a sentence or more each: what may be used otherwise than meant, and how to mend it
};

} // namespace logos::transfer
