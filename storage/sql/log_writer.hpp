// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "core/time.hpp"
#include "core/vocabulary.hpp"
#include "storage/records.hpp"
#include "storage/sql/log_reader.hpp"
#include "storage/sql/text.hpp"

#include <cstdint>
#include <string_view>

namespace logos::storage::sql {

/// What a writer of rows does with the columns that `visit_log_fields` shows, the same in either database. `Row`
/// derives from it and says how a value goes in, always at the next place: `null()`, `integer(x)`, `real(name, x)`,
/// `required(name, time)`, `ranked(priority)`; `letters(text)` (plain, for good), `viewed(text)` (lives as long as the
/// row), `copied(text)`. `row().as_texts`: JSON goes in as a text, whatever it is.
template <class Row>
class log_writer {
public:
  void time(std::string_view name, core::wall_time x) {
    if (x == core::wall_time{})
      row().null();
    else
      row().required(name, x);
  }
  void id(std::string_view, std::int64_t x) {
    if (x == 0)
      row().null();
    else
      row().integer(x);
  }
  void word(std::string_view, auto x) { row().letters(to_string(x)); }
  void word(std::string_view, core::ec x) {
    if (x == core::ec::none)
      row().null();
    else
      row().letters(to_string(x));
  }
  void rank(std::string_view, core::priority x) {
    if (x == 0)
      row().null();
    else
      row().ranked(x);
  }
  void count(std::string_view, std::int64_t x) { row().integer(x); }
  void known(std::string_view, std::int32_t x) {
    if (x < 0)
      row().null();
    else
      row().integer(x);
  }
  void known_real(std::string_view name, float x) {
    if (x < 0)
      row().null();
    else
      row().real(name, x);
  }
  void millis(std::string_view name, std::int64_t us) { row().real(name, static_cast<double>(us) / 1000); }
  void text(std::string_view, std::string_view x) {
    if (x.empty())
      row().null();
    else if (storable(x))
      row().viewed(x);
    else
      row().copied(made_storable(x));
  }
  void json(std::string_view, std::string_view x) {
    if (x.empty())
      row().null();
    else if (row().as_texts)
      row().copied(core::json_string(made_storable(x)));
    else if (looks_like_json(x))
      row().viewed(x);
    else
      row().copied(as_json(x));
  }

  /// What was read of the prompt is written at log level FULL only, whoever gives it.
  void statistics(std::string_view name, const finished& x) {
    if (x.features.empty() || x.log != core::log_level::full) return json(name, x.classification_statistics);
    const auto whole = with_features(x.classification_statistics, x.features);
    if (whole.empty())
      row().null();
    else if (row().as_texts)
      row().copied(core::json_string(made_storable(whole)));
    else
      row().copied(looks_like_json(whole) ? whole : as_json(whole));
  }

private:
  Row& row() { return static_cast<Row&>(*this); }
};

} // namespace logos::storage::sql
