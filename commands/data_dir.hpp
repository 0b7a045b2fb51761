// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"

#include <boost/system/result.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace logos::commands {

/// A file that holds one secret, without its end of line; nothing when there is none.
boost::system::result<std::optional<std::string>, core::failure> read_secret_file(const std::filesystem::path& file);

/// DATA_DIR, held by this process alone for as long as the object lives.
class data_dir {
public:
  /// Makes the directory if it is missing and locks it. `conflict` names the process that holds it for longer than a
  /// look takes: blocks for a quarter of a second at most.
  static boost::system::result<data_dir, core::failure> lock(const std::filesystem::path& path);
  /// Looks whether a process holds the directory, and leaves it as it is.
  static bool is_held(const std::filesystem::path& path);
  ~data_dir();
  data_dir(data_dir&& other) noexcept;
  data_dir& operator=(data_dir&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// A file in it, as read_secret_file.
  boost::system::result<std::optional<std::string>, core::failure> read_secret(std::string_view name) const;
  /// Writes such a file, readable by its owner only (0600), replacing what was there at once. On the disk when it
  /// returns.
  std::optional<core::failure> write_secret(std::string_view name, std::string_view text) const;
  /// Writes over such a file where it stands, so that a full disk has room for it too. False: there is none, or it
  /// could not be written. What a power loss leaves of it may be neither the old text nor the new one.
  bool overwrite_secret(std::string_view name, std::string_view text) const;
  /// Removes such a file, if it is there.
  void remove_secret(std::string_view name) const;

private:
  data_dir(std::filesystem::path path, int lock) : path_{std::move(path)}, lock_{lock} {}
  std::filesystem::path path_;
  int lock_;
};

} // namespace logos::commands
