// SPDX-License-Identifier: MIT
#include "net/json_look.hpp"

#include "net/content_tally.hpp"
#include "net/json_fields.hpp"
#include "net/json_place.hpp"
#include "net/json_text.hpp"
#include "net/model_names.hpp"
#include "net/name_fold.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>

namespace logos::net {
namespace {

namespace od = simdjson::ondemand;
using core::ec;
using core::failure;

static_assert(json_padding >= simdjson::SIMDJSON_PADDING);

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// One walk over one document. Stops at the first thing that is wrong, which is then in `wrong`.
class walk {
public:
  walk(std::string_view body, json_look& out) : body_{body}, out_{out}, tally_{out} {}

  bool document(od::document& doc);
  /// Notes simdjson's complaint; false.
  bool malformed(simdjson::error_code error);
  failure wrong;

private:
  struct token {
    std::string_view text; // containers: their first byte
    char kind() const { return text.front(); }
  };

  bool top_level(od::document& doc, od::object& object);
  bool member(od::document& doc, od::field& field);
  bool value(od::value& v, const token& t, std::size_t depth, place where);
  bool object(od::value& v, std::size_t depth, place where);
  bool array(od::value& v, std::size_t depth, place where);
  bool scalar(od::value& v, const token& t, place where);
  bool stream_options(od::value& v);
  bool read(body_field f, std::string_view text);
  bool key(od::field& field, std::string_view& name, std::uint32_t& begin);
  bool next_token(od::value& v, token& t);
  bool note(json_member& m, std::string_view name);

  std::uint32_t offset(const char* p) const { return static_cast<std::uint32_t>(p - body_.data()); }
  bool malformed_at(const char* where, std::string_view what);
  bool field_wrong(std::string_view name, std::string_view what);
  bool alike(std::string_view name, std::string_view meant);
  bool place_below(place object, std::string_view name, place& out);

