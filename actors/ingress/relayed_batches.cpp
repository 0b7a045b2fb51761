// SPDX-License-Identifier: MIT
#include "actors/ingress/relayed_batches.hpp"

#include "actors/catalog/key_scope.hpp"
#include "actors/catalog/passages.hpp"
#include "actors/classification/policies.hpp"
#include "actors/classification/selection.hpp"
#include "actors/execution/stored_objects.hpp"
#include "actors/ingress/needs.hpp"
#include "actors/ingress/object_names.hpp"
#include "actors/ingress/reach.hpp"
#include "net/multipart_look.hpp"
#include "net/name_fold.hpp"
#include "net/routes.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>

namespace logos::ingress {
namespace {

using core::ec;
using core::failure;
namespace dom = simdjson::dom;

enum class kind : std::uint8_t { none, file, upload, messages };

kind kind_of(const net::request_view& request, const intent& i) {
  // None of these paths can be taken for one whose purpose is known.
  if (i.at != endpoint::other || is_read(request.method) || i.body == body_kind::none) return kind::none;
  auto path = lenient_path(i.route.rest);
  while (path.ends_with('/'))
    path.pop_back();
  if (path == "files" && i.body == body_kind::multipart) return kind::file;
  if (path == "uploads") return kind::upload;
  return path == "messages/batches" ? kind::messages : kind::none;
}

std::string lower(std::string_view text) { return net::lenient_field_name(text); }

/// What a line, or an entry of a list, says.
struct item {
  std::optional<std::string_view> method;
  std::optional<std::string_view> url;
  std::optional<std::string> body; // with json_padding bytes behind it
  std::size_t bytes = 0;           // of the body
};

// As many as Anthropic takes, and twice what OpenAI does.
constexpr std::size_t most_requests = 100'000;

constexpr std::array<std::string_view, 5> item_names{"custom_id", "method", "url", "body", "params"};

class batch_check {
public:
  batch_check(const asker& by, std::string_view client, std::vector<const catalog::provider*>& providers)
      : by_{by},
        client_{client},
        providers_{providers} {}

  std::optional<failure> line(std::string_view text, std::size_t number);
  std::optional<failure> entry(dom::element of, std::size_t number, std::string_view endpoint);
  /// Begins as the requests of a batch do.
  bool is_request(std::string_view line);
  std::vector<net::model_name> take() { return std::move(models_); }

private:
  std::optional<failure> read(dom::element of, item& out);
  std::optional<failure> judge(const item& what, std::string_view endpoint);
  std::optional<failure> judge_endpoint(std::string_view url, net::route_match& route);
  std::optional<failure> keep_servers(const net::model_name& name, const core::needs& needs);
  bool serves(const catalog::provider& p, std::string_view name, const core::needs& needs) const;
  static failure too_many() {
    return {ec::bad_field,
            "A batch may have at most " + std::to_string(most_requests) + " requests: divide it into several.", "file"};
  }
  failure wrong(ec code, const std::string& what) const {
    return {code, where_ + std::to_string(number_) + ": " + what, "file"};
  }

