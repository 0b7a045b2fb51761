// SPDX-License-Identifier: MIT
#pragma once
#include "config/overlay.hpp"
#include "config/problem.hpp"
#include "config/reader.hpp"
#include "config/settings.hpp"

#include <filesystem>
#include <optional>

namespace logos::config {

/// What a configuration is made from.
struct sources {
  std::string text{};                   // of the file; empty: no file
  std::string file_name = "logos.yaml"; // for messages
  environment variables{};
  flags given{};
  file_reader files{}; // for `file:PATH`; without it no such file can be read
};

struct loaded {
  /// There when no problem is an error.
  std::optional<settings> value;
  /// All of them, warnings included, in the order of the file.
  std::vector<problem> problems;
  /// Where each key was given, to give later problems their line (`locate`).
  positions where;
};

/// Reads, fills in and validates. Pure: the same sources yield the same result; no exception leaves it.
loaded load(const sources& from);

/// Gives a problem with a key but no origin the file and line of that key, or of the nearest thing around it.
void locate(problem& p, const positions& where, const std::string& file_name);

/// Reads `path` (nothing: defaults, environment and flags alone), loads it and checks the files that it names. Relative
/// paths count from the working directory. A file that cannot be read is a problem like any other.
loaded read_settings(const std::optional<std::filesystem::path>& path, const environment& variables,
                     const flags& given);

/// The process's environment. Call it before there are threads that change it.
environment process_environment();

} // namespace logos::config
