// SPDX-License-Identifier: MIT
#include "replay/gnuplot.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace logos::replay {
namespace {

using file = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// A file without a name.
file scratch() { return {std::tmpfile(), &std::fclose}; }

/// Runs gnuplot with `script` on its standard input; its words go to `words`. False: it failed.
bool run(std::FILE* script, std::FILE* words) {
  posix_spawn_file_actions_t redirected;
  posix_spawn_file_actions_init(&redirected);
  posix_spawn_file_actions_adddup2(&redirected, ::fileno(script), 0);
  posix_spawn_file_actions_adddup2(&redirected, ::fileno(words), 1);
  posix_spawn_file_actions_adddup2(&redirected, ::fileno(words), 2);
  std::string name{"gnuplot"};
  const std::array<char*, 2> arguments{name.data(), nullptr};
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, name.c_str(), &redirected, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&redirected);
  int status = 0;
  while (error == 0 && ::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return error == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string text_of(std::FILE* f) {
  std::string text(2000, '\0');
  std::rewind(f);
  text.resize(std::fread(text.data(), 1, text.size(), f));
  return text;
}

} // namespace

bool has_gnuplot() {
  const char* path = std::getenv("PATH");
  for (std::string_view rest{path != nullptr ? path : ""}; !rest.empty();) {
    const auto end = std::min(rest.find(':'), rest.size());
    const auto program = std::filesystem::path{rest.substr(0, end)} / "gnuplot";
    if (::access(program.c_str(), X_OK) == 0) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string gnuplot_text(std::string_view text) {
  std::string out{"'"};
  for (const char c : text)
    if (c == '\'')
      out += "''";
    else
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return out + "'";
}

boost::system::result<void, core::failure> draw(const std::string& stem, const chart& what) {
  const auto size = std::to_string(what.width) + "," + std::to_string(what.height);
  const std::array<std::pair<std::string_view, std::string>, 2> kinds{
      std::pair{".png", "pngcairo size " + size + " font 'sans,11'"},
      std::pair{".svg", "svg size " + size + " font 'sans,11' background 'white'"}};
  for (const auto& [ending, terminal] : kinds) {
    const auto path = stem + what.name + std::string{ending};
    const auto script = scratch(), words = scratch();
    const auto text = "set encoding utf8\nset terminal " + terminal + "\nset output " + gnuplot_text(path) + "\n" +
                      what.script + "\n";
    if (!script || !words || std::fwrite(text.data(), 1, text.size(), script.get()) != text.size() ||
        std::fflush(script.get()) != 0)
      return core::failure{core::ec::internal, "no temporary file for gnuplot's script"};
    std::rewind(script.get());
    if (!run(script.get(), words.get()))
      return core::failure{core::ec::internal, path + " cannot be drawn: " + text_of(words.get())};
  }
  return {};
}

} // namespace logos::replay
