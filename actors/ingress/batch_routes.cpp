// SPDX-License-Identifier: MIT
#include "actors/ingress/batch_routes.hpp"

#include "net/multipart_look.hpp"

#include <algorithm>

namespace logos::ingress {
namespace {

constexpr std::string_view own_files = "files/file-logos-"; // as storage/batches.hpp names them

bool take(std::string_view& path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  path.remove_prefix(prefix.size());
  return true;
}

bool uploads_for_batches(const net::request_view& request) {
  const auto parts = net::read_multipart(request.find("content-type"), request.body);
  if (!parts) return false; // the provider may say so
  return std::any_of(parts->begin(), parts->end(), [](const net::multipart_part& p) {
    return p.name == "purpose" && !p.file && p.content == "batch";
  });
}

/// A list without a purpose, or of those that batches have.
bool lists_ours(std::string_view query) {
  const auto at = query.find("purpose=");
  if (at == std::string_view::npos) return true;
  const auto purpose = query.substr(at + 8, query.find('&', at) - at - 8);
  return purpose == "batch" || purpose == "batch_output";
}

} // namespace

bool is_about_batches(const net::request_view& request) {
  auto rest = request.path;
  if (!take(rest, "/v1/") && !take(rest, "/openai/")) return false;
  while (rest.ends_with('/'))
    rest.remove_suffix(1);
  if (rest == "batches" || rest.starts_with("batches/") || rest.starts_with(own_files)) return true;
  if (rest != "files") return false;
  return request.method == "POST" ? uploads_for_batches(request) : lists_ours(request.query);
}

} // namespace logos::ingress
