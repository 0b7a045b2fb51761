// SPDX-License-Identifier: MIT
#pragma once
#include "core/error.hpp"
#include "storage/sql/fields.hpp"

#include <type_traits>

/// An entity as the audit log shows it.
namespace logos::storage {

/// The secrets and hashes of an entity, in the order of its columns.
struct hidden_collector {
  std::vector<std::string> found;

  void field(std::string_view, const auto&) {}
  void field(std::string_view, const core::key_hash& x) { found.push_back(core::to_hex(x)); }
  void field(std::string_view, const std::optional<core::key_hash>& x) {
    found.push_back(x ? core::to_hex(*x) : std::string{});
  }
  void reference(std::string_view, const auto&, std::string_view, std::string_view) {}
  void json(std::string_view, const auto&) {}
  void secret(std::string_view, const std::string& x) { found.push_back(x); }
  void address(std::string_view, const std::string& x) { found.push_back(x); }
};

/// Writes a JSON object whose members are named as the columns, the version first. What a secret or the hash of a key
/// is stays untold: it is `"set"`, or `"changed"` when `before`, if there is one, has another. Of a secret address the
/// host is told.
class event_writer {
public:
  event_writer(std::int64_t version, const hidden_collector* before) : before_{before} {
    add("version", std::to_string(version));
  }

  template <class T>
  void field(std::string_view column, const T& x) {
    if constexpr (std::is_same_v<T, bool>) {
      add(column, x ? "true" : "false");
    } else if constexpr (std::is_integral_v<T>) {
      add(column, std::to_string(x));
    } else {
      fields one;
      field_writer{one, nullptr}.field(column, x);
      add(column, one[0] ? core::json_string(*one[0]) : "null");
    }
  }
  void field(std::string_view column, const core::key_hash& x) { hidden(column, core::to_hex(x)); }
  void field(std::string_view column, const std::optional<core::key_hash>& x) {
    hidden(column, x ? core::to_hex(*x) : std::string{});
  }
  void field(std::string_view column, const std::vector<std::int64_t>& x) {
    std::string list;
    for (const auto each : x)
      list.append(list.empty() ? "" : ",").append(std::to_string(each));
    add(column, "[" + list + "]");
  }
  void field(std::string_view column, const std::vector<std::string>& x) {
    std::string list;
    for (const auto& each : x)
      list.append(list.empty() ? "" : ",").append(core::json_string(each));
    add(column, "[" + list + "]");
  }
  void reference(std::string_view column, std::int64_t id, std::string_view, std::string_view) {
    add(column, id == 0 ? "null" : std::to_string(id));
  }
  void json(std::string_view column, const std::string& x) { add(column, x.empty() ? "null" : sql::as_json(x)); }
  void secret(std::string_view column, const std::string& x) { hidden(column, x); }
  void address(std::string_view column, const std::string& x) {
    const bool changed = before_ != nullptr && before_->found[next_++] != x;
    add(column, x.empty() ? "null" : core::json_string(sql::redact_address(x) + (changed ? " (changed)" : "")));
  }

  std::string finish() const { return "{" + text_ + "}"; }

private:
  void add(std::string_view column, const std::string& json) {
    text_.append(text_.empty() ? "\"" : ",\"").append(column).append("\":").append(json);
  }
  void hidden(std::string_view column, const std::string& x) {
    const bool changed = before_ != nullptr && before_->found[next_++] != x;
    add(column, changed ? "\"changed\"" : x.empty() ? "null" : "\"set\"");
  }

  const hidden_collector* before_;
  std::size_t next_ = 0; // in `before_`
  std::string text_;
};

template <class Entity>
std::string describe_row(const fields& row, const fields* before, const core::secret_key& secret) {
  const auto entity = from_fields<Entity>(row, secret);
  hidden_collector hidden;
  if (before != nullptr) {
    const auto other = from_fields<Entity>(*before, secret);
    description<Entity>::visit(hidden, other);
  }
  event_writer write{entity.version, before != nullptr ? &hidden : nullptr};
  description<Entity>::visit(write, entity);
  return write.finish();
}

} // namespace logos::storage
