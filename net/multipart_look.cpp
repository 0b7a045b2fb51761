// SPDX-License-Identifier: MIT
#include "net/multipart_look.hpp"

#include "net/header_parameters.hpp"
#include "net/header_policy.hpp"
#include "net/model_names.hpp"
#include "net/name_fold.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace logos::net {
namespace {

using core::ec;
using core::failure;
constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_value = 512; // of a field that the gateway reads

// What the gateway reads of a form.
constexpr std::array<std::string_view, 3> fields{"model", "stream", "n"};

/// `name` or one of RFC 2231's forms of it: `name*`, `name*0`, `name*0*`.
bool extends(std::string_view parameter, std::string_view name) {
  return parameter.size() > name.size() && parameter[name.size()] == '*' &&
         equal_names(parameter.substr(0, name.size()), name);
}

/// What a part's headers say about it.
struct part_head {
  std::string_view name; // of the form field; empty when there is none
  std::string_view filename{};
  bool file = false;
  bool strange = false; // spelled so that another reader may find another name in it
};

/// False when the name or file name stands there twice, or in a form that is not read alike everywhere. The extended
/// form of a file name (`filename*`) is what some clients send beside the plain one.
bool read_disposition(std::string_view value, part_head& out) {
  parameter_cursor parameters{value};
  header_parameter p;
  bool named = false, has_filename = false, has_extended = false;
  while (parameters.next(p)) {
    if (equal_names(p.name, "name")) {
      if (std::exchange(named, true)) return false;
      out.name = p.value;
    } else if (equal_names(p.name, "filename")) {
      if (std::exchange(has_filename, true)) return false;
      out.filename = p.value;
    } else if (equal_names(p.name, "filename*")) {
      if (std::exchange(has_extended, true)) return false;
    } else if (extends(p.name, "name") || extends(p.name, "filename")) {
      return false;
    }
  }
  out.file = has_filename || has_extended;
  return !parameters.broken();
}

part_head read_head(std::string_view lines) {
  part_head out;
  std::size_t dispositions = 0;
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end == npos ? lines.size() : end + 2);
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    // No folded lines either, and no blank before the colon.
    if (colon == npos || !valid_header_name(name) || !valid_header_value(line.substr(colon + 1))) {
      out.strange = true;
      return out;
    }
    if (!equal_names(name, "content-disposition")) continue;
    if (++dispositions > 1 || !read_disposition(line.substr(colon + 1), out)) out.strange = true;
  }
  return out;
}

/// Walks the parts of one body.
class part_cursor {
public:
  part_cursor(std::string_view body, std::string_view boundary) : body_{body}, delimiter_{"\r\n--"} {
    delimiter_ += boundary;
  }

  /// The next part, head and content; false when there is none, or no more.
  bool next(std::string_view& head, std::string_view& content) {
    if (!started_ && !start()) return false;
    // `--` after the delimiter ends the body; only blanks may stand there otherwise.
    if (body_.substr(at_, 2) == "--") {
      broken_ = body_.find_first_not_of(blanks, at_ + 2) != npos;
      return false;
    }
    const auto line = body_.find("\r\n", at_);
    const auto end = line == npos ? npos : find_delimiter(line);
    broken_ = end == npos || !without_blanks(body_.substr(at_, line - at_)).empty();
    if (broken_) return false;
    at_ = end + delimiter_.size();
    const auto part = body_.substr(line, end - line);
    const auto head_end = part.find("\r\n\r\n");
    broken_ = head_end == npos && !part.empty();
    head = head_end == npos || head_end == 0 ? std::string_view{} : part.substr(2, head_end - 2);
    content = head_end == npos ? std::string_view{} : part.substr(head_end + 4);
    return !broken_;
  }

  /// The body is not what its boundary says: what follows might be parts to a more lenient reader, or what comes before
  /// all that another one reads.
  bool broken() const { return broken_; }

private:
  static constexpr std::string_view blanks = " \t\r\n";

  std::string_view bare() const { return std::string_view{delimiter_}.substr(2); }

  /// Goes to the first delimiter, which needs no line end before it.
  bool start() {
    started_ = true;
    const auto first = body_.find_first_not_of(blanks);
    if (first == npos) return false;
    broken_ = !body_.substr(first).starts_with(bare()) || (first != 0 && body_[first - 1] != '\n');
    at_ = first + bare().size();
    return !broken_;
  }

  /// The next delimiter, with the line end that belongs to it. None, too, when something stands before it that is one
  /// for whoever takes any line end.
  std::size_t find_delimiter(std::size_t from) const {
    for (auto at = body_.find(bare(), from); at != npos; at = body_.find(bare(), at + 1)) {
      if (body_[at - 1] == '\n' && at - from >= 2 && body_[at - 2] == '\r') return at - 2;
      if (body_[at - 1] == '\n' || body_[at - 1] == '\r') return npos;
    }
    return npos;
  }

  std::string_view body_;
  std::string delimiter_;
  std::size_t at_ = 0;
  bool started_ = false;
  bool broken_ = false;
};

} // namespace

