// SPDX-License-Identifier: MIT
#include "config/document.hpp"
#include "config/load.hpp"
#include "config/validate.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <unistd.h>

extern char** environ;

namespace logos::config {
namespace {

/// At most `most` bytes and one more, so that a caller sees that there were too many. Nothing when it is no file.
std::optional<std::string> read_text(const std::filesystem::path& path, std::size_t most) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) || std::filesystem::is_directory(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(most + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::optional<std::string> read_secret(const std::string& path) {
  constexpr std::size_t most = 64 << 10;
  auto text = read_text(path, most);
  return text && text->size() <= most ? text : std::nullopt;
}

} // namespace

std::vector<problem> validate_files(const settings& s) {
  std::vector<problem> problems;
  const auto check = [&](const std::string& key, const std::string& path) {
    if (path.empty()) return;
    problem p;
    p.key = key;
    std::error_code error;
    if (!std::filesystem::exists(path, error))
      p.message = "there is no file '" + path + "'";
    else if (std::filesystem::is_directory(path, error))
      p.message = "'" + path + "' is a folder";
    else if (::access(path.c_str(), R_OK) != 0)
      p.message = "'" + path + "' cannot be read: " + std::strerror(errno);
    if (!p.message.empty()) problems.push_back(std::move(p));
  };
  if (s.tls) {
    check("tls.certificate", s.tls->certificate);
    check("tls.key", s.tls->key);
  }
  if (s.cluster && s.cluster->tls) {
    check("cluster.tls.certificate", s.cluster->tls->certificate);
    check("cluster.tls.key", s.cluster->tls->key);
    check("cluster.tls.ca", s.cluster->tls->ca);
  }
  for (std::size_t i = 0; i < s.providers.size(); ++i)
    check("providers[" + std::to_string(i) + "].tls.ca", s.providers[i].tls.ca);
  return problems;
}

environment process_environment() {
  environment variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    if (const auto equals = text.find('='); equals != std::string_view::npos)
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

loaded read_settings(const std::optional<std::filesystem::path>& path, const environment& variables,
                     const flags& given) {
  sources from;
  from.variables = variables;
  from.given = given;
  from.files = read_secret;
  if (path) {
    from.file_name = path->string();
    auto text = read_text(*path, most_text_bytes);
    if (!text) {
      problem missing;
      missing.origin = from.file_name;
      missing.message = "cannot be read; does it exist, and is it a file?";
      loaded nothing;
      nothing.problems.push_back(std::move(missing));
      return nothing;
    }
    from.text = std::move(*text);
  }
  auto result = load(from);
  if (!result.value) return result;
  for (auto& p : validate_files(*result.value)) {
    locate(p, result.where, from.file_name);
    result.problems.push_back(std::move(p));
  }
  if (has_error(result.problems)) result.value.reset();
  return result;
}

} // namespace logos::config
