// SPDX-License-Identifier: MIT
#include "config/reader.hpp"

#include "config/catalogue.hpp"

namespace logos::config {
namespace {

/// `providers[2].models[0].name` → `providers[].models[].name`
std::string without_indices(std::string_view path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    if (c == ']') inside = false;
    if (!inside) out += c;
    if (c == '[') inside = true;
  }
  return out;
}

} // namespace

reader::scope::scope(reader& in, std::string_view key, const node& value) : in_(in), length_(in.path_.size()) {
  in_.path_ = in_.key_below(key);
  in_.note(value);
}

reader::scope::scope(reader& in, std::size_t index, const node& value) : in_(in), length_(in.path_.size()) {
  in_.path_ += '[' + std::to_string(index) + ']';
  in_.note(value);
}

std::string reader::key_below(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
}

void reader::note(const node& value) {
  if (!value.null()) where[path_] = {value.origin.empty() ? file_name_ : value.origin, value.line, value.column};
}

void reader::add(const node& at, std::string key, std::string message, std::string nearest) {
  if (problems.size() > most_problems) return;
  problem p;
  if (problems.size() == most_problems) {
    p.origin = file_name_;
    p.message = "more problems follow; mend these first";
  } else {
    p.origin = at.origin.empty() ? file_name_ : at.origin;
    p.line = at.line;
    p.column = at.column;
    p.key = std::move(key);
    p.message = std::move(message);
    p.nearest = std::move(nearest);
  }
  problems.push_back(std::move(p));
}

void reader::complain(const node& at, std::string message) { add(at, path_, std::move(message)); }

std::string_view reader::complain_unknown(const node& name, std::span<const std::string_view> known) {
  if (problems.size() > most_problems) return {};
  if (name.type != node::kind::scalar) {
    add(name, path_, "a key must be a single word, found " + std::string(to_string(name.type)));
    return {};
  }
  if (const auto instead = instead_of(without_indices(key_below(name.text))); !instead.empty()) {
    add(name, key_below(name.text), "there is no such setting any more: " + std::string(instead));
    return {};
  }
  const auto nearest = nearest_of(name.text, known);
  if (looks_alike(name.text, nearest)) {
    add(name, key_below(name.text), "unknown key; did you mean '" + std::string(nearest) + "'?", std::string(nearest));
    return nearest;
  }
  for (const auto& setting : catalogue()) { // a known key in the wrong section
    const auto dot = setting.path.rfind('.');
    if (setting.path.substr(dot == std::string::npos ? 0 : dot + 1) != name.text) continue;
    add(name, key_below(name.text), "unknown key here; did you mean '" + setting.path + "'?", setting.path);
    return {};
  }
  add(name, key_below(name.text), "unknown key; the nearest known one is '" + std::string(nearest) + "'",
      std::string(nearest));
  return {};
}

void reader::complain_missing(const node& in, std::string_view key) { add(in, key_below(key), "is missing"); }

void reader::complain_twice(const node& name, int first_line) {
  add(name, key_below(name.text), "given twice; the first is in line " + std::to_string(first_line));
}

std::optional<std::string> reader::resolve(const node& at, const std::string& text) {
  if (text.starts_with("env:")) {
    const auto name = text.substr(4);
    const auto found = variables_.find(name);
    if (found != variables_.end() && !found->second.empty()) return found->second;
    complain(at, "the environment variable '" + name + "' is not set");
    return std::nullopt;
  }
  if (text.starts_with("file:")) {
    const auto path = text.substr(5);
    auto content = path.find('\0') == std::string::npos && files_ ? files_(path) : std::nullopt;
    if (!content) {
      complain(at, "the file '" + path + "' cannot be read");
      return std::nullopt;
    }
    while (!content->empty() && (content->back() == '\n' || content->back() == '\r'))
      content->pop_back();
    if (!content->empty()) return content;
    complain(at, "the file '" + path + "' is empty");
    return std::nullopt;
  }
  return text;
}

} // namespace logos::config