  const asker& by_;
  std::string_view client_;
  std::vector<const catalog::provider*>& providers_;
  dom::parser parser_;
  net::json_looker looker_;
  std::vector<net::model_name> models_;
  std::string where_ = "Line ";
  std::size_t requests_ = 0;
  std::size_t number_ = 0;
};

bool has_rules(const catalog::snapshot& in, const catalog::model& m) {
  accounting::parties about{};
  about[static_cast<std::size_t>(core::scope::model)] = m.id;
  return in.governs(about);
}

bool batch_check::serves(const catalog::provider& p, std::string_view name, const core::needs& needs) const {
  return std::any_of(by_.in.deployments.begin(), by_.in.deployments.end(), [&](const auto& d) {
    return d.provider == &p && !catalog::is_passage(d) && d.upstream_name == name &&
           classification::may_serve(by_.who, by_.with, by_.under, d) && classification::can_do(*d.model, needs) &&
           !has_rules(by_.in, *d.model);
  });
}

std::optional<failure> batch_check::keep_servers(const net::model_name& name, const core::needs& needs) {
  std::erase_if(providers_, [&](const auto* p) { return !serves(*p, name.name, needs); });
  if (providers_.empty())
    return wrong(ec::forbidden,
                 "it names '" + name.name.substr(0, 200) +
                     "', which does not exist at the provider of the batch or cannot do what is asked, which this key "
                     "may not use, or which has a limit or budget of its own. Models are named there as the provider "
                     "calls them.");
  const bool known = std::any_of(models_.begin(), models_.end(), [&](const auto& m) { return m.name == name.name; });
  if (!known) models_.push_back({name.name, where_ + std::to_string(number_)});
  return std::nullopt;
}

std::optional<failure> batch_check::read(dom::element of, item& out) {
  dom::object object;
  if (of.get(object) != simdjson::SUCCESS) return wrong(ec::bad_json, "it is not a JSON object.");
  std::vector<std::string_view> seen;
  for (const auto [key, value] : object) {
    if (const auto meant = net::resembled(key, item_names); !meant.empty() && meant != key)
      return wrong(ec::bad_field, "'" + std::string{key.substr(0, 100)} + "' differs from '" + std::string{meant} +
                                      "' only in its letters' case; some servers read both.");
    if (std::find(item_names.begin(), item_names.end(), key) == item_names.end()) continue;
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      return wrong(ec::bad_field, "'" + std::string{key} + "' is given more than once.");
    seen.push_back(key);
    std::string_view text;
    if (key == "method" || key == "url") {
      if (value.get(text) != simdjson::SUCCESS)
        return wrong(ec::bad_field, "'" + std::string{key} + "' must be a text.");
      (key == "url" ? out.url : out.method) = text;
    } else if (key != "custom_id") {
      if (!value.is_object()) return wrong(ec::bad_field, "'" + std::string{key} + "' must be a JSON object.");
      if (out.body) return wrong(ec::bad_field, "it has a 'body' and 'params': some servers read one, some the other.");
      out.body = simdjson::minify(value);
      out.bytes = out.body->size();
      out.body->append(net::json_padding, '\0');
    }
  }
  if (!out.body) return wrong(ec::bad_field, "'body' must be a JSON object: the request.");
  return std::nullopt;
}

std::optional<failure> batch_check::judge_endpoint(std::string_view url, net::route_match& route) {
  route = net::classify("POST", url);
  if (route.bad_path || route.to != net::route::inference || !route.deployment.empty())
    return wrong(ec::bad_field, "'url' must be a path to models, such as /v1/chat/completions.");
  if (by_.who.scope != nullptr)
    if (const auto bad = by_.who.scope->check(url, client_); bad.code != ec::none) return wrong(bad.code, bad.message);
  if (const auto bad = check_reach(by_.who, {"POST", url, route.rest}); bad.code != ec::none)
    return wrong(bad.code, bad.message);
  return std::nullopt;
}

std::optional<failure> batch_check::judge(const item& what, std::string_view endpoint) {
  if (what.method && *what.method != "POST") return wrong(ec::bad_field, "'method' must be \"POST\".");
  intent i;
  const auto url = what.url.value_or(endpoint);
  if (!url.empty())
    if (auto bad = judge_endpoint(url, i.route)) return bad;
  const auto body = std::string_view{*what.body}.substr(0, what.bytes);
  if (auto bad = looker_.look(body, i.json)) return wrong(bad->code, bad->message);
  i.at = endpoint_of(i.route.rest);
  i.body = body_kind::json;
  if (!execution::may_use_all(by_.who))
    if (const auto named = named_objects({}, i); named && !named->empty())
      return wrong(ec::forbidden, "it names a stored response or conversation ('" + std::string{named->front().member} +
                                      "'): whose that is, is not looked up for batches that a provider runs.");
  if (i.json.model().empty()) {
    // Some name the model where the batch is begun, and no endpoint either: that request is judged when it comes.
    if (url.empty()) return std::nullopt;
    return wrong(ec::bad_field, "it names no 'model': in a batch that a provider runs, none is chosen.");
  }
  if (auto bad = keep_servers({std::string{i.json.model()}, "model"}, needs_of(i, body.size(), false))) return bad;
  if (!i.json.names_models) return std::nullopt;
  const auto others = net::find_model_names(body);
  if (!others) return wrong(others.error().code, others.error().message);
  for (const auto& each : *others)
    if (auto bad = keep_servers(each, {})) return bad;
  return std::nullopt;
}

std::optional<failure> batch_check::line(std::string_view text, std::size_t number) {
  number_ = number;
  if (++requests_ > most_requests) return too_many();
  dom::element root;
  if (parser_.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS)
    return wrong(ec::bad_json, "it is not well-formed JSON.");
  item what;
  if (auto bad = read(root, what)) return bad;
  return judge(what, {});
}

std::optional<failure> batch_check::entry(dom::element of, std::size_t number, std::string_view endpoint) {
  where_ = "Request ";
  number_ = number;
  if (++requests_ > most_requests) return too_many();
  item what;
  if (auto bad = read(of, what)) return bad;
  return judge(what, endpoint);
}

bool batch_check::is_request(std::string_view line) {
  dom::element root;
  return parser_.parse(line.data(), line.size()).get(root) == simdjson::SUCCESS &&
         root["custom_id"].error() == simdjson::SUCCESS;
}

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

/// Calls `each` with the lines that are not blank, and their numbers, until it returns something.
template <class Each>
std::optional<failure> for_each_line(std::string_view content, Each each) {
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  for (std::size_t number = 1; !content.empty(); ++number) {
    const auto end = std::min(content.find('\n'), content.size());
    const auto line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    if (blank(line)) continue;
    if (auto bad = each(line, number)) return bad;
  }
  return std::nullopt;
}

/// Whether the file is a batch's: because it says so, or because its first line does.
bool is_batch(const std::vector<net::multipart_part>& parts, batch_check& check) {
  for (const auto& p : parts)
    if (lower(p.name) == "purpose" && lower(p.content) == "batch") return true;
  return std::any_of(parts.begin(), parts.end(), [&](const net::multipart_part& p) {
    bool found = false;
    if (p.file)
      static_cast<void>(for_each_line(p.content, [&](std::string_view line, std::size_t) {
        found = check.is_request(line);
        return std::optional{failure{ec::bad_json, {}}}; // the first is enough
      }));
    return found;
  });
}

std::optional<failure> check_file(const net::request_view& request, batch_check& check, bool& batch) {
  const auto parts = net::read_multipart(request.find("content-type"), request.body);
  if (!parts) return parts.error();
  batch = is_batch(*parts, check);
  if (!batch) return std::nullopt;
  for (const auto& p : *parts)
    if (p.file)
      if (auto bad = for_each_line(p.content,
                                   [&](std::string_view line, std::size_t number) { return check.line(line, number); }))
        return bad;
  return std::nullopt;
}

std::optional<failure> check_upload(std::string_view body) {
  dom::parser parser;
  dom::element root;
  std::string_view purpose;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS || !root.is_object()) return std::nullopt;
  for (const auto [key, value] : dom::object{root})
    if (net::folded(key) == "purpose" && value.get(purpose) == simdjson::SUCCESS && lower(purpose) == "batch")
      return failure{ec::forbidden,
                     "A batch's file cannot be uploaded in parts: its requests are read before it goes to a provider. "
                     "Send it whole to /v1/files.",
                     "purpose"};
  return std::nullopt;
}

std::optional<failure> check_messages(std::string_view body, batch_check& check) {
  dom::parser parser;
  dom::element root;
  dom::object members;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS || root.get(members) != simdjson::SUCCESS)
    return failure{ec::bad_json, "The request body is not a JSON object."};
  const failure wanted{ec::bad_field, "'requests' must be there once, a list.", "requests"};
  dom::array list;
  bool found = false;
  for (const auto [key, value] : members) {
    if (net::folded(key) != "requests") continue;
    if (key != "requests" || std::exchange(found, true) || value.get(list) != simdjson::SUCCESS) return wanted;
  }
  if (!found) return wanted;
  std::size_t number = 0;
  for (const auto each : list)
    if (auto bad = check.entry(each, ++number, "/v1/messages")) return bad;
  return std::nullopt;
}

