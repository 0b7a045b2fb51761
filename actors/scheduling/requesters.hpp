// SPDX-License-Identifier: MIT
#pragma once
#include "actors/handles.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace logos::scheduling {

/// Whoever has asked a SCHEDULER for something, under a small number each. One thread.
class requesters {
public:
  struct row {
    actors::requester_actor handle;         // null once it is dead
    std::string name;                       // as it reports itself, empty until it has
    std::string actor_name;                 // of a local one
    std::optional<core::steady_time> fence; // its node is lost: what it holds counts until then
    bool used = false;
    bool gone() const { return !handle || fence; }
  };

  /// Its number, if it is known.
  std::optional<std::uint32_t> find(const actors::requester_actor& handle) const;
  std::optional<std::uint32_t> find(const caf::actor_addr& address) const;
  /// A number for one that is not known. Numbers of dead ones come back once `in_use` says no.
  std::uint32_t add(const actors::requester_actor& handle, const std::function<bool(std::uint32_t)>& in_use);

  row& operator[](std::uint32_t number) { return rows_[number]; }
  std::vector<std::uint32_t> named(const std::string& name) const;
  /// Dead or lost ones whom `successor` follows: of the same name, or the same actor made again.
  std::vector<std::uint32_t> predecessors(std::uint32_t successor) const;
  std::optional<core::steady_time> next_fence() const;
  /// Those whose fence has run out; it is taken away.
  std::vector<std::uint32_t> fenced(core::steady_time now);

private:
  std::vector<row> rows_;
};

} // namespace logos::scheduling
