// SPDX-License-Identifier: MIT
#include "actors/ingress/model_path.hpp"

#include "net/path_text.hpp"

namespace logos::ingress {

std::optional<model_path> read_model_path(std::string_view rest) {
  const auto colon = rest.rfind(':');
  if (colon == rest.npos) return std::nullopt; // nearly all
  const auto slash = rest.rfind('/');
  if (slash == rest.npos || colon <= slash + 1 || colon + 1 == rest.size()) return std::nullopt;
  const auto above = rest.substr(0, slash + 1);
  if (above != listed_below && !above.ends_with("/models/")) return std::nullopt;
  return model_path{rest.substr(slash + 1, colon - slash - 1), rest.substr(colon + 1)};
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
