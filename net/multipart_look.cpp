// SPDX-License-Identifier: MIT
#include "net/multipart_look.hpp"

#include "net/header_policy.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace logos::net {
namespace {

using core::ec;
using core::failure;
constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_value = 512; // of a field that the gateway reads

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The parameter `name` of a header value such as `form-data; name="model"`. Without its quotes; escapes stay.
std::optional<std::string_view> parameter(std::string_view value, std::string_view name) {
  for (auto at = value.find(';'); at != npos;) {
    auto rest = value.substr(at + 1);
    const auto base = static_cast<std::size_t>(rest.data() - value.data());
    const auto equals = rest.find_first_of("=;");
    if (equals == npos) return std::nullopt;
    if (rest[equals] == ';') {
      at = base + equals;
      continue;
    }
    const bool wanted = equal_names(trim(rest.substr(0, equals)), name);
    auto from = equals + 1;
    while (from < rest.size() && (rest[from] == ' ' || rest[from] == '\t'))
      ++from;
    if (from < rest.size() && rest[from] == '"') {
      auto close = from + 1;
      while (close < rest.size() && rest[close] != '"')
        close += rest[close] == '\\' ? 2 : 1;
      if (close >= rest.size()) return std::nullopt;
      if (wanted) return rest.substr(from + 1, close - from - 1);
      at = value.find(';', base + close);
    } else {
      const auto end = rest.find(';', from);
      if (wanted) return trim(rest.substr(from, end == npos ? npos : end - from));
      at = end == npos ? npos : base + end;
    }
  }
  return std::nullopt;
}

/// What a part's headers say about it.
struct part_head {
  std::string_view name; // of the form field; empty when there is none
  std::string_view filename{};
  bool file = false;
  bool strange = false; // spelled so that another reader may find another name in it
};

part_head read_head(std::string_view lines) {
  part_head out;
  std::size_t dispositions = 0;
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end == npos ? lines.size() : end + 2);
    if (line.find('\n') != npos || line.starts_with(' ') || line.starts_with('\t')) out.strange = true;
    const auto colon = line.find(':');
    if (colon == npos || !equal_names(trim(line.substr(0, colon)), "content-disposition")) continue;
    const auto value = line.substr(colon + 1);
    if (++dispositions > 1 || parameter(value, "name*")) out.strange = true;
    out.name = parameter(value, "name").value_or(std::string_view{});
    out.filename = parameter(value, "filename").value_or(std::string_view{});
    out.file = parameter(value, "filename").has_value() || parameter(value, "filename*").has_value();
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
    if (!started_) {
      started_ = true;
      // The first delimiter needs no line end before it.
      const auto bare = std::string_view{delimiter_}.substr(2);
      const auto found = body_.starts_with(bare) ? 0 : body_.find(delimiter_);
      if (found == npos) {
        broken_ = body_.find(bare) != npos;
        return false;
      }
      at_ = found + (found == 0 && body_.starts_with(bare) ? bare.size() : delimiter_.size());
    }
    // `--` after the delimiter ends the body; only blanks may stand there otherwise.
    if (body_.substr(at_, 2) == "--") return false;
    const auto line = body_.find("\r\n", at_);
    const auto end = line == npos ? npos : body_.find(delimiter_, line);
    broken_ = end == npos || !trim(body_.substr(at_, line - at_)).empty();
    if (broken_) return false;
    at_ = end + delimiter_.size();
    const auto part = body_.substr(line, end - line);
    const auto head_end = part.find("\r\n\r\n");
    head = head_end == npos || head_end == 0 ? std::string_view{} : part.substr(2, head_end - 2);
    content = head_end == npos ? part.substr(part.size()) : part.substr(head_end + 4);
    return true;
  }

  /// The body is not what its boundary says: what follows might be parts to a more lenient reader.
  bool broken() const { return broken_; }

private:
  std::string_view body_;
  std::string delimiter_;
  std::size_t at_ = 0;
  bool started_ = false;
  bool broken_ = false;
};

} // namespace

std::optional<std::string_view> multipart_boundary(std::string_view content_type) {
  if (!equal_names(trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data")) return std::nullopt;
  constexpr std::string_view allowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ";
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70 || boundary->back() == ' ' ||
      boundary->find_first_not_of(allowed) != npos)
    return std::nullopt;
  return boundary;
}

namespace {

failure no_boundary() {
  return {ec::bad_request, "The Content-Type multipart/form-data needs a boundary of 1 to 70 allowed characters."};
}
failure strange_part() {
  return {ec::bad_request, "A part of the multipart body has a header that cannot be read safely."};
}
failure broken_body() {
  return {ec::bad_request, "The multipart body does not end with its boundary, or is cut short."};
}

} // namespace

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
  bool stream_seen = false;
  part_cursor parts{body, *boundary};
  while (parts.next(head, content)) {
    ++out.parts;
    const auto part = read_head(head);
    if (part.strange) return strange_part();
    if (part.file) {
      ++out.files;
      out.file_bytes += content.size();
      continue;
    }
    out.text_bytes += content.size();
    if (part.name == "model") {
      if (out.model) return failure{ec::bad_field, "'model' is given more than once.", "model"};
      if (content.size() > longest_value || content.find_first_of(std::string_view{"\r\n\0", 3}) != npos)
        return failure{ec::bad_field, "'model' must be a short text on one line.", "model"};
      out.model = content;
      out.model_begin = static_cast<std::size_t>(content.data() - body.data());
      out.model_end = out.model_begin + content.size();
    } else if (part.name == "stream") {
      if (stream_seen) return failure{ec::bad_field, "'stream' is given more than once.", "stream"};
      stream_seen = true;
      const auto value = trim(content);
      out.stream = equal_names(value, "true") || value == "1";
    } else if (part.name == "n") {
      constexpr std::int64_t most = 1024;
      const auto value = trim(content);
      std::int64_t n = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
      if (error != std::errc{} || end != value.data() + value.size() || n < 1 || n > most)
        return failure{ec::bad_field, "'n' must be a whole number from 1 to 1024.", "n"};
      out.n = std::max(out.n, n); // whichever of several the provider heeds
    }
  }
  if (parts.broken()) return broken_body();
  return out;
}

} // namespace logos::net
