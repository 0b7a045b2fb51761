// SPDX-License-Identifier: MIT
#include "commands/data_dir.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace logos::commands {
namespace {

using core::ec;
using core::failure;

constexpr std::chrono::milliseconds look_again{10};
constexpr std::chrono::milliseconds longest_look{1000};

failure trouble(const std::filesystem::path& path, std::string_view what) {
  return {ec::internal,
          "data_dir: cannot " + std::string{what} + " " + path.string() + ": " + std::strerror(errno) +
              ". Choose another with --data-dir, or mend its permissions.",
          "data_dir"};
}

std::string holder(int fd) {
  char text[32]{};
  const auto length = ::pread(fd, text, sizeof text - 1, 0);
  if (length <= 0) return "another process";
  std::string pid{text, static_cast<std::size_t>(length)};
  while (!pid.empty() && pid.back() == '\n')
    pid.pop_back();
  std::string name;
  std::ifstream comm{"/proc/" + pid + "/comm"};
  std::getline(comm, name);
  return "process " + pid + (name.empty() ? "" : " (" + name + ")");
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

} // namespace

boost::system::result<data_dir, failure> data_dir::lock(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    errno = error.value();
    return trouble(path, "make the directory");
  }
  const auto file = path / "lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return trouble(file, "open");
  // Whoever looks whether it is held has the lock for an instant.
  bool locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  for (int tries = 0; !locked && tries < longest_look / look_again; ++tries) {
    std::this_thread::sleep_for(look_again);
    locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  }
  if (!locked) {
    const auto who = holder(fd);
    ::close(fd);
    return failure{ec::conflict,
                   "data_dir: " + path.string() + " is in use by " + who +
                       ". Stop it, or choose another directory with --data-dir.",
                   "data_dir"};
  }
  const auto pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || !write_all(fd, pid)) {
    auto wrong = trouble(file, "write");
    ::close(fd);
    return wrong;
  }
  return data_dir{path, fd};
}

bool data_dir::is_held(const std::filesystem::path& path) {
  const int fd = ::open((path / "lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  // A shared lock: of those who look, none takes another for the gateway.
  const bool held = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  return held;
}

data_dir::~data_dir() {
  if (lock_ >= 0) ::close(lock_);
}

data_dir::data_dir(data_dir&& other) noexcept : path_{std::move(other.path_)}, lock_{std::exchange(other.lock_, -1)} {}

boost::system::result<std::optional<std::string>, failure> read_secret_file(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::optional<std::string>{};
  std::ifstream in{file};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return trouble(file, "read");
  auto secret = std::move(text).str();
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r'))
    secret.pop_back();
  return std::optional{std::move(secret)};
}

boost::system::result<std::optional<std::string>, failure> data_dir::read_secret(std::string_view name) const {
  return read_secret_file(path_ / name);
}

std::optional<failure> data_dir::write_secret(std::string_view name, std::string_view text) const {
  const auto file = path_ / name;
  const auto fresh = path_ / (std::string{name} + ".new");
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return trouble(fresh, "open");
  const bool written = ::fchmod(fd, 0600) == 0 && write_all(fd, std::string{text} + "\n") && ::fsync(fd) == 0;
  ::close(fd);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) {
    auto wrong = trouble(file, "write");
    ::unlink(fresh.c_str());
    return wrong;
  }
  const int folder = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 || ::fsync(folder) != 0) {
    auto wrong = trouble(path_, "sync");
    if (folder >= 0) ::close(folder);
    return wrong;
  }
  ::close(folder);
  return std::nullopt;
}

bool data_dir::overwrite_secret(std::string_view name, std::string_view text) const {
  const int fd = ::open((path_ / name).c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const auto line = std::string{text} + "\n";
  const bool written = write_all(fd, line) && ::ftruncate(fd, static_cast<off_t>(line.size())) == 0 && ::fsync(fd) == 0;
  ::close(fd);
  return written;
}

void data_dir::remove_secret(std::string_view name) const {
  std::error_code ignored;
  std::filesystem::remove(path_ / name, ignored);
}

} // namespace logos::commands