std::optional<std::string_view> multipart_boundary(std::string_view content_type) {
  if (!equal_names(without_blanks(content_type.substr(0, content_type.find(';'))), "multipart/form-data"))
    return std::nullopt;
  constexpr std::string_view allowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ";
  parameter_cursor parameters{content_type};
  header_parameter p;
  std::optional<std::string_view> boundary;
  while (parameters.next(p)) {
    if (extends(p.name, "boundary")) return std::nullopt;
    if (!equal_names(p.name, "boundary")) continue;
    if (boundary) return std::nullopt;
    boundary = p.value;
  }
  if (parameters.broken() || !boundary || boundary->empty() || boundary->size() > 70 || boundary->back() == ' ' ||
      boundary->find_first_not_of(allowed) != npos)
    return std::nullopt;
  return boundary;
}

namespace {

failure no_boundary() {
  return {ec::bad_request,
          "The Content-Type multipart/form-data needs exactly one boundary, of 1 to 70 allowed characters, and no "
          "parameter that could be read in two ways."};
}
failure strange_part() {
  return {ec::bad_request,
          "A part of the multipart body has a header that could be read in two ways. Give each part one "
          "Content-Disposition: form-data; name=\"…\", with each parameter once."};
}
failure broken_body() {
  return {ec::bad_request, "The multipart body does not keep to its boundary: each stands at the beginning of a line "
                           "(lines end with CRLF), the last is followed by '--', and nothing but blanks stands before "
                           "the first or behind the last."};
}

/// What is wrong with a part of that name; nothing for most.
std::optional<failure> wrong_name(const part_head& part) {
  if (std::find(fields.begin(), fields.end(), part.name) == fields.end()) {
    const auto read_as = lenient_field_name(part.name);
    if (std::find(fields.begin(), fields.end(), read_as) == fields.end()) return std::nullopt;
    return failure{ec::bad_field,
                   "A field of the form has a name that some servers take for '" + read_as + "': send '" + read_as +
                       "'.",
                   read_as};
  }
  if (!part.file) return std::nullopt;
  return failure{ec::bad_field,
                 "'" + std::string{part.name} + "' must be a plain field of the form, without a file name.",
                 std::string{part.name}};
}

failure given_twice(std::string_view name) {
  return {ec::bad_field, "'" + std::string{name} + "' is given more than once.", std::string{name}};
}

} // namespace

bool may_name_file(const multipart_part& part) {
  const auto name = lenient_field_name(part.name);
  for (const std::string_view word : {"url", "uri", "file_id"})
    if (name.find(word) != npos) return true;
  return !part.file && (name == "file" || name == "audio" || name == "image");
}

boost::system::result<std::vector<multipart_part>, failure> read_multipart(std::string_view content_type,
                                                                           std::string_view body) {
  const auto boundary = multipart_boundary(content_type);
  if (!boundary) return no_boundary();
  std::vector<multipart_part> out;
  std::string_view head, content;
  part_cursor parts{body, *boundary};
  while (parts.next(head, content)) {
    const auto part = read_head(head);
    if (part.strange) return strange_part();
    out.push_back({part.name, part.filename, part.file, content});
  }
  if (parts.broken()) return broken_body();
  return out;
}

boost::system::result<multipart_look, failure> look_multipart(std::string_view content_type, std::string_view body) {
  const auto boundary = multipart_boundary(content_type);
  if (!boundary) return no_boundary();
  multipart_look out;
  std::string_view head, content;
  bool stream_seen = false, n_seen = false;
  part_cursor parts{body, *boundary};
  while (parts.next(head, content)) {
    ++out.parts;
    const auto part = read_head(head);
    if (part.strange) return strange_part();
    if (auto wrong = wrong_name(part)) return std::move(*wrong);
    if (field_may_name_models(part.name)) out.further_models = part.name;
    if (may_name_file({part.name, part.filename, part.file, {}})) out.remote = true;
    if (part.file) {
      ++out.files;
      out.file_bytes += content.size();
      continue;
    }
    out.text_bytes += content.size();
    if (part.name == "model") {
      if (out.model) return given_twice("model");
      if (content.size() > longest_value || content.find_first_of(std::string_view{"\r\n\0", 3}) != npos)
        return failure{ec::bad_field, "'model' must be a short text on one line.", "model"};
      out.model = content;
      out.model_begin = static_cast<std::size_t>(content.data() - body.data());
      out.model_end = out.model_begin + content.size();
    } else if (part.name == "stream") {
      if (std::exchange(stream_seen, true)) return given_twice("stream");
      const auto value = without_blanks(content);
      out.stream = equal_names(value, "true") || value == "1";
    } else if (part.name == "n") {
      if (std::exchange(n_seen, true)) return given_twice("n");
      constexpr std::int64_t most = 1024;
      const auto value = without_blanks(content);
      std::int64_t n = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
      if (error != std::errc{} || end != value.data() + value.size() || n < 1 || n > most)
        return failure{ec::bad_field, "'n' must be a whole number from 1 to 1024.", "n"};
      out.n = n;
    }
  }
  if (parts.broken()) return broken_body();
  return out;
}

} // namespace logos::net
