// SPDX-License-Identifier: MIT
#pragma once
#include "commands/data_dir.hpp"
#include "config/settings.hpp"

#include <string>
#include <string_view>

namespace logos::commands {

/// In DATA_DIR: the secret key, the one that is about to replace it, and the one that it has replaced.
inline constexpr std::string_view secret_file = "secret.key";
inline constexpr std::string_view next_secret_file = "secret.key.next";
inline constexpr std::string_view previous_secret_file = "secret.key.previous";

/// The secret key as text, and another one that the database may still or already belong to.
struct secret_texts {
  std::string present; // empty: there is none yet
  std::string previous;
};

/// The settings' or those in DATA_DIR. Makes nothing. A `secret.key.next` is there when `logos rotate-secret` was
/// interrupted; the database knows which of the two it belongs to.
boost::system::result<secret_texts, core::failure> find_secret_texts(const config::settings& s);

} // namespace logos::commands
