// SPDX-License-Identifier: MIT
#pragma once
#include "config/catalogue.hpp"
#include "config/values.hpp"

#include <array>
#include <type_traits>

/// The machinery behind config/tables.cpp: a struct has a table of rows, a row joins a key to a member, and everything
/// else (reading, unknown keys, environment variables, the README's table) follows from the tables.
namespace logos::config {

/// Specialised in tables.cpp: `static constexpr std::array rows{…}`.
template <class S>
struct table;

template <class S>
concept section = requires {
  table<S>::rows;
};

/// One line of a table.
template <class S>
struct field : field_facts {
  void (*read_into)(reader&, const node&, const field_facts&, S&) = nullptr;
  std::string (*show_default)(const field_facts&) = nullptr;
  void (*list)(const std::string& prefix, bool in_list, std::vector<setting_info>& out) = nullptr;
  shape form = shape::value;

  constexpr field need() const {
    return with([](field& f) { f.required = true; });
  }
  constexpr field bytes() const {
    return with([](field& f) { f.in_bytes = true; });
  }
  constexpr field as_words() const {
    return with([](field& f) { f.words = true; });
  }
  /// Integers and sizes as they are, durations in milliseconds.
  constexpr field between(std::int64_t lowest, std::int64_t highest) const {
    return with([&](field& f) { f.least = lowest, f.most = highest; });
  }
  /// Where the default follows from other settings.
  constexpr field defaulting(std::string_view words_for_it) const {
    return with([&](field& f) { f.default_text = words_for_it; });
  }

private:
  template <class Change>
  constexpr field with(Change change) const {
    auto changed = *this;
    change(changed);
    return changed;
  }
};

template <section S>
void read(reader& in, const node& value, const field_facts& facts, S& out);
template <section S>
void read(reader& in, const node& value, const field_facts& facts, std::vector<S>& out);
template <class T>
void read(reader& in, const node& value, const field_facts& facts, std::optional<T>& out);
/// A model may be its name alone.
void read(reader& in, const node& value, const field_facts& facts, model_settings& out);

template <section S>
void read_section(reader& in, const node& value, S& out) {
  constexpr auto& rows = table<S>::rows;
  if (value.type != node::kind::map) {
    in.complain(value, "expected a map of settings, found " + std::string(to_string(value.type)));
    return;
  }
  std::array<std::string_view, rows.size()> known;
  for (std::size_t i = 0; i < rows.size(); ++i)
    known[i] = rows[i].name;
  std::array<int, rows.size()> first_line;
  first_line.fill(-1);
  std::array<bool, rows.size()> settled{}; // given, or most likely meant by a key that was not understood
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const auto& name = value.names[i];
    const auto row = std::find(known.begin(), known.end(), name.text);
    if (row == known.end()) {
      const auto meant = std::find(known.begin(), known.end(), in.complain_unknown(name, known));
      if (meant != known.end()) settled[static_cast<std::size_t>(meant - known.begin())] = true;
      continue;
    }
    const auto at = static_cast<std::size_t>(row - known.begin());
    if (first_line[at] >= 0) {
      in.complain_twice(name, first_line[at]);
      continue;
    }
    first_line[at] = name.line;
    if (value.items[i].null()) continue; // a key without a value says nothing
    settled[at] = true;
    const reader::scope inside(in, name.text, value.items[i]);
    rows[at].read_into(in, value.items[i], rows[at], out);
  }
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].required && !settled[i]) in.complain_missing(value, rows[i].name);
}

template <section S>
void read(reader& in, const node& value, const field_facts&, S& out) {
  read_section(in, value, out);
}

template <section S>
void read(reader& in, const node& value, const field_facts& facts, std::vector<S>& out) {
  if (value.type != node::kind::sequence) {
    in.complain(value, "expected a list, found " + std::string(to_string(value.type)));
    return;
  }
  out.clear();
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const reader::scope element(in, i, value.items[i]);
    read(in, value.items[i], facts, out.emplace_back());
  }
}

template <class T>
void read(reader& in, const node& value, const field_facts& facts, std::optional<T>& out) {
  read(in, value, facts, out.emplace());
}

/// What a member holds, seen from the file.
template <class T>
struct held {
  using type = T;
  static constexpr shape form = section<T> ? shape::section : shape::value;
};
template <class T>
struct held<std::optional<T>> : held<T> {};
template <class T>
struct held<std::vector<T>> {
  using type = T;
  static constexpr shape form = shape::list;
};
template <>
struct held<std::vector<std::string>> {
  using type = std::string;
  static constexpr shape form = shape::text_list;
};
template <>
struct held<std::map<std::string, std::int64_t>> {
  using type = std::int64_t;
  static constexpr shape form = shape::map;
};

/// Adds the rows of `S` and, below each, what it holds.
template <section S>
void list_settings(const std::string& prefix, bool in_list, std::vector<setting_info>& out) {
  for (const auto& row : table<S>::rows) {
    setting_info info;
    info.path = prefix + std::string(row.name);
    info.form = row.form;
    if (!in_list && row.form != shape::section) info.environment = environment_name(info.path);
    info.default_text = row.show_default(row);
    info.description = row.description;
    info.required = row.required;
    out.push_back(info);
    if (row.list)
      row.list(info.path + (row.form == shape::list ? "[]." : "."), in_list || row.form == shape::list, out);
  }
}

template <class Member>
struct member_of;
template <class S, class T>
struct member_of<T S::*> {
  using owner = S;
  using type = T;
};

/// A row: the member, its key and what it is for.
template <auto Member>
constexpr auto row(std::string_view name, std::string_view description) {
  using owner = typename member_of<decltype(Member)>::owner;
  using type = typename member_of<decltype(Member)>::type;
  using inner = typename held<type>::type;
  constexpr auto form = held<type>::form;
  field<owner> made;
  made.name = name;
  made.description = description;
  made.form = form;
  made.read_into = [](reader& in, const node& value, const field_facts& facts, owner& out) {
    read(in, value, facts, out.*Member);
  };
  made.show_default = [](const field_facts& facts) -> std::string {
    if (facts.required || !facts.default_text.empty()) return std::string(facts.default_text);
    if constexpr (form == shape::section || form == shape::list || std::is_same_v<type, std::optional<inner>>)
      return {};
    else
      return show(facts, owner{}.*Member);
  };
  if constexpr (section<inner>) made.list = &list_settings<inner>;
  return made;
}

} // namespace logos::config
