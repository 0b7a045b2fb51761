// SPDX-License-Identifier: MIT
#pragma once
#include "config/reader.hpp"
#include "config/settings.hpp"

#include <concepts>
#include <limits>

/// One overload of `read` and `show` per type that a setting may have. `read` leaves `out` alone and complains when the
/// value does not fit; `show` writes it as the file would.
namespace logos::config {

/// What a table says about a setting besides its member.
struct field_facts {
  std::string_view name{};
  std::string_view description{};
  bool required = false;
  bool in_bytes = false;  // an integer that is a size: units are understood
  bool words = false;     // a text that may also be given as a list of words
  std::int64_t least = 0; // of integers, milliseconds and sizes
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::string_view default_text{}; // where the default depends on other settings
};

void read(reader& in, const node& value, const field_facts& facts, bool& out);
void read(reader& in, const node& value, const field_facts& facts, std::string& out);
void read(reader& in, const node& value, const field_facts& facts, std::vector<std::string>& out);
void read(reader& in, const node& value, const field_facts& facts, secret_text& out);
void read(reader& in, const node& value, const field_facts& facts, milliseconds& out);
void read(reader& in, const node& value, const field_facts& facts, std::map<std::string, std::int64_t>& out);
/// Nano-units of a currency.
void read(reader& in, const node& value, const field_facts& facts, std::int64_t& out);
/// A finite number within the bounds of `facts`.
void read(reader& in, const node& value, const field_facts& facts, double& out);
void read(reader& in, const node& value, const field_facts& facts, core::wall_time& out);
void read(reader& in, const node& value, const field_facts& facts, core::url& out);
void read(reader& in, const node& value, const field_facts& facts, core::provider_type& out);
void read(reader& in, const node& value, const field_facts& facts, core::privacy_level& out);
void read(reader& in, const node& value, const field_facts& facts, core::residence& out);
void read(reader& in, const node& value, const field_facts& facts, core::policy_use& out);
void read(reader& in, const node& value, const field_facts& facts, core::capability_set& out);
void read(reader& in, const node& value, const field_facts& facts, core::check_set& out);
void read(reader& in, const node& value, const field_facts& facts, core::severity& out);
void read(reader& in, const node& value, const field_facts& facts, core::priority& out);
void read(reader& in, const node& value, const field_facts& facts, endpoint& out);
void read(reader& in, const node& value, const field_facts& facts, storage_settings& out);

/// A whole number within the bounds of `facts`, or nothing after a complaint.
std::optional<std::int64_t> read_integer(reader& in, const node& value, const field_facts& facts);

template <class T>
requires(std::same_as<T, std::uint32_t> || std::same_as<T, std::uint64_t> ||
         std::same_as<T, std::int32_t>) void read(reader& in, const node& value, const field_facts& facts, T& out) {
  auto narrowed = facts;
  if constexpr (sizeof(T) < sizeof(std::int64_t))
    narrowed.most = std::min<std::int64_t>(narrowed.most, std::numeric_limits<T>::max());
  if (const auto number = read_integer(in, value, narrowed)) out = static_cast<T>(*number);
}

std::string show(const field_facts& facts, bool value);
std::string show(const field_facts& facts, const std::string& value);
std::string show(const field_facts& facts, const std::vector<std::string>& value);
std::string show(const field_facts& facts, const secret_text& value);
std::string show(const field_facts& facts, milliseconds value);
std::string show(const field_facts& facts, const std::map<std::string, std::int64_t>& value);
std::string show(const field_facts& facts, std::int64_t value);
std::string show(const field_facts& facts, double value);
std::string show(const field_facts& facts, core::wall_time value);
std::string show(const field_facts& facts, const core::url& value);
std::string show(const field_facts& facts, core::provider_type value);
std::string show(const field_facts& facts, core::privacy_level value);
std::string show(const field_facts& facts, core::residence value);
std::string show(const field_facts& facts, core::policy_use value);
std::string show(const field_facts& facts, core::capability_set value);
std::string show(const field_facts& facts, core::check_set value);
std::string show(const field_facts& facts, core::severity value);
std::string show(const field_facts& facts, core::priority value);
std::string show(const field_facts& facts, const endpoint& value);
std::string show(const field_facts& facts, const storage_settings& value);
std::string show(const field_facts& facts, std::uint32_t value);
std::string show(const field_facts& facts, std::uint64_t value);
std::string show(const field_facts& facts, std::int32_t value);

} // namespace logos::config
