// SPDX-License-Identifier: MIT
#pragma once
#include "config/document.hpp"
#include "config/problem.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logos::config {

/// Names and values of environment variables.
using environment = std::map<std::string, std::string, std::less<>>;
/// Yields the contents of a file, or nothing when it cannot be read.
using file_reader = std::function<std::optional<std::string>(const std::string& path)>;

/// Where a setting was given.
struct position {
  std::string origin;
  int line = 0;
  int column = 0;
};
/// Key path → where it was given. What is not in it has its default.
using positions = std::map<std::string, position, std::less<>>;

/// Walks a document while it is turned into structs: knows the path of the key it is at, collects problems and
/// remembers where every key was given. One thread, one document.
class reader {
public:
  reader(std::string file_name, const environment& variables, const file_reader& files)
      : file_name_(std::move(file_name)),
        variables_(variables),
        files_(files) {}

  /// Goes to a key of the current map, or an element of the current list, for as long as the scope lives.
  class scope {
  public:
    scope(reader& in, std::string_view key, const node& value);
    scope(reader& in, std::size_t index, const node& value);
    ~scope() { in_.path_.resize(length_); }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

  private:
    reader& in_;
    std::size_t length_;
  };

  /// Something is wrong with the value at the current path.
  void complain(const node& at, std::string message);
  /// `name` is not among `known`. Tells whether one of them was probably meant, which then is not missing as well.
  std::string_view complain_unknown(const node& name, std::span<const std::string_view> known);
  void complain_missing(const node& in, std::string_view key);
  void complain_twice(const node& name, int first_line);

  /// What `env:NAME`, `file:PATH` or the text itself stands for. Complains and yields nothing when there is none.
  std::optional<std::string> resolve(const node& at, const std::string& text);

  std::vector<problem> problems;
  positions where;

private:
  std::string key_below(std::string_view key) const;
  void add(const node& at, std::string key, std::string message, std::string nearest = {});
  void note(const node& value);

  std::string path_;
  std::string file_name_;
  const environment& variables_;
  const file_reader& files_;
};

/// More than these are not shown: nobody reads them, and a hostile file should not fill the memory.
inline constexpr std::size_t most_problems = 100;

} // namespace logos::config
