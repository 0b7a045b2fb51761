// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "storage/reports.hpp"
#include "storage/sql/log_fields.hpp"
#include "storage/sql/session.hpp"
#include "storage/sql/text.hpp"

#include <string>

namespace logos::storage::sql {

/// Collects the columns' names, for the SQL.
struct log_columns {
  std::vector<std::string> names;

  void add(std::string_view name) { names.emplace_back(name); }
  void required(std::string_view n, const auto&) { add(n); }
  void time(std::string_view n, const auto&) { add(n); }
  void request_id(std::string_view n, const auto&) { add(n); }
  void id(std::string_view n, const auto&) { add(n); }
  void word(std::string_view n, const auto&) { add(n); }
  void rank(std::string_view n, const auto&) { add(n); }
  void truth(std::string_view n, const auto&) { add(n); }
  void count(std::string_view n, const auto&) { add(n); }
  void known(std::string_view n, const auto&) { add(n); }
  void known_real(std::string_view n, const auto&) { add(n); }
  void millis(std::string_view n, const auto&) { add(n); }
  void text(std::string_view n, const auto&) { add(n); }
  void json(std::string_view n, const auto&) { add(n); }
  void statistics(std::string_view n, const auto&) { add(n); }
};

/// The number that a stored rank means: low, medium, high or the number itself; 0 when there is none.
inline core::priority parse_rank(std::string_view text) { return core::parse_priority(text).value_or(0); }
inline std::string rank_text(core::priority rank) {
  if (rank == core::priority_low) return "low";
  if (rank == core::priority_mid) return "medium";
  if (rank == core::priority_high) return "high";
  return std::to_string(rank);
}

/// Reads a row back, starting at the cell `next`.
struct log_reader {
  const std::vector<cell>& from;
  std::size_t next;

  std::string_view take() {
    const auto& x = from[next++];
    return x ? std::string_view{*x} : std::string_view{};
  }
  void required(std::string_view, core::wall_time& x) { x = parse_time(take()).value_or(core::wall_time{}); }
  void time(std::string_view, core::wall_time& x) { x = parse_time(take()).value_or(core::wall_time{}); }
  void request_id(std::string_view, request_row& row) {
    row.request_id_text = take();
    row.request_id = core::uuid::parse(row.request_id_text).value_or(core::uuid{});
  }
  void id(std::string_view, std::int64_t& x) { x = parse_integer(take()); }
  template <class Enum>
  void word(std::string_view, Enum& x) {
    const auto name = take();
    for (unsigned i = 0; i < 64; ++i)
      if (to_string(static_cast<Enum>(i)) == name) {
        x = static_cast<Enum>(i);
        return;
      }
  }
  void word(std::string_view, core::ec& x) {
    const auto name = take();
    for (unsigned i = 0; i <= static_cast<unsigned>(core::ec::last_); ++i)
      if (to_string(static_cast<core::ec>(i)) == name) x = static_cast<core::ec>(i);
  }
  void rank(std::string_view, core::priority& x) { x = parse_rank(take()); }
  void truth(std::string_view, bool& x) { x = parse_truth(take()); }
  template <class Number>
  void count(std::string_view, Number& x) {
    x = static_cast<Number>(parse_integer(take()));
  }
  void known(std::string_view, std::int32_t& x) {
    const auto text_form = take();
    x = text_form.empty() ? -1 : static_cast<std::int32_t>(parse_integer(text_form));
  }
  void known_real(std::string_view, float& x) {
    const auto text_form = take();
    x = text_form.empty() ? -1 : static_cast<float>(parse_real(text_form));
  }
  void millis(std::string_view, std::int64_t& us) { us = static_cast<std::int64_t>(parse_real(take()) * 1000 + 0.5); }
  void text(std::string_view, std::string& x) { x = take(); }
  void json(std::string_view, std::string& x) { x = take(); }
  void statistics(std::string_view, request_row& row) { row.classification_statistics = take(); }
};

} // namespace logos::storage::sql
