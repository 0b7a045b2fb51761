// SPDX-License-Identifier: MIT
#pragma once
#include "commands/installation.hpp"

#include <string>

namespace logos::commands {

/// What an operator can do first with a gateway that has just started.
struct first_steps {
  std::string address; // of the gateway: http://127.0.0.1:8080
  std::string data_dir;
  std::string config_file; // empty: none
  root_keys roots;
  const storage::catalog_data& catalog;
};

/// Lines to print: a request to copy, or what is missing for one.
std::string to_string(const first_steps& at);

} // namespace logos::commands
