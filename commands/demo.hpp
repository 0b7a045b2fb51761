// SPDX-License-Identifier: MIT
#pragma once
#include "config/settings.hpp"
#include "core/error.hpp"
#include "simulator/server.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <vector>

namespace logos::commands {

/// The simulated providers of `--demo`, each with its own thread and a loopback port of its own.
class demo_fleet {
public:
  /// Starts them.
  static boost::system::result<demo_fleet, core::failure> start();
  /// Adds them to the configuration as if the file named them.
  void declare(config::settings& s) const;

private:
  std::vector<std::unique_ptr<simulator::server>> servers_;
};

} // namespace logos::commands
