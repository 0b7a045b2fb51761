// SPDX-License-Identifier: MIT
#pragma once
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace logos::test {

/// A new empty folder that goes, with all that is in it, when this does.
class temporary_folder {
public:
  /// In `inside`. Throws std::runtime_error when it cannot be made.
  explicit temporary_folder(const std::filesystem::path& inside = std::filesystem::temp_directory_path()) {
    auto name = (inside / "logos-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"cannot make " + name};
    path_ = name;
  }
  ~temporary_folder() {
    std::error_code none;
    std::filesystem::remove_all(path_, none);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::string file(std::string_view name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

} // namespace logos::test
