// SPDX-License-Identifier: MIT
#include "actors/classification/checks/schema.hpp"

#include "actors/classification/checks/pattern.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logos::checks {
namespace {

using element = simdjson::dom::element;
using simdjson::SUCCESS;

constexpr std::size_t most_steps = 50'000, deepest = 100;

bool is_number(element e) { return e.is_number(); }

double number_of(element e) {
  double value = 0;
  return e.get(value) == SUCCESS ? value : 0;
}

/// Exact for whole numbers, which a double would round.
bool equal_numbers(element a, element b) {
  std::int64_t x = 0, y = 0;
  std::uint64_t u = 0, v = 0;
  if (a.get(x) == SUCCESS && b.get(y) == SUCCESS) return x == y;
  if (a.get(u) == SUCCESS && b.get(v) == SUCCESS) return u == v;
  return number_of(a) == number_of(b);
}

bool is_whole(element e) {
  if (e.is_int64() || e.is_uint64()) return true;
  const auto value = number_of(e);
  return std::isfinite(value) && std::floor(value) == value;
}

std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// One walk of a value along a schema. When it has `given_up`, what it says is worth nothing.
class walk {
public:
  explicit walk(element root) : root_{root} {}

  bool fits(element value, element schema) {
    if (!go_on() || depth_ >= deepest) return give_up();
    bool all = true;
    if (schema.get(all) == SUCCESS) return all;
    simdjson::dom::object keywords;
    if (schema.get(keywords) != SUCCESS) return give_up();
    ++depth_;
    const bool good = is_of_type(value, schema) && is_listed(value, schema) && fits_combined(value, schema) &&
                      fits_by_kind(value, schema);
    --depth_;
    return good;
  }
  bool given_up() const { return given_up_; }

private:
  bool give_up() {
    given_up_ = true;
    return true;
  }
  /// Whether there are so many steps left. Clients write schemas, and this runs on an I/O thread: everything that takes
  /// time is counted, in steps of some 100 ns.
  bool go_on(std::size_t steps = 1) {
    steps_ += steps;
    given_up_ = given_up_ || steps_ > most_steps;
    return !given_up_;
  }

  static std::optional<element> at(element schema, std::string_view keyword) {
    element found;
    if (schema[keyword].get(found) != SUCCESS) return std::nullopt;
    return found;
  }
  static std::optional<double> number_at(element schema, std::string_view keyword) {
    const auto found = at(schema, keyword);
    return found && is_number(*found) ? std::optional{number_of(*found)} : std::nullopt;
  }
  /// Calls `visit` for the elements of a list until it answers false; true when it never did.
  template <class Visit>
  static bool each(const std::optional<element>& list, const Visit& visit) {
    simdjson::dom::array all;
    if (!list || list->get(all) != SUCCESS) return true;
    return std::all_of(all.begin(), all.end(), visit);
  }

  bool equal(element a, element b) {
    if (!go_on() || depth_ >= deepest) return give_up();
    if (is_number(a) && is_number(b)) return equal_numbers(a, b);
    if (a.type() != b.type()) return false;
    ++depth_;
    const bool same = equal_of_one_type(a, b);
    --depth_;
    return same;
  }
  bool equal_of_one_type(element a, element b) {
    std::string_view x, y;
    bool p = false, q = false;
    simdjson::dom::array list, other;
    simdjson::dom::object members, others;
    if (a.get(x) == SUCCESS && b.get(y) == SUCCESS)
      return x.size() == y.size() && (go_on(x.size() / 1024) ? x == y : give_up());
    if (a.get(p) == SUCCESS && b.get(q) == SUCCESS) return p == q;
    if (a.get(list) == SUCCESS && b.get(other) == SUCCESS) {
      if (list.size() != other.size()) return false;
      auto next = other.begin();
      for (const auto item : list)
        if (!equal(item, *next))
          return false;
        else
          ++next;
      return true;
    }
    if (a.get(members) == SUCCESS && b.get(others) == SUCCESS) {
      if (members.size() != others.size()) return false;
      for (const auto [name, value] : members) {
        element found;
        if (!go_on(others.size() / 16)) return give_up();
        if (others[name].get(found) != SUCCESS || !equal(value, found)) return false;
      }
    }
    return true; // null
  }

