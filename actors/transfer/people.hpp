// SPDX-License-Identifier: MIT
#pragma once
#include "actors/transfer/cargo.hpp"
#include "storage/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace logos::transfer {

/// A file's name, as messages say it, and its text.
struct text_file {
  std::string name;
  std::string text;
};

/// What the files of April 2025 leave open.
struct people_options {
  std::map<std::string, std::string, std::less<>> addresses; // base URLs of providers, by name
};

/// Reads `users.yml` (users with their Logos key and profile) and `profiles.yml` (profiles with provider keys and
/// rights). Each user gets a process with that key, hashed with `secret`, and a profile that may use what the profile's
/// providers serve, and that no others serve. `there`: the installation as it is; its providers are used by name.
/// `bad_field` names the file and the line.
storage::result<cargo> read_people(const text_file& users, const text_file& profiles, const core::secret_key& secret,
                                   const storage::catalog_data& there, const people_options& how);

/// Whether a text looks like one of the two: its entries stand under `users` or `profiles`, or, without either, have
/// what a user (`logos_api_key`, `profile`) or a profile (`llm_keys`, `logos_rights`) has.
enum class people_part : std::uint8_t { none, users, profiles };
people_part part_of(std::string_view text);

} // namespace logos::transfer
