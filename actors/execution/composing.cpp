// SPDX-License-Identifier: MIT
#include "actors/execution/composing.hpp"

#include "actors/ingress/account_paths.hpp"
#include "actors/ingress/client_key.hpp"
#include "actors/ingress/model_path.hpp"
#include "actors/ingress/object_names.hpp"
#include "net/dialect.hpp"
#include "net/json_splice.hpp"

#include <algorithm>
#include <array>

namespace logos::execution {
namespace {

/// Where `stream_options.include_usage` is understood.
bool takes_stream_options(ingress::endpoint at, core::provider_type type) {
  return type != core::provider_type::anthropic &&
         (at == ingress::endpoint::chat || at == ingress::endpoint::completions);
}

using net::body_field;
constexpr std::array lengths{body_field::max_tokens, body_field::max_completion_tokens, body_field::max_output_tokens,
                             body_field::n_predict};

/// Tells the provider the length of the answer in every field that it might heed: none allows more than is held.
void tell_length(net::json_edits& edits, const admission& a, core::provider_type type) {
  const auto& look = a.intent.json;
  const auto given = [&](body_field f) { return look[f].present && !look[f].null; };
  for (std::size_t i = 0; i < lengths.size(); ++i)
    if (given(lengths[i])) {
      const bool usable = look.lengths[i] > 0 && look.lengths[i] <= a.answer_cap;
      edits.integers.push_back({lengths[i], usable ? look.lengths[i] : a.answer_cap});
    }
  auto heeded = a.intent.at == ingress::endpoint::responses ? body_field::max_output_tokens : body_field::max_tokens;
  const bool openai = type == core::provider_type::openai || type == core::provider_type::azure;
  if (openai && a.intent.at == ingress::endpoint::chat) {
    if (given(body_field::max_tokens)) return; // heeded too, and both together are refused
    heeded = body_field::max_completion_tokens;
  }
  if (!given(heeded)) edits.integers.push_back({heeded, a.answer_cap});
}

net::json_edits edits_of(const admission& a, const catalog::deployment& d, bool ask_usage) {
  net::json_edits edits;
  // What is about the provider's account (its files, its batches) takes no model.
  const bool takes_model =
      a.intent.json[body_field::model].present || !ingress::is_account_path("POST", a.intent.route.rest);
  if (!a.brings_key() && takes_model && a.intent.json.model() != d.upstream_name) edits.model = d.upstream_name;
  edits.include_usage = ask_usage;
  if (a.answer_cap != 0) tell_length(edits, a, d.provider->type);
  if (a.calls_cap != 0) edits.integers.push_back({body_field::max_tool_calls, a.calls_cap});
  return edits;
}

void take_pieces(net::upstream_call& call, net::spliced_body&& spliced) {
  auto kept = std::make_shared<net::spliced_body>(std::move(spliced));
  call.body.assign(kept->pieces().begin(), kept->pieces().end());
  call.patches = std::move(kept);
}

/// How a request goes to the provider with the key that the client brought. What a deployment has of its own, its key
/// and endpoint, is ours and takes no part.
boost::system::result<net::deployment_route, core::failure>
route_of_visitor(const net::request_view& request, const ingress::intent& intent, const catalog::provider& p) {
  const auto key = ingress::find_client_key(request);
  if (key.empty()) return core::failure{core::ec::internal, "The client's key is gone."};
  if (!intent.model.empty() && intent.model.find_first_not_of('.') == std::string::npos)
    return core::failure{core::ec::bad_field, "'model' is no name of a model.", "model"};
  // Azure's paths that are about no deployment take no name.
  const bool unnamed = intent.model.empty() && p.type == core::provider_type::azure;
  auto route = net::route_of({p.type, p.base_url, unnamed ? "no-model-named" : intent.model, "", std::string{key},
                              p.auth_header, p.auth_format, p.api_version});
  if (route) {
    route->fixed_query.clear(); // may hold a key of ours
    return route;
  }
  if (intent.model.empty())
    return core::failure{core::ec::bad_field, "This provider needs the name of a model in each request.", "model"};
  return core::failure{core::ec::no_provider, "The provider's settings do not make an address for this request."};
}

void append_length(std::string& head, std::size_t length, std::string_view method) {
  if (length == 0 && method != "POST" && method != "PUT" && method != "PATCH") return;
  head.append("content-length: ").append(std::to_string(length)).append("\r\n");
}

constexpr std::size_t most_weighed_words = 6;

/// A name in a header line: what is not printable ASCII would end or garble the line. `quoted`: inside quotation marks.
void append_visible(std::string& out, std::string_view text, bool quoted = false) {
  for (const char c : text) {
    if (quoted && (c == '"' || c == '\\')) out += '\\';
    out += c < 0x20 || c >= 0x7f ? '?' : c;
  }
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  append_visible(out, value);
  out.append("\r\n");
}

/// A parameter whose value is a string of RFC 8941; nothing for an empty one.
void append_quoted(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append("; ").append(name).append("=\"");
  append_visible(out, value, true);
  out += '"';
}

/// What speaks for each of those that were asked, best first: milliseconds until its first token.
std::string weighed_words(const admission& a) {
  std::string out;
  for (std::size_t i = 0; i < std::min(a.weighed.of.size(), most_weighed_words); ++i) {
    const auto& each = a.weighed.of[i];
    const auto* d = a.snapshot->find_deployment(each.deployment_id);
    if (d == nullptr) continue;
    out.append(out.empty() ? "" : ", ").append(d->provider->name.substr(0, 40)).append(" ");
    if (!each.open)
      out += "closed";
    else if (!each.known)
      out += "unknown";
    else
      out += std::to_string(each.expected_us / 1000);
  }
  return out;
}

} // namespace

boost::system::result<net::upstream_call, core::failure>
compose(const net::exchange& x, const admission& a, const catalog::deployment& d, const net::call_limits& limits) {
  const auto& request = x.request();
  net::deployment_route own;
  if (a.brings_key()) {
    auto made = route_of_visitor(request, a.intent, *d.provider);
    if (!made) return made.error();
    own = std::move(*made);
  }
  std::string path; // where it names a model
  if (a.intent.model_in_path && !a.brings_key() && a.intent.model != d.upstream_name)
    path = ingress::with_model(a.intent.route.rest, d.upstream_name);
  auto built = net::build(a.brings_key() ? own : d.route,
                          {request.method, path.empty() ? a.intent.route.rest : std::string_view{path}, request.query,
                           request.headers, a.brings_key()});
  if (!built) return built.error();

  net::upstream_call call;
  call.target = a.brings_key() ? d.provider->target : d.target;
  call.limits = limits;
  call.head_only = request.method == "HEAD";
  call.secret = d.api_key.empty() ? d.provider->api_key : d.api_key;
  call.keep_text = a.who->log == core::log_level::full;
  call.tells_model = !a.others.empty();
  call.tells_object = !a.brings_key() && ingress::stores(request.method, a.intent).has_value();
  call.tells_refusal = !a.brings_key(); // a stranger hears of its own account at once in any case
  if (a.cascade && a.cascade->more()) call.hold_back = longest_held_back;
  call.counters = a.snapshot->counters;

  bool as_it_is = true;
  if (a.intent.body == ingress::body_kind::json) {
    const bool ask_usage =
        a.intent.stream && !a.intent.json.include_usage && takes_stream_options(a.intent.at, d.provider->type);
    call.withhold_usage_chunk = ask_usage;
    const auto edits = edits_of(a, d, ask_usage);
    as_it_is = !net::changes_anything(a.intent.json, edits);
    if (!as_it_is) take_pieces(call, net::splice(request.body, a.intent.json, edits));
  } else if (a.intent.body == ingress::body_kind::multipart && a.intent.multipart.model && !a.brings_key() &&
             *a.intent.multipart.model != d.upstream_name) {
    as_it_is = false;
    take_pieces(call, net::splice_range(request.body, a.intent.multipart.model_begin, a.intent.multipart.model_end,
                                        d.upstream_name));
  }
  if (as_it_is && !request.body.empty()) call.body.push_back(request.body);
  std::size_t length = 0;
  for (const auto piece : call.body)
    length += piece.size();

  call.head.reserve(built->target.size() + built->header_lines.size() + 64);
  call.head.append(request.method)
      .append(" ")
      .append(built->target)
      .append(" HTTP/1.1\r\n")
      .append(built->header_lines);
  append_length(call.head, length, request.method);
  call.head.append("\r\n");
  return call;
}

std::string_view reason_of(const admission& a) {
  if (a.brings_key()) return "own-key";
  if (a.cascade && !a.cascade->dropped.empty()) return "escalated";
  if (!a.failed.empty() || (a.cascade && a.cascade->at != 0)) return "failover";
  if (a.cascade) return "cascade";
  if (!a.statistics.empty()) return "classified";
  return a.candidates.size() == 1 ? "only" : "named";
}

std::string decision(const admission& a, const actors::offer& o) {
  std::string out{reason_of(a)};
  if (a.models > 1) out.append("; models=").append(std::to_string(a.models));
  if (!a.decided_by.empty()) out.append("; by=").append(a.decided_by);
  if (a.candidates.size() > 1) out.append("; candidates=").append(std::to_string(a.candidates.size()));
  if (o.depth_at_arrival != 0) out.append("; queued-behind=").append(std::to_string(o.depth_at_arrival));
  if (o.cold) out.append("; cold");
  if (o.cold && o.load_us > 0) out.append("; load-ms=").append(std::to_string(o.load_us / 1000));
  if (a.cascade) {
    out.append("; step=").append(std::to_string(a.cascade->at + 1));
    out.append("; steps=").append(std::to_string(a.cascade->steps.size()));
    if (!a.cascade->dropped.empty()) out.append("; failed=").append(word_of(a.cascade->dropped.back().why));
  }
  if (a.attempts > 1) out.append("; attempts=").append(std::to_string(a.attempts));
  return out;
}

std::string answer_headers(const admission& a, const catalog::deployment& d, const actors::offer& o) {
  std::string out;
  out.reserve(256 + a.rate_headers.size());
  const auto& model = a.brings_key() ? a.intent.model : d.model->name;
  if (!model.empty()) append_line(out, "x-logos-model", std::string_view{model}.substr(0, 200));
  append_line(out, "x-logos-provider", d.provider->name);
  append_line(out, "x-logos-queue-ms", std::to_string(o.queued_us / 1000));
  out.append("x-logos-decision: ").append(decision(a, o));
  append_quoted(out, "model", std::string_view{model}.substr(0, 200));
  append_quoted(out, "provider", d.provider->name);
  append_quoted(out, "weighed", weighed_words(a));
  out.append("\r\n");
  out += a.rate_headers;
  return out;
}

} // namespace logos::execution
