// SPDX-License-Identifier: MIT
#include "commands/open_existing.hpp"

#include "commands/installation.hpp"
#include "commands/secret_files.hpp"

namespace logos::commands {

storage::result<existing> open_existing(const config::settings& s) {
  const auto texts = find_secret_texts(s);
  if (!texts) return texts.error();
  if (texts->present.empty())
    return core::failure{core::ec::bad_field,
                         "there is no secret key: set LOGOS_SECRET_KEY, or give the data directory "
                         "of a gateway that was started once."};
  auto store = storage::open_store(store_options_of(s), core::secret_key{texts->present, texts->previous});
  if (!store) return store.error();
  if (const auto same = (*store)->verify_secret(); !same) return same.error();
  const auto secret = (*store)->secret();
  return existing{std::move(*store), secret};
}

} // namespace logos::commands
