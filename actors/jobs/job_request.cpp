// SPDX-License-Identifier: MIT
#include "actors/jobs/job_request.hpp"

#include "actors/ingress/intent.hpp"
#include "net/header_policy.hpp"

#include <algorithm>
#include <array>

namespace logos::jobs {
namespace {

using core::ec;
using core::failure;

/// Ours, and so not among what a provider may see.
constexpr std::array<std::string_view, 6> own_headers{"policy",          "provider",        "x-logos-priority",
                                                      "x-logos-timeout", "x-logos-dataset", "x-logos-metadata"};

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// The body without its wish for a stream. Whoever reads it later reads all at once.
std::string unstreamed(std::string_view body, const ingress::intent& wanted) {
  std::string out{body};
  if (wanted.body != ingress::body_kind::json || !wanted.stream) return out;
  struct change {
    net::json_member at;
    std::string_view to;
  };
  // `stream_options` is refused by providers where nothing is streamed.
  std::array<change, 2> changes{
      {{wanted.json[net::body_field::stream], "false"}, {wanted.json[net::body_field::stream_options], "null"}}};
  if (changes[0].at.value_begin < changes[1].at.value_begin) std::swap(changes[0], changes[1]);
  for (const auto& [at, to] : changes) // from the back, so that offsets stay good
    if (at.present) out.replace(at.value_begin, at.value_end - at.value_begin, to);
  return out;
}

failure check_route(const net::route_match& route) {
  if (route.bad_path)
    return {ec::bad_request, "The path is not acceptable: '..', encoded slashes or control bytes stand in it."};
  if (route.to != net::route::inference)
    return {ec::route_not_found, "A job is a request to a model: POST /jobs/v1/chat/completions, for example."};
  return {};
}

} // namespace

boost::system::result<job_request, failure> make_request(const net::request_view& from, std::string_view target,
                                                         std::int64_t profile_id, std::string_view client_address,
                                                         net::json_looker& looker) {
  const auto route = net::classify(from.method, target.substr(0, target.find('?')));
  if (auto wrong = check_route(route); wrong.code != ec::none) return wrong;
  const auto wanted = ingress::read_intent(from, route, looker);
  if (!wanted) return wanted.error();

  job_request out;
  out.method = from.method;
  out.target = target;
  out.model = wanted->model;
  out.priority = wanted->priority.value_or(core::priority_low);
  out.text.append(client_address).append("\n");
  out.text.append(from.method).append(" ").append(target).append(" HTTP/1.1\r\n");
  net::append_forwarded_headers(out.text, from.headers);
  for (const auto name : own_headers)
    if (const auto value = from.find(name); !value.empty()) append_line(out.text, name, value);
  const bool says_priority = !from.find("x-logos-priority").empty() || wanted->json.priority;
  if (!says_priority) append_line(out.text, "x-logos-priority", std::to_string(core::priority_low));
  const auto mode = from.find("x-logos-mode");
  if (!mode.empty() || !wanted->json.mode) append_line(out.text, "x-logos-mode", mode.empty() ? "batch" : mode);
  if (profile_id != 0) append_line(out.text, "use_profile", std::to_string(profile_id));
  out.text.append("\r\n").append(unstreamed(from.body, *wanted));
  return out;
}

kept_request read_kept(std::string_view text) {
  const auto end = std::min(text.find('\n'), text.size());
  return {std::string{text.substr(0, end)}, std::string{text.substr(std::min(end + 1, text.size()))}};
}

} // namespace logos::jobs
