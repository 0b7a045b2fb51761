// SPDX-License-Identifier: MIT
#include "actors/ingress/model_path.hpp"

#include "net/path_text.hpp"

#include <algorithm>
#include <array>

namespace logos::ingress {
namespace {

constexpr std::array<std::string_view, 3> hold_models{"models", "tunedmodels", "endpoints"};
constexpr int most_decodings = 2; // as often as paths are looked through for what leads elsewhere

/// Once, and in small letters; what is no proper escape stays.
std::string plainer(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto [byte, length] = net::decode_at(text, i);
    const char c = byte < 0 ? text[i] : static_cast<char>(byte);
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    i += byte < 0 ? 1 : length;
  }
  return out;
}

} // namespace

std::optional<model_path> read_model_path(std::string_view rest) {
  const auto colon = rest.rfind(':');
  if (colon == rest.npos) return std::nullopt; // nearly all
  const auto slash = rest.rfind('/');
  if (slash == rest.npos || colon <= slash + 1 || colon + 1 == rest.size()) return std::nullopt;
  const auto above = rest.substr(0, slash + 1);
  if (above != listed_below && !above.ends_with("/models/")) return std::nullopt;
  return model_path{rest.substr(slash + 1, colon - slash - 1), rest.substr(colon + 1)};
}

bool resembles_model_path(std::string_view rest) {
  if (rest.find_first_of(":%") == rest.npos) return false; // nearly all
  auto path = plainer(rest);
  for (int i = 1; i < most_decodings && path.find('%') != path.npos; ++i)
    path = plainer(path);
  bool below = false;
  for (std::string_view left{path}; !left.empty();) {
    const auto whole = left.substr(0, left.find('/'));
    left.remove_prefix(std::min(left.size(), whole.size() + 1));
    const auto segment = whole.substr(0, whole.find(';'));
    const auto colon = segment.rfind(':');
    if (below && colon != segment.npos && colon > 0 && colon + 1 < segment.size()) return true;
    below = below || std::find(hold_models.begin(), hold_models.end(), segment) != hold_models.end();
  }
  return false;
}

bool streams_events(const model_path& to, std::string_view query) {
  return to.method == "streamGenerateContent" && net::query_value(query, "alt") == "sse";
}

std::string with_model(std::string_view rest, std::string_view upstream_name) {
  const auto said = read_model_path(rest);
  if (!said) return std::string{rest};
  if (upstream_name.starts_with(listed_below)) upstream_name.remove_prefix(listed_below.size());
  const auto begin = static_cast<std::size_t>(said->name.data() - rest.data());
  std::string out{rest.substr(0, begin)};
  net::append_encoded(out, upstream_name);
  return out.append(rest.substr(begin + said->name.size()));
}

} // namespace logos::ingress
