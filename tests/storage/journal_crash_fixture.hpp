// SPDX-License-Identifier: MIT
#pragma once
#include "tests/storage/journal_folder.hpp"

#include <fstream>
#include <functional>

namespace logos::test {

/// What a program leaves behind that was killed, and the next one reads.
class journal_after_a_crash : public journal_folder {
protected:
  /// What a run leaves behind when it is killed: the files, as they are. (Closing only lets go of blank ones.)
  void run(const std::string& name, const std::function<void(storage::journal_writer&)>& work) {
    auto journal = open(name);
    work(**journal->new_writer());
  }
  std::filesystem::path only_file() const {
    return std::filesystem::directory_iterator { folder_.path() } -> path();
  }
  void overwrite(std::uint64_t at, const std::string& bytes) {
    std::fstream file{only_file(), std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(at));
    file << bytes;
  }
};

} // namespace logos::test
