// SPDX-License-Identifier: MIT
#pragma once
#include "core/capability.hpp"
#include "core/cascade.hpp"
#include "core/error.hpp"
#include "core/money.hpp"
#include "core/residence.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "core/vocabulary.hpp"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How a value is written as JSON and read from it, one overload per type. `read_value` answers what was expected when
/// the value does not fit, and then leaves `out` alone; empty: it fits.
namespace logos::administration {

using json_value = simdjson::dom::element;
/// Static text that completes "'name' must be …".
using expectation = std::string_view;

// Bounds of plain numbers, of limits on what runs at a time, of a policy's thresholds (on both sides of 0).
inline constexpr std::int64_t largest_count = 1'000'000'000'000;
inline constexpr std::int64_t largest_limit = 1'000'000;
inline constexpr std::int64_t largest_threshold = 1024;

void write_value(std::string& out, const std::string& value);
void write_value(std::string& out, std::int64_t value);
void write_value(std::string& out, bool value);
void write_value(std::string& out, const std::vector<std::string>& value);
void write_value(std::string& out, core::wall_time value); // null for 1970
void write_value(std::string& out, const std::optional<core::wall_time>& value);
void write_value(std::string& out, core::provider_type value);
void write_value(std::string& out, core::privacy_level value);
void write_value(std::string& out, core::log_level value);
void write_value(std::string& out, core::origin value);
void write_value(std::string& out, core::priority value);
void write_value(std::string& out, core::residence value);
void write_value(std::string& out, core::role value);
void write_value(std::string& out, core::policy_use value);
void write_value(std::string& out, core::capability_set value);
void write_value(std::string& out, const core::cascade& value); // null when there is none
void write_value(std::string& out, core::scope value);
void write_value(std::string& out, core::limit_kind value);
void write_value(std::string& out, core::budget_period value);

expectation read_value(json_value from, std::string& out);
expectation read_value(json_value from, std::int64_t& out);
expectation read_value(json_value from, bool& out);
expectation read_value(json_value from, std::vector<std::string>& out);
expectation read_value(json_value from, std::optional<core::wall_time>& out);
expectation read_value(json_value from, core::provider_type& out);
expectation read_value(json_value from, core::privacy_level& out);
expectation read_value(json_value from, core::log_level& out);
expectation read_value(json_value from, core::priority& out);
expectation read_value(json_value from, core::wall_time& out);
expectation read_value(json_value from, core::residence& out);
expectation read_value(json_value from, core::role& out);
expectation read_value(json_value from, core::policy_use& out);
/// A list of words; what else they imply is added.
expectation read_value(json_value from, core::capability_set& out);
/// A policy's threshold: -1024 to 1024.
expectation read_threshold(json_value from, std::int64_t& out);
expectation read_value(json_value from, core::scope& out);
expectation read_value(json_value from, core::limit_kind& out);
expectation read_value(json_value from, core::budget_period& out);
/// An amount of money as a decimal text or number; written as text, so that nobody's floating point touches it.
void write_money(std::string& out, core::nano value);
expectation read_money(json_value from, core::nano& out);
/// The same, also below 0, and not 0.
expectation read_signed_money(json_value from, core::nano& out);
/// Three capital letters.
expectation read_currency(json_value from, std::string& out);
/// A name, as core/name_text.hpp has it.
expectation read_name(json_value from, std::string& out);
/// A name that a model may be called by: none that means something else where clients name a model.
expectation read_model_name(json_value from, std::string& out);
expectation read_model_names(json_value from, std::vector<std::string>& out);
/// A key or its format: what can travel in a header.
expectation read_header_text(json_value from, std::string& out);
/// How many requests at once, at most 1000000.
expectation read_limit(json_value from, std::int64_t& out);
/// A number of 0 or more.
expectation read_count(json_value from, std::int64_t& out);
/// A positive id; null means none, 0.
expectation read_id(json_value from, std::int64_t& out);
expectation read_needed_id(json_value from, std::int64_t& out);
/// A JSON object; null means none.
expectation read_object(json_value from, std::string& out);
/// `null` for 0.
void write_id(std::string& out, std::int64_t id);
/// As it is; `null` when empty.
void write_object(std::string& out, const std::string& text);

} // namespace logos::administration
