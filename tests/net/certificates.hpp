// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>

namespace logos::net::test {

/// A temporary folder, gone with this.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

/// Writes a self-signed certificate for `subject` (a DNS name, or an address if `address` is not empty) and its key.
void write_certificate(const std::string& certificate_file, const std::string& key_file, const std::string& name,
                       const std::string& address = {});

} // namespace logos::net::test
