// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/conversation.hpp"

#include "net/json_look.hpp"
#include "net/json_text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

namespace logos::classification {
namespace {

namespace od = simdjson::ondemand;
using core::ec;
using core::failure;

using pieces = std::vector<std::string_view>; // insides of JSON strings

enum class author : std::uint8_t { nobody, user, system, other };

/// The texts of a body, found but not yet copied: most are never looked at.
struct found_texts {
  pieces question, before, system, current;
};

/// One walk over one body. Members of objects come in any order, so a message is judged when it has been read.
class walk {
public:
  walk(std::string_view body, conversation& out, found_texts& texts) : body_{body}, out_{out}, texts_{texts} {}
  bool document(od::document& doc);

private:
  bool token(od::value& v, std::string_view& text);
  bool member(std::string_view name, od::value& v);
  bool messages(od::value& v);
  bool message(od::value& v);
  bool content(od::value& v);
  bool part(od::value& v);
  bool word(od::value& v, std::string_view& out);
  bool format(od::value& v);
  bool count(od::value& v, std::uint32_t& into);
  void add(std::string_view token);
  void end_message(author by);
  static author author_of(std::string_view role);

  std::string_view body_;
  conversation& out_;
  found_texts& texts_;
};

/// The text of a value, of containers their first bytes. A body that ends too early can lead the iterator past its end.
bool walk::token(od::value& v, std::string_view& text) {
  const auto raw = v.raw_json_token();
  if (raw.data() < body_.data() || raw.data() >= body_.data() + body_.size()) return false;
  const auto at = static_cast<std::size_t>(raw.data() - body_.data());
  text = net::without_trailing_space(body_.substr(at, raw.size()));
  return !text.empty();
}

/// The inside of a string; empty when it is something else.
bool walk::word(od::value& v, std::string_view& out) {
  std::string_view text;
  if (!token(v, text)) return false;
  out = {};
  if (text.front() != '"') return true;
  if (text.size() < 2 || text.back() != '"') return false;
  out = text.substr(1, text.size() - 2);
  return !v.get_raw_json_string().error();
}

void walk::add(std::string_view text) {
  out_.bytes += text.size();
  if (!text.empty()) texts_.current.push_back(text);
}

author walk::author_of(std::string_view role) {
  if (role == "user") return author::user;
  return role == "system" || role == "developer" ? author::system : role.empty() ? author::nobody : author::other;
}

void walk::end_message(author by) {
  if (by == author::user) {
    ++out_.turns;
    std::swap(texts_.before, texts_.question);
    std::swap(texts_.question, texts_.current);
  } else if (by == author::system) {
    std::swap(texts_.system, texts_.current);
  }
  texts_.current.clear();
}

bool walk::count(od::value& v, std::uint32_t& into) {
  std::string_view text;
  if (!token(v, text)) return false;
  if (text.front() != '[') return true;
  od::array list;
  if (v.get_array().get(list)) return false;
  for (auto entry : list) {
    if (entry.error()) return false;
    ++into;
  }
  return true;
}

/// `{"type":…}`, or the responses API's `{"format":{"type":…}}`.
bool walk::format(od::value& v) {
  std::string_view text;
  if (!token(v, text)) return false;
  if (text.front() != '{') return true;
  od::object object;
  if (v.get_object().get(object)) return false;
  for (auto entry : object) {
    od::field field;
    if (std::move(entry).get(field)) return false;
    const bool kind = field.key() == "type", below = field.key() == "format";
    auto inner = field.value();
    std::string_view type;
    if (kind && !word(inner, type)) return false;
    if (below) {
      if (!token(inner, text)) return false;
      if (text.front() != '{') continue;
      od::object described;
      if (inner.get_object().get(described)) return false;
      for (auto each : described) {
        od::field named;
        if (std::move(each).get(named)) return false;
        const bool here = named.key() == "type";
        auto value = named.value();
        if (here && !word(value, type)) return false;
      }
    }
    if (type == "json_schema") out_.json_schema = true;
    if (type == "json_object" || type == "json_schema") out_.json_object = true;
  }
  return true;
}

bool walk::part(od::value& v) {
  std::string_view text, type;
  if (!token(v, text)) return false;
  if (text.front() == '"') {
    if (!word(v, text)) return false;
    add(text);
    return true;
  }
  if (text.front() != '{') return true;
  od::object object;
  if (v.get_object().get(object)) return false;
  for (auto entry : object) {
    od::field field;
    if (std::move(entry).get(field)) return false;
    const bool kind = field.key() == "type", written = field.key() == "text";
    auto inner = field.value();
    if (kind && !word(inner, type)) return false;
    if (!written) continue;
    if (!word(inner, text)) return false;
    add(text);
  }
  if (type.find("image") != std::string_view::npos) ++out_.images;
  if (type.find("audio") != std::string_view::npos) ++out_.sounds;
  if (type.find("file") != std::string_view::npos || type == "document") ++out_.files;
  return true;
}

bool walk::content(od::value& v) {
  std::string_view text;
  if (!token(v, text)) return false;
  if (text.front() != '[') return part(v);
  od::array list;
  if (v.get_array().get(list)) return false;
  for (auto entry : list) {
    od::value each;
    if (std::move(entry).get(each) || !part(each)) return false;
  }
  return true;
}

bool walk::message(od::value& v) {
  od::object object;
  if (v.get_object().get(object)) return false;
  std::string_view role, type;
  for (auto entry : object) {
    od::field field;
    if (std::move(entry).get(field)) return false;
    const bool is_role = field.key() == "role", is_type = field.key() == "type";
    const bool written = field.key() == "content" || field.key() == "output", pictures = field.key() == "images";
    auto inner = field.value();
    if (is_role && !word(inner, role)) return false;
    if (is_type && !word(inner, type)) return false;
    if (written && !content(inner)) return false;
    if (pictures && !count(inner, out_.images)) return false;
  }
  end_message(author_of(role));
  return true;
}

/// A text, or a list of messages, or of texts that belong together.
bool walk::messages(od::value& v) {
  std::string_view text;
  if (!token(v, text)) return false;
  bool loose = text.front() == '"';
  if (loose && !content(v)) return false;
  if (text.front() == '{') return message(v);
  if (text.front() == '[') {
    od::array list;
    if (v.get_array().get(list)) return false;
    for (auto entry : list) {
      od::value each;
      if (std::move(entry).get(each) || !token(each, text)) return false;
      if (text.front() == '{') {
        if (!message(each)) return false;
      } else if (text.front() == '"') {
        loose = true;
        if (!part(each)) return false;
      }
    }
  }
  if (loose) end_message(author::user);
  return true;
}

bool walk::member(std::string_view name, od::value& v) {
  if (name == "messages" || name == "input" || name == "prompt") return messages(v);
  if (name == "instructions" || name == "system") {
    if (!content(v)) return false;
    end_message(author::system);
    return true;
  }
  if (name == "tools" || name == "functions") return count(v, out_.tools);
  if (name == "response_format" || name == "text") return format(v);
  if (name == "tool_choice") {
    std::string_view text;
    if (!token(v, text)) return false;
    out_.tool_demanded = text.front() == '{' || text == "\"required\"";
  }
  return true;
}

bool walk::document(od::document& doc) {
  const auto first = body_.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || body_[first] != '{') return false;
  od::object object;
  if (doc.get_object().get(object)) return false;
  for (auto entry : object) {
    od::field field;
    if (std::move(entry).get(field)) return false;
    const auto inside = static_cast<std::size_t>(field.key().raw() - body_.data());
    const auto close = net::end_of_string(body_, inside);
    if (close == std::string_view::npos) return false;
    auto v = field.value();
    if (!member(body_.substr(inside, close - inside), v)) return false;
  }
  return true;
}

std::size_t size_of(const pieces& text) {
  std::size_t size = 0;
  for (const auto& piece : text)
    size += piece.size() + 1;
  return size;
}

/// The pieces joined by blanks, without escapes; of long ones the beginning and the end.
void write(const pieces& text, std::string& out) {
  constexpr std::size_t beginning = text_limit / 4 * 3;
  const auto size = size_of(text);
  const bool whole = size <= text_limit;
  const auto head = whole ? size : beginning;
  const auto tail = whole ? size : size - (text_limit - beginning);
  std::size_t at = 0;
  for (const auto& piece : text) {
    if (at != 0 && (at < head || at >= tail)) out += ' ';
    if (at < head) net::unescape_onto(piece.substr(0, head - at), out);
    const auto skipped = std::max(at, tail) - at;
    if (skipped < piece.size()) net::unescape_onto(piece.substr(skipped), out);
    at += piece.size() + 1;
  }
}

} // namespace

