// SPDX-License-Identifier: MIT
#include "simulator/provider.hpp"

namespace logos::simulator {
namespace {

using core::json_string;
using simdjson::dom::element;

void append(std::string& out, std::string_view key, std::int64_t value) {
  if (out.back() != '{') out += ',';
  out.append("\"").append(key).append("\":").append(std::to_string(value));
}

void append_counters(std::string& out, const request_counters& c) {
  append(out, "started", static_cast<std::int64_t>(c.started));
  append(out, "finished", static_cast<std::int64_t>(c.finished));
  append(out, "aborted", static_cast<std::int64_t>(c.aborted));
  append(out, "broken", static_cast<std::int64_t>(c.broken));
  append(out, "in_flight", c.in_flight);
  append(out, "max_in_flight", c.max_in_flight);
}

void append_record(std::string& out, const request_record& r) {
  out += '{';
  append(out, "id", static_cast<std::int64_t>(r.id));
  out.append(R"(,"model":)").append(json_string(r.model)).append(R"(,"path":)").append(json_string(r.path));
  out.append(R"(,"stream":)").append(r.stream ? "true" : "false");
  out.append(R"(,"outcome":")").append(to_string(r.end)).append("\",\"fault\":");
  out.append(r.fault.empty() ? "null" : json_string(r.fault));
  append(out, "status", r.status);
  append(out, "prompt_tokens", r.prompt_tokens);
  append(out, "tokens_sent", r.tokens_sent);
  append(out, "started_us", r.started_us);
  append(out, "served_us", r.served_us);
  append(out, "first_byte_us", r.first_byte_us);
  append(out, "ended_us", r.ended_us);
  append(out, "aborted_us", r.aborted_us);
  if (!r.user.empty()) out.append(R"(,"user":)").append(json_string(r.user)).append(R"(,"usage_reported":)");
  if (!r.user.empty()) out.append(r.usage_reported ? "true" : "false");
  out += '}';
}

ready_answer bills(const provider& p) {
  ready_answer a{.body = R"({"requests":[)"};
  for (const auto& r : p.log.bills()) {
    if (a.body.back() != '[') a.body += ',';
    append_record(a.body, r);
  }
  a.body += "]}";
  return a;
}

std::string stats(const provider& p, moment now) {
  std::string out = "{";
  append(out, "now_us", to_us(now.steady));
  out.append(R"(,"name":)").append(json_string(p.spec.name)).append(R"(,"total":{)");
  append_counters(out, p.log.total());
  out += R"(},"models":{)";
  for (std::size_t i = 0; i < p.spec.models.size(); ++i) {
    const auto& name = p.spec.models[i].name;
    if (out.back() != '{') out += ',';
    out.append(json_string(name)).append(":{");
    const auto found = p.log.models().find(name);
    append_counters(out, found == p.log.models().end() ? request_counters{} : found->second);
    const auto c = p.memory.count(i);
    append(out, "running", c.running);
    append(out, "max_running", c.max_running);
    append(out, "waiting", c.waiting);
    append(out, "loads", static_cast<std::int64_t>(c.loads));
    append(out, "evictions", static_cast<std::int64_t>(c.evictions));
    append(out, "expiries", static_cast<std::int64_t>(c.expiries));
    out += '}';
  }
  out.append(R"(},"used_vram_mb":)").append(std::to_string(p.memory.used_vram_mb())).append(R"(,"polls":{)");
  for (const auto& [path, count] : p.log.polls()) {
    if (out.back() != '{') out += ',';
    out.append(json_string(path)).append(":").append(std::to_string(count));
  }
  out += R"(},"requests":[)";
  for (const auto& r : p.log.last()) {
    if (out.back() != '[') out += ',';
    append_record(out, r);
  }
  out += "]}";
  return out;
}

std::optional<unsigned> number(element e, std::string_view key) {
  std::int64_t n = 0;
  if (e[key].get(n) != simdjson::SUCCESS || n < 0 || n > 1'000'000'000) return std::nullopt;
  return static_cast<unsigned>(n);
}

std::optional<std::string> text(element e, std::string_view key) {
  std::string_view s;
  return e[key].get(s) == simdjson::SUCCESS ? std::optional<std::string>{s} : std::nullopt;
}

ready_answer bad(std::string_view message) {
  return {.status = 400, .body = R"({"error":)" + json_string(message) + "}"};
}

ready_answer add_fault(provider& p, std::string_view body) {
  element root;
  if (p.parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS || !root.is_object())
    return bad("the body is not a JSON object");
  const auto parsed = parse_fault(text(root, "kind").value_or("(no kind)"));
  if (!parsed) return bad(parsed.error().message);
  auto f = *parsed;
  f.model = text(root, "model").value_or("");
  if (f.model == "*") f.model.clear();
  f.path = text(root, "path").value_or("");
  f.body = text(root, "body").value_or("");
  f.content_type = text(root, "content_type").value_or(f.content_type);
  f.skip = number(root, "skip").value_or(0);
  f.count = number(root, "count").value_or(0);
  f.after_chunks = number(root, "after_chunks").value_or(f.after_chunks);
  f.code = number(root, "code").value_or(f.code);
  if (f.code < 200 || f.code > 599) return bad("'code' is not between 200 and 599");
  f.retry_after_s = number(root, "retry_after_s");
  if (const auto delay = number(root, "delay_ms")) f.delay = std::chrono::milliseconds{*delay};
  if (simdjson::dom::object headers; root["headers"].get(headers) == simdjson::SUCCESS)
    for (const auto [key, value] : headers)
      if (std::string_view s; value.get(s) == simdjson::SUCCESS) f.headers.emplace_back(key, s);
  p.faults.add(std::move(f));
  return {.status = 201, .body = R"({"ok":true})"};
}

ready_answer list_faults(const provider& p) {
  ready_answer a{.body = R"({"faults":[)"};
  for (const auto& f : p.faults.all()) {
    a.body.append(a.body.back() == '[' ? "" : ",").append(R"({"model":)").append(json_string(f.model));
    a.body.append(R"(,"kind":")").append(to_string(f.kind)).append("\"");
    append(a.body, "count", f.count);
    append(a.body, "after_chunks", f.after_chunks);
    a.body += '}';
  }
  a.body += "]}";
  return a;
}

} // namespace

ready_answer control_route(provider& p, const request& r, moment now) {
  const auto path = r.path();
  if (path == "/control/stats" && r.method == "GET") return {.body = stats(p, now)};
  if (path == "/control/bills" && r.method == "GET") return bills(p);
  if (path == "/control/requests/last" && r.method == "GET")
    return {.body = p.last_request, .content_type = "application/octet-stream"};
  if (path == "/control/faults") {
    if (r.method == "POST") return add_fault(p, r.body);
    if (r.method == "GET") return list_faults(p);
    if (r.method == "DELETE") {
      p.faults.clear({});
      return {.body = R"({"ok":true})"};
    }
  }
  if (path == "/control/reset" && r.method == "POST") {
    p.log.reset();
    p.memory.reset_counters();
    p.faults.clear({});
    p.last_request.clear();
    return {.body = R"({"ok":true})"};
  }
  return {.status = 404,
          .body = R"({"error":"there are GET /control/stats, GET /control/bills, GET /control/requests/last, )"
                  R"(GET, POST and DELETE /control/faults, POST /control/reset"})"};
}

} // namespace logos::simulator