  std::string_view body_;
  json_look& out_;
  std::string escaped_key_;
  content_tally tally_;
  const char* scalar_end_ = nullptr; // of the last one that was walked over
};

bool walk::malformed(simdjson::error_code error) {
  std::string_view what;
  switch (error) {
  case simdjson::UTF8_ERROR: what = "it is not valid UTF-8"; break;
  case simdjson::UNCLOSED_STRING: what = "a string does not end"; break;
  case simdjson::UNESCAPED_CHARS: what = "a string contains a raw control character"; break;
  case simdjson::EMPTY: what = "it is empty"; break;
  case simdjson::CAPACITY: what = "it is too large"; break;
  case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: what = "an object or array does not end"; break;
  case simdjson::INCORRECT_TYPE: what = "it must be a JSON object"; break;
  case simdjson::TRAILING_CONTENT: what = "something follows the object"; break;
  default: what = "a comma, colon, quote or bracket is missing or misplaced";
  }
  wrong = {ec::bad_json, std::string{"The request body is not valid JSON: "}.append(what).append(".")};
  return false;
}

bool walk::malformed_at(const char* where, std::string_view what) {
  wrong = {ec::bad_json, std::string{"The request body is not valid JSON: "}
                             .append(what)
                             .append(" at byte ")
                             .append(std::to_string(offset(where)))
                             .append(".")};
  return false;
}

bool walk::field_wrong(std::string_view name, std::string_view what) {
  wrong = wrong_field(name, what);
  return false;
}

bool walk::alike(std::string_view name, std::string_view meant) {
  return field_wrong(name, "differs from '" + std::string{meant} +
                               "' only in its letters' case; some servers read both: send '" + std::string{meant} +
                               "'");
}

bool walk::read(body_field f, std::string_view text) {
  auto problem = read_field(f, text, out_);
  if (problem) wrong = std::move(*problem);
  return !problem;
}

bool walk::document(od::document& doc) {
  od::object object;
  if (const auto first = body_.find_first_not_of(" \t\r\n"); first != std::string_view::npos && body_[first] != '{') {
    // A scalar or an array may be well-formed JSON, but it is never a request.
    return malformed(simdjson::INCORRECT_TYPE);
  } else if (first != std::string_view::npos) {
    out_.open = static_cast<std::uint32_t>(first + 1);
  }
  if (const auto error = doc.get_object().get(object)) return malformed(error);
  return top_level(doc, object);
}

bool walk::top_level(od::document& doc, od::object& object) {
  od::object_iterator end{};
  od::object_iterator it;
  {
    auto begin = object.begin();
    if (begin.error()) return malformed(begin.error());
    it = begin.value_unsafe();
    auto last = object.end();
    if (last.error()) return malformed(last.error());
    end = last.value_unsafe();
  }
  for (; it != end; ++it) {
    od::field field;
    if (const auto error = (*it).get(field)) return malformed(error);
    if (!member(doc, field)) return false;
    ++out_.member_count;
  }
  if (doc.current_location().error() != simdjson::OUT_OF_BOUNDS) return malformed(simdjson::TRAILING_CONTENT);
  return true;
}

bool walk::key(od::field& field, std::string_view& name, std::uint32_t& begin) {
  const auto* inside = field.key().raw();
  begin = offset(inside) - 1;
  const auto close = end_of_string(body_, begin + 1);
  if (close == std::string_view::npos) return malformed(simdjson::UNCLOSED_STRING);
  name = body_.substr(begin + 1, close - begin - 1);
  if (name.find('\\') != std::string_view::npos) {
    // "mod\u0065l" is `model` to the provider, so it has to be to us.
    if (!is_json_string(body_.substr(begin, close + 1 - begin))) return malformed_at(inside, "a wrong escape");
    escaped_key_ = unescape(name);
    name = escaped_key_;
  }
  return true;
}

bool walk::next_token(od::value& v, token& t) {
  // A document that ends too early can lead the iterator past its end, where its lengths mean nothing.
  const auto raw = v.raw_json_token();
  const auto at = static_cast<std::size_t>(raw.data() - body_.data());
  if (raw.data() < body_.data() || at >= body_.size()) return malformed(simdjson::INCOMPLETE_ARRAY_OR_OBJECT);
  t.text = without_trailing_space(body_.substr(at, raw.size()));
  if (t.text.empty()) return malformed(simdjson::INCOMPLETE_ARRAY_OR_OBJECT);
  return true;
}

bool walk::note(json_member& m, std::string_view name) {
  if (m.present) return field_wrong(name, "is given more than once");
  m.present = true;
  return true;
}

bool walk::member(od::document& doc, od::field& field) {
  std::string_view name;
  std::uint32_t begin = 0;
  if (!key(field, name, begin)) return false;
  auto v = field.value();
  token t;
  if (!next_token(v, t)) return false;
  const auto f = field_named(name);
  if (!f) {
    if (has_case(name))
      for (const auto meant : {resembled_field(name), resembled(name, content_names), resembled(name, remembered_names),
                               resembled(name, tariff_names)})
        if (!meant.empty()) return alike(name, meant);
    if (!contains(content_names, name)) {
      out_.names_models = out_.names_models || may_name_models(name);
      const bool stored = contains(stored_names, name) && t.text != "null";
      if (t.text != "null" && contains(remembered_names, name)) tally_.remember(!stored);
      if (stored) {
        auto& found = name == stored_names[0] ? out_.previous_response : out_.conversation;
        if (!found.empty()) return field_wrong(name, "is given more than once");
        found = body_.substr(offset(t.text.data()));
      }
      if (name == "store" && t.text == "false") out_.unstored = true;
      if (const auto* by = std::find(tariff_names.begin(), tariff_names.end(), name); by != tariff_names.end())
        if ((t.kind() == '"' || t.kind() == '{' || t.kind() == '[') && !contains(usual_tariffs, t.text))
          out_.dearer = *by;
      if (t.kind() == '[' && name == "functions") ++out_.tools; // what `tools` was before
      if (t.kind() == '{' && (name == "response_format" || name == "text")) return value(v, t, 2, place::format);
      return value(v, t, 2, place::elsewhere);
    }
    if (name == "tools") return value(v, t, 2, place::tools);
    const bool listed = t.kind() == '[' && (name == "messages" || name == "input" || name == "prompt");
    if (t.kind() == '{' && name == "prompt") out_.remembers = true; // stored: by its id
    return value(v, t, 2, listed ? place::turns : place::text);
  }
  auto& m = out_[*f];
  if (!note(m, to_string(*f))) return false;
  m.key_begin = begin;
  m.value_begin = offset(t.text.data());
  m.ordinal = out_.member_count;
  if (t.kind() != '{' && t.kind() != '[') {
    if (!scalar(v, t, place::elsewhere)) return false;
    m.value_end = offset(t.text.data() + t.text.size());
    m.null = t.text == "null";
    return m.null || read(*f, t.text);
  }
  if (*f != body_field::stream_options || t.kind() != '{') return read(*f, t.text);
  if (!stream_options(v)) return false;
  const char* after = nullptr;
  if (const auto error = doc.current_location().get(after)) return malformed(error);
  m.value_end = offset(after);
  while (m.value_end > m.value_begin && body_[m.value_end - 1] != '}')
    --m.value_end;
  return true;
}

bool walk::value(od::value& v, const token& t, std::size_t depth, place where) {
  if (t.kind() == '{') return object(v, depth, where);
  if (t.kind() == '[') return array(v, depth, where);
  return scalar(v, t, where);
}

bool walk::object(od::value& v, std::size_t depth, place where) {
  if (depth > json_depth_limit) return malformed_at(v.raw_json_token().data(), "it is nested too deeply");
  // A list that holds one thing is sometimes given as that thing.
  if (where == place::turns || where == place::parts || where == place::tools || where == place::excerpts)
    where = inside(where);
  od::object inner;
  if (const auto error = v.get_object().get(inner)) return malformed(error);
  tally_.begin(where);
  for (auto entry : inner) {
    od::field field;
    if (const auto error = std::move(entry).get(field)) return malformed(error);
    const auto* begin = field.key().raw();
    const auto close = end_of_string(body_, offset(begin));
    if (close == std::string_view::npos) return malformed(simdjson::UNCLOSED_STRING);
    if (!is_json_string(body_.substr(offset(begin) - 1, close + 2 - offset(begin))))
      return malformed_at(begin, "a wrong escape");
    auto there = where;
    if (looks_at_names(where) && !place_below(where, body_.substr(offset(begin), close - offset(begin)), there))
      return false;
    auto child = field.value();
    token t;
    if (!next_token(child, t) || !value(child, t, depth + 1, there)) return false;
  }
  tally_.end(where);
  return true;
}

bool walk::place_below(place object, std::string_view name, place& out) {
  if (name.find('\\') != std::string_view::npos) {
    escaped_key_ = unescape(name);
    name = escaped_key_;
  }
  const bool setting = object == place::tool_part; // whose names are anybody's
  if (!setting && has_case(name))
    if (const auto meant = resembled(name, nested_names); !meant.empty()) return alike(name, meant);
  if ((setting || object == place::tool) && tool_may_name_models(name)) out_.names_models = true;
  out = below(object, name);
  return true;
}

bool walk::array(od::value& v, std::size_t depth, place where) {
  if (depth > json_depth_limit) return malformed_at(v.raw_json_token().data(), "it is nested too deeply");
  od::array inner;
  if (const auto error = v.get_array().get(inner)) return malformed(error);
  const char* id_end = nullptr; // of the element before, if that may be an id
  const char* first = nullptr;
  std::uint32_t elements = 0;
  for (auto entry : inner) {
    od::value child;
    if (const auto error = std::move(entry).get(child)) return malformed(error);
    token t;
    if (!next_token(child, t)) return false;
    if (elements++ == 0) first = t.text.data();
    if (where == place::turns) {
      ++out_.messages;
      if (t.kind() == '-' || (t.kind() >= '0' && t.kind() <= '9')) ++out_.bare_numbers;
    }
    if (where == place::turns || where == place::turn) id_end = tally_.element(t.text, id_end);
    if (!value(child, t, depth + 1, inside(where))) return false;
  }
  if (elements != 0) tally_.list(elements, scalar_end_ > first ? static_cast<std::uint64_t>(scalar_end_ - first) : 0);
  return true;
}

bool walk::scalar(od::value& v, const token& t, place where) {
  scalar_end_ = t.text.data() + t.text.size();
  switch (t.kind()) {
  case '"': {
    if (!is_json_string(t.text)) return malformed_at(t.text.data(), "a wrong escape in the string");
    // Takes the token off, so that the iterator cannot mistake it for a key.
    if (const auto error = v.get_raw_json_string().error()) return malformed(error);
    if (where != place::elsewhere) tally_.text(t.text.substr(1, t.text.size() - 2), where);
    return true;
  }
  case 't': return t.text == "true" || malformed_at(t.text.data(), "an unknown word");
  case 'f': return t.text == "false" || malformed_at(t.text.data(), "an unknown word");
  case 'n': return t.text == "null" || malformed_at(t.text.data(), "an unknown word");
  default:
    if (!is_json_number(t.text)) return malformed_at(t.text.data(), "something that is not a JSON value");
    if (where != place::elsewhere) tally_.number(t.text, where);
    return true;
  }
}

bool walk::stream_options(od::value& v) {
  od::object inner;
  if (const auto error = v.get_object().get(inner)) return malformed(error);
  auto& m = out_.include_usage_member;
  for (auto entry : inner) {
    od::field field;
    if (const auto error = std::move(entry).get(field)) return malformed(error);
    std::string_view name;
    std::uint32_t begin = 0;
    if (!key(field, name, begin)) return false;
    const bool ours = name == "include_usage";
    static constexpr std::array<std::string_view, 1> ours_only{"include_usage"};
    if (!ours && !resembled(name, ours_only).empty()) return alike(name, ours_only.front());
    auto child = field.value();
    token t;
    if (!next_token(child, t) || !value(child, t, 3, place::elsewhere)) return false;
    if (ours) {
      if (!note(m, "stream_options.include_usage")) return false;
      m.key_begin = begin;
      m.value_begin = offset(t.text.data());
      m.value_end = m.value_begin + static_cast<std::uint32_t>(t.text.size());
      m.ordinal = out_.stream_options_members;
      m.null = t.text == "null";
      out_.include_usage = t.text == "true";
      if (!out_.include_usage && !m.null && t.text != "false")
        return field_wrong("stream_options.include_usage", "must be true or false");
    }
    ++out_.stream_options_members;
  }
  return true;
}

} // namespace

struct json_looker::state {
  od::parser parser;
  std::string copy;
};

json_looker::json_looker() : state_{std::make_unique<state>()} {}
json_looker::~json_looker() = default;
json_looker::json_looker(json_looker&&) noexcept = default;
json_looker& json_looker::operator=(json_looker&&) noexcept = default;

std::optional<failure> json_looker::look(std::string_view body, json_look& out) {
  // The parser keeps some six bytes per byte of the largest body it has seen; a rare large one must not cost that for
  // ever.
  constexpr std::size_t usual = 16 * 1024;
  constexpr std::size_t kept = 1024 * 1024;
  constexpr std::size_t largest = 0xFFFF'FFFF - 2 * json_padding;
  out = json_look{};
  walk w{body, out};
  if (body.size() > largest) return failure{ec::body_too_large, "The request body is too large."};
  auto& parser = state_->parser;
  if (parser.capacity() < body.size() || parser.capacity() == 0) {
    const auto capacity = std::min(std::bit_ceil(std::max(body.size(), usual)), largest);
    if (const auto error = parser.allocate(capacity)) return failure{ec::internal, simdjson::error_message(error)};
  }
  bool good = false;
  {
    od::document doc;
    const auto error = parser.iterate(body.data(), body.size(), body.size() + json_padding).get(doc);
    good = error ? w.malformed(error) : w.document(doc);
  }
  if (parser.capacity() > kept) parser = od::parser{};
  return good ? std::nullopt : std::optional{std::move(w.wrong)};
}

std::optional<failure> json_looker::look_copying(std::string_view body, json_look& out) {
  auto& copy = state_->copy;
  copy.reserve(body.size() + json_padding);
  copy.assign(body);
  copy.append(json_padding, '\0');
  return look(std::string_view{copy}.substr(0, body.size()), out);
}

} // namespace logos::net
