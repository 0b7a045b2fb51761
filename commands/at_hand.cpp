// SPDX-License-Identifier: MIT
#include "commands/at_hand.hpp"

#include <array>
#include <pwd.h>
#include <string>
#include <unistd.h>

namespace logos::commands {

storage::author at_hand() {
  const auto id = ::getuid();
  auto who = "uid " + std::to_string(id);
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> text{};
  if (::getpwuid_r(id, &entry, text.data(), text.size(), &found) == 0 && found != nullptr)
    who += std::string{" ("} + found->pw_name + ")";
  return {0, "command line", std::move(who)};
}

} // namespace logos::commands