  static bool is_a(element value, std::string_view type) {
    if (type == "null") return value.is_null();
    if (type == "boolean") return value.is_bool();
    if (type == "string") return value.is_string();
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "number") return is_number(value);
    if (type == "integer") return is_number(value) && is_whole(value);
    return true; // no type that there is
  }
  bool is_of_type(element value, element schema) {
    const auto wanted = at(schema, "type");
    if (!wanted) return true;
    std::string_view one;
    if (wanted->get(one) == SUCCESS) return is_a(value, one);
    bool any = false, listed = false;
    each(wanted, [&](element e) {
      listed = true;
      if (!go_on()) return any = true, false;
      any = any || (e.get(one) == SUCCESS && is_a(value, one));
      return true;
    });
    return any || !listed;
  }
  bool is_listed(element value, element schema) {
    if (const auto only = at(schema, "const"); only && !equal(value, *only)) return false;
    const auto list = at(schema, "enum");
    return !list || !list->is_array() || !each(list, [&](element e) { return !equal(value, e); });
  }

  std::optional<element> refer(element schema) {
    const auto found = at(schema, "$ref");
    std::string_view path;
    if (!found || found->get(path) != SUCCESS || !path.starts_with('#')) return std::nullopt;
    path.remove_prefix(1);
    if (path.empty()) return root_;
    std::string pointer;
    for (std::size_t i = 0; i < path.size(); ++i) {
      unsigned code = 0;
      if (path[i] == '%' && i + 2 < path.size() &&
          std::sscanf(std::string{path.substr(i + 1, 2)}.c_str(), "%2x", &code) == 1) {
        pointer += static_cast<char>(code);
        i += 2;
      } else {
        pointer += path[i];
      }
    }
    element target;
    if (!go_on(20 + pointer.size() / 16)) return std::nullopt;
    if (!pointer.starts_with('/') || root_.at_pointer(pointer).get(target) != SUCCESS) return std::nullopt;
    return target;
  }

  bool fits_combined(element value, element schema) {
    if (const auto target = refer(schema); target && !fits(value, *target)) return false;
    if (!each(at(schema, "allOf"), [&](element e) { return fits(value, e); })) return false;
    if (const auto any = at(schema, "anyOf"); any && any->is_array())
      if (each(any, [&](element e) { return !fits(value, e); })) return false;
    if (const auto one = at(schema, "oneOf"); one && one->is_array()) {
      int fitting = 0;
      each(one, [&](element e) { return fitting += fits(value, e) ? 1 : 0, fitting < 2; });
      if (fitting != 1) return false;
    }
    if (const auto none = at(schema, "not"); none && fits(value, *none) && !given_up_) return false;
    const auto condition = at(schema, "if");
    if (!condition) return true;
    const auto then = at(schema, fits(value, *condition) ? "then" : "else");
    return !then || fits(value, *then);
  }

  bool fits_by_kind(element value, element schema) {
    std::string_view text;
    simdjson::dom::array list;
    simdjson::dom::object members;
    if (value.get(text) == SUCCESS) return fits_text(text, schema);
    if (value.get(list) == SUCCESS) return fits_list(list, schema);
    if (value.get(members) == SUCCESS) return fits_members(value, members, schema);
    return !is_number(value) || fits_number(number_of(value), schema);
  }

  static bool fits_number(double value, element schema) {
    const auto least = number_at(schema, "minimum"), most = number_at(schema, "maximum");
    const auto above = number_at(schema, "exclusiveMinimum"), below = number_at(schema, "exclusiveMaximum");
    if ((least && value < *least) || (most && value > *most)) return false;
    if ((above && value <= *above) || (below && value >= *below)) return false;
    const auto step = number_at(schema, "multipleOf");
    if (!step || *step <= 0) return true;
    const auto times = value / *step;
    return std::abs(times - std::round(times)) <= 1e-9 * std::max(1.0, std::abs(times)) || !std::isfinite(times);
  }

  static bool within(std::size_t count, element schema, std::string_view least, std::string_view most) {
    const auto from = number_at(schema, least), to = number_at(schema, most);
    const auto n = static_cast<double>(count);
    return (!from || n >= *from) && (!to || n <= *to);
  }

  bool fits_pattern(std::string_view pattern, std::string_view text) {
    if (!go_on(200 + pattern.size() / 4 + text.size() / 16)) return give_up();
    return matches(pattern, text).value_or(true);
  }

  bool fits_text(std::string_view text, element schema) {
    if (!go_on(text.size() / 512)) return give_up();
    if (!within(length_of(text), schema, "minLength", "maxLength")) return false;
    const auto pattern = at(schema, "pattern");
    std::string_view expression;
    return !pattern || pattern->get(expression) != SUCCESS || fits_pattern(expression, text);
  }

