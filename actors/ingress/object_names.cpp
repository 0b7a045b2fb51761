// SPDX-License-Identifier: MIT
#include "actors/ingress/object_names.hpp"

#include "net/object_id.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace logos::ingress {
namespace {

constexpr std::array<std::pair<std::string_view, object_kind>, 3> families{
    {{"responses", object_kind::response},
     {"conversations", object_kind::conversation},
     {"videos", object_kind::video}}};

// Behind them, where something is posted to that is no id. Whatever else stands there is taken for one: what is not
// known belongs to nobody.
constexpr std::array<std::string_view, 2> actions{"input_tokens", "compact"};
constexpr std::string_view making_a_video = "generations"; // at some servers

/// Takes the first segment off.
std::string_view next_segment(std::string_view& path) {
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(segment.size() + 1, path.size()));
  return segment;
}

/// Of what RFC 3986 (3.3) lets stand in a segment, what all servers read alike: no escape, and no parameter.
bool is_plain(std::string_view path) {
  static constexpr std::string_view others = "_-./=+~:@";
  return path.find("//") == path.npos && std::all_of(path.begin(), path.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != others.npos;
         });
}

} // namespace

std::string_view to_string(object_kind what) {
  switch (what) {
  case object_kind::conversation: return "conversation";
  case object_kind::video: return "video";
  default: return "response";
  }
}

std::optional<object_path> read_object_path(std::string_view method, std::string_view rest) {
  while (rest.starts_with('/'))
    rest.remove_prefix(1);
  if (is_known(rest) && !rest.starts_with("responses")) return std::nullopt; // nearly all
  const auto lenient = lenient_path(rest);
  std::string_view path = lenient, spelled = rest;
  while (!path.empty()) {
    const auto segment = next_segment(path);
    next_segment(spelled);
    for (const auto& [word, what] : families) {
      if (segment != word) continue;
      const auto next = next_segment(path);
      object_path out{what, !next.empty(), {}, false};
      const bool is_end = method == "POST" && path.empty();
      const bool makes_video = is_end && what == object_kind::video && next == making_a_video;
      if (makes_video ||
          (is_end && what == object_kind::response && std::find(actions.begin(), actions.end(), next) != actions.end()))
        out.names_one = false;
      if (out.names_one && is_plain(rest)) out.id = next_segment(spelled); // segment by segment the same
      out.makes_one =
          makes_video || (method == "POST" && (next.empty() || (what == object_kind::video && path == "remix")));
      return out;
    }
  }
  return std::nullopt;
}

std::optional<object_kind> stores(std::string_view method, const intent& wanted) {
  if (method != "POST") return std::nullopt;
  const auto path = read_object_path(method, wanted.route.rest);
  if (!path || !path->makes_one || (path->what == object_kind::response && wanted.json.unstored)) return std::nullopt;
  return path->what;
}

boost::system::result<std::vector<object_name>, core::failure> named_objects(const net::request_view& request,
                                                                             const intent& wanted) {
  std::vector<object_name> out;
  const auto path = read_object_path(request.method, wanted.route.rest);
  if (path && path->names_one) out.push_back({path->what, std::string{path->id}, {}});
  if (wanted.body == body_kind::json) {
    // Whatever the path is: a deployment may have one of its own, and servers translate one API to another.
    const bool here = wanted.at == endpoint::responses || wanted.at == endpoint::counting;
    const auto add = [&](object_kind what, std::string_view member, std::string_view value) {
      // Elsewhere a member of that name may be something else altogether, which is no id.
      if (value.starts_with('"') || value.starts_with('{') || (here && !value.empty()))
        out.push_back({what, net::object_named(value), member});
    };
    add(object_kind::response, "previous_response_id", wanted.json.previous_response);
    add(object_kind::conversation, "conversation", wanted.json.conversation);
  } else if (wanted.body != body_kind::none && path && path->what != object_kind::video) {
    return core::failure{core::ec::bad_request, "The body of this request must be JSON."};
  }
  return out;
}

} // namespace logos::ingress
