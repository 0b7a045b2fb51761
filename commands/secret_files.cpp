// SPDX-License-Identifier: MIT
#include "commands/secret_files.hpp"

namespace logos::commands {

boost::system::result<secret_texts, core::failure> find_secret_texts(const config::settings& s) {
  secret_texts out{s.secret_key.reveal(), s.secret_key_previous.reveal()};
  if (!out.present.empty()) return out;
  const std::filesystem::path folder{s.data_dir};
  auto kept = read_secret_file(folder / secret_file);
  if (!kept) return kept.error();
  auto next = read_secret_file(folder / next_secret_file);
  if (!next) return next.error();
  out.present = kept->value_or("");
  if (!*next || out.present.empty()) return out;
  out.previous = out.present;
  out.present = **next;
  return out;
}

} // namespace logos::commands