  bool fits_list(const simdjson::dom::array& list, element schema) {
    std::vector<element> items;
    if (!go_on(list.size() / 16)) return give_up();
    for (const auto item : list)
      items.push_back(item);
    if (!within(items.size(), schema, "minItems", "maxItems")) return false;
    auto by_place = at(schema, "prefixItems");
    auto rest = at(schema, "items");
    if (rest && rest->is_array()) { // as it was before 2020-12
      by_place = rest;
      rest = at(schema, "additionalItems");
    }
    std::size_t next = 0;
    if (!each(by_place, [&](element s) { return next >= items.size() || fits(items[next++], s); })) return false;
    if (rest)
      for (; next < items.size(); ++next)
        if (!fits(items[next], *rest)) return false;
    return contains_enough(items, schema) && are_unique(items, schema);
  }
  bool contains_enough(const std::vector<element>& items, element schema) {
    const auto wanted = at(schema, "contains");
    if (!wanted) return true;
    const auto count =
        static_cast<double>(std::count_if(items.begin(), items.end(), [&](element e) { return fits(e, *wanted); }));
    const auto most = number_at(schema, "maxContains");
    return count >= number_at(schema, "minContains").value_or(1) && (!most || count <= *most);
  }
  bool are_unique(const std::vector<element>& items, element schema) {
    const auto wanted = at(schema, "uniqueItems");
    bool unique = false;
    if (!wanted || wanted->get(unique) != SUCCESS || !unique) return true;
    for (std::size_t i = 0; i < items.size() && !given_up_; ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (equal(items[i], items[j]) && !given_up_) return false;
    return true;
  }

  bool fits_members(element value, const simdjson::dom::object& members, element schema) {
    if (!within(members.size(), schema, "minProperties", "maxProperties")) return false;
    const auto has = [&](element name) {
      std::string_view text;
      return !go_on(1 + members.size() / 16) || name.get(text) != SUCCESS || at(value, text).has_value();
    };
    if (!each(at(schema, "required"), has)) return false;
    // What holds when a member of that name is there.
    const auto when = [&](std::string_view keyword, const auto& holds) {
      simdjson::dom::object table;
      const auto found = at(schema, keyword);
      if (!found || found->get(table) != SUCCESS) return true;
      for (const auto [name, further] : table) {
        if (!go_on(1 + members.size() / 16)) return give_up();
        if (at(value, name) && !holds(further)) return false;
      }
      return true;
    };
    const auto demands = [&](element names) { return each(names, has); };
    const auto suits = [&](element further) { return fits(value, further); };
    if (!when("dependentRequired", demands) || !when("dependentSchemas", suits)) return false;
    // As it was before 2019-09.
    if (!when("dependencies", [&](element e) { return e.is_array() ? demands(e) : suits(e); })) return false;
    for (const auto [name, member] : members)
      if (!fits_member(name, member, schema)) return false;
    return true;
  }

  bool fits_member(std::string_view name, element member, element schema) {
    bool known = false;
    simdjson::dom::object table;
    if (const auto all = at(schema, "properties"); all && all->get(table) == SUCCESS) {
      if (!go_on(1 + table.size() / 16)) return give_up();
      if (const auto own = at(*all, name)) {
        known = true;
        if (!fits(member, *own)) return false;
      }
    }
    if (const auto all = at(schema, "patternProperties"); all && all->get(table) == SUCCESS)
      for (const auto [pattern, own] : table)
        if (fits_pattern(pattern, name)) {
          known = true;
          if (!fits(member, own)) return false;
        }
    if (const auto names = at(schema, "propertyNames"); names && !fits_name(name, *names)) return false;
    const auto others = at(schema, "additionalProperties");
    return known || !others || fits(member, *others);
  }
  /// A name is no element of a document: what is asked of texts and nothing more is looked at.
  bool fits_name(std::string_view name, element schema) {
    bool all = true;
    if (schema.get(all) == SUCCESS) return all;
    return !schema.is_object() || fits_text(name, schema);
  }

  element root_;
  std::size_t steps_ = 0;
  std::size_t depth_ = 0;
  bool given_up_ = false;
};

} // namespace

conformity conform(element value, element schema) {
  walk w{schema};
  const bool good = w.fits(value, schema);
  if (w.given_up()) return conformity::undecided;
  return good ? conformity::conforms : conformity::violates;
}

} // namespace logos::checks