/// Whether a limit or a hard budget is about the key or whose it is: nothing of the batch would be counted by it.
bool is_limited(const asker& by) {
  accounting::parties about{};
  const auto set = [&](core::scope scope, std::int64_t id) { about[static_cast<std::size_t>(scope)] = id; };
  set(core::scope::process, by.who.process_id);
  set(core::scope::profile, by.with != nullptr ? by.with->id : 0);
  set(core::scope::user, by.who.user_id);
  set(core::scope::service, by.who.service_id);
  const auto concerns = [&](core::scope scope, std::int64_t id) {
    return id != 0 && about[static_cast<std::size_t>(scope)] == id;
  };
  const auto& limits = by.in.rules.limits;
  return by.in.hard_budget(about) ||
         std::any_of(limits.begin(), limits.end(), [&](const auto& l) { return concerns(l.scope, l.scope_id); });
}

} // namespace

bool hands_in_batch(const net::request_view& request, const intent& i) { return kind_of(request, i) != kind::none; }

boost::system::result<std::vector<net::model_name>, failure>
check_batch(const asker& by, const net::request_view& request, const intent& i, std::string_view client_address,
            std::vector<const catalog::provider*>& providers) {
  batch_check check{by, client_address, providers};
  std::optional<failure> bad;
  bool batch = true;
  switch (kind_of(request, i)) {
  case kind::none: return std::vector<net::model_name>{};
  case kind::file: bad = check_file(request, check, batch); break;
  case kind::upload:
    bad = check_upload(request.body);
    batch = false;
    break;
  case kind::messages: bad = check_messages(request.body, check); break;
  }
  if (bad) return std::move(*bad);
  if (batch && is_limited(by))
    return failure{ec::forbidden,
                   "This key, its profile, user or service has a limit or a hard budget, by which nothing that a "
                   "provider does with a batch could be counted. Batches that the gateway runs itself are "
                   "(jobs.batches: true)."};
  return check.take();
}

} // namespace logos::ingress
