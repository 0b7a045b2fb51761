// SPDX-License-Identifier: MIT
#include "commands/open_existing.hpp"

#include "commands/installation.hpp"

#include <filesystem>
#include <fstream>

namespace logos::commands {

std::string known_secret(const config::settings& s) {
  auto text = s.secret_key.reveal();
  if (text.empty()) {
    std::ifstream file{std::filesystem::path{s.data_dir} / "secret.key"};
    std::getline(file, text);
  }
  return text;
}

storage::result<existing> open_existing(const config::settings& s) {
  const auto text = known_secret(s);
  if (text.empty())
    return core::failure{core::ec::bad_field,
                         "there is no secret key: set LOGOS_SECRET_KEY, or give the data directory "
                         "of a gateway that was started once."};
  const core::secret_key secret{text};
  auto store = storage::open_store(store_options_of(s), secret);
  if (!store) return store.error();
  if (const auto same = (*store)->verify_secret(); !same) return same.error();
  return existing{std::move(*store), secret};
}

} // namespace logos::commands