struct conversation_reader::state {
  od::parser parser;
  found_texts found;
  std::string texts;
  std::string copy;
};

conversation_reader::conversation_reader() : state_{std::make_unique<state>()} {}
conversation_reader::~conversation_reader() = default;
conversation_reader::conversation_reader(conversation_reader&&) noexcept = default;
conversation_reader& conversation_reader::operator=(conversation_reader&&) noexcept = default;

boost::system::result<conversation, failure> conversation_reader::read(std::string_view body) {
  // As json_looker: a rare large body must not cost its memory for ever.
  constexpr std::size_t usual = 16 * 1024;
  constexpr std::size_t kept = 1024 * 1024;
  constexpr std::size_t largest = 0xFFFF'FFFF - 2 * net::json_padding;
  if (body.size() > largest) return failure{ec::body_too_large, "The request body is too large."};
  auto& parser = state_->parser;
  if (parser.capacity() < body.size() || parser.capacity() == 0) {
    const auto capacity = std::min(std::bit_ceil(std::max(body.size(), usual)), largest);
    if (const auto error = parser.allocate(capacity)) return failure{ec::internal, simdjson::error_message(error)};
  }
  auto& [question, before, system, current] = state_->found;
  for (auto* text : {&question, &before, &system, &current})
    text->clear();
  conversation out;
  bool good = false;
  {
    od::document doc;
    good = !parser.iterate(body.data(), body.size(), body.size() + net::json_padding).get(doc) &&
           walk{body, out, state_->found}.document(doc);
  }
  if (parser.capacity() > kept) parser = od::parser{};
  if (!good) return failure{ec::bad_json, "The request body is not a well-formed JSON object."};

  auto& texts = state_->texts;
  texts.clear();
  write(question, texts);
  const auto first = texts.size();
  write(before, texts);
  const auto second = texts.size();
  write(system, texts);
  const std::string_view all{texts};
  out.question = all.substr(0, first);
  out.before = all.substr(first, second - first);
  out.system = all.substr(second);
  return out;
}

boost::system::result<conversation, failure> conversation_reader::read_copying(std::string_view body) {
  auto& copy = state_->copy;
  copy.reserve(body.size() + net::json_padding);
  copy.assign(body);
  copy.append(net::json_padding, '\0');
  return read(std::string_view{copy}.substr(0, body.size()));
}

} // namespace logos::classification
