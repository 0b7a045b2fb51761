// SPDX-License-Identifier: MIT
#include "actors/administration/batches.hpp"

#include "actors/administration/resource_logic.hpp"
#include "actors/catalog/key_scope.hpp"
#include "actors/ingress/endpoint.hpp"
#include "config/units.hpp"
#include "net/multipart_look.hpp"
#include "net/routes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;
using storage::batch_row;
using storage::file_row;

constexpr std::size_t longest_metadata = 16 * 1024;
constexpr std::chrono::hours longest_window{24 * 30};

std::string seconds_of(core::wall_time t) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count());
}

std::string seconds_of(const std::optional<core::wall_time>& t) { return t ? seconds_of(*t) : "null"; }

std::string text_or_null(const std::string& text) { return text.empty() ? "null" : core::json_string(text); }

/// `keep`: how long files are kept that have no lifetime of their own.
std::string file_json(const file_row& f, std::chrono::microseconds keep) {
  return R"({"id":)" + core::json_string(f.name) + R"(,"object":"file","bytes":)" + std::to_string(f.bytes) +
         R"(,"created_at":)" + seconds_of(f.created_at) + R"(,"expires_at":)" +
         seconds_of(f.expires_at.value_or(f.created_at + keep)) + R"(,"filename":)" + core::json_string(f.filename) +
         R"(,"purpose":)" + core::json_string(f.purpose) + R"(,"status":"processed"})";
}

std::string usage_json(const storage::batch_usage& u) {
  return R"({"input_tokens":)" + std::to_string(u.input_tokens) + R"(,"input_tokens_details":{"cached_tokens":)" +
         std::to_string(u.cached_tokens) + R"(},"output_tokens":)" + std::to_string(u.output_tokens) +
         R"(,"output_tokens_details":{"reasoning_tokens":)" + std::to_string(u.reasoning_tokens) +
         R"(},"total_tokens":)" + std::to_string(u.input_tokens + u.output_tokens) + "}";
}

std::string batch_json(const batch_row& b) {
  std::string out = R"({"id":)" + core::json_string(b.name) + R"(,"object":"batch")";
  const auto raw = [&](std::string_view name, std::string_view json) {
    out.append(",\"").append(name).append("\":").append(json);
  };
  raw("endpoint", core::json_string(b.endpoint));
  raw("model", text_or_null(b.model));
  raw("errors", b.errors.empty() ? std::string{"null"} : R"({"object":"list","data":)" + b.errors + "}");
  raw("input_file_id", core::json_string(b.input_file));
  raw("completion_window", core::json_string(b.completion_window));
  raw("status", core::json_string(storage::to_string(b.status)));
  raw("output_file_id", text_or_null(b.output_file));
  raw("error_file_id", text_or_null(b.error_file));
  raw("created_at", seconds_of(b.created_at));
  raw("in_progress_at", seconds_of(b.in_progress_at));
  raw("expires_at", seconds_of(b.expires_at));
  raw("finalizing_at", seconds_of(b.finalizing_at));
  raw("completed_at", seconds_of(b.completed_at));
  raw("failed_at", seconds_of(b.failed_at));
  raw("expired_at", seconds_of(b.expired_at));
  raw("cancelling_at", seconds_of(b.cancelling_at));
  raw("cancelled_at", seconds_of(b.cancelled_at));
  raw("request_counts", R"({"total":)" + std::to_string(b.total) + R"(,"completed":)" + std::to_string(b.completed) +
                            R"(,"failed":)" + std::to_string(b.failed) + "}");
  raw("usage", b.usage ? usage_json(*b.usage) : "null");
  raw("metadata", b.metadata.empty() ? "null" : b.metadata);
  return out + "}";
}

/// What OpenAI's lists are asked with.
struct list_terms {
  int limit = 20;
  std::string after;
  std::string purpose;
  bool oldest_first = false;

  /// One row more than was asked for.
  storage::list_page page() const { return {after, limit + 1, oldest_first}; }
};

failure read_terms(const query& parameters, int most, list_terms& out) {
  for (const auto& [name, value] : parameters) {
    if (name == "after") out.after = value;
    if (name == "purpose") out.purpose = value;
    if (name == "order" && value != "asc" && value != "desc")
      return {ec::bad_field, "'order' must be asc or desc.", "order"};
    if (name == "order") out.oldest_first = value == "asc";
    if (name != "limit") continue; // what else clients send does no harm
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out.limit);
    if (error != std::errc{} || end != value.data() + value.size() || out.limit < 1 || out.limit > most)
      return {ec::bad_field, "'limit' must be a number from 1 to " + std::to_string(most) + ".", "limit"};
  }
  return {};
}

/// One row more than was asked for says that there are more.
template <class Row, class Write>
outcome list_of(std::vector<Row> rows, int limit, Write write) {
  const bool more = rows.size() > static_cast<std::size_t>(limit);
  if (more) rows.pop_back();
  std::string data;
  for (const auto& row : rows)
    data.append(data.empty() ? "" : ",").append(write(row));
  const auto first = rows.empty() ? std::string{"null"} : core::json_string(rows.front().name);
  const auto last = rows.empty() ? std::string{"null"} : core::json_string(rows.back().name);
  return to_outcome(200, R"({"object":"list","data":[)" + data + R"(],"first_id":)" + first + R"(,"last_id":)" + last +
                             R"(,"has_more":)" + (more ? "true" : "false") + "}");
}

/// When a file is to end, as OpenAI has it: so many seconds after it was made.
failure check_expiry(std::string_view name, std::string_view anchor, std::int64_t seconds) {
  constexpr std::int64_t least = 3600, most = 2'592'000;
  if (anchor == "created_at" && seconds >= least && seconds <= most) return {};
  return {ec::bad_field,
          "'" + std::string{name} + "' must have the anchor \"created_at\" and 3600 to 2592000 whole seconds.",
          std::string{name}};
}

/// What the client says of a new batch.
struct batch_wish {
  std::string endpoint;
  std::string input_file;
  std::string window_text;
  std::chrono::microseconds window{};
  std::chrono::seconds output_lifetime{}; // 0: as all
  std::string metadata;
  core::priority priority = core::priority_low;
};

failure read_text(const body_object& body, std::string_view name, std::string& out) {
  std::string_view text;
  if (body.object()[name].get(text) != simdjson::SUCCESS || text.empty())
    return {ec::bad_field, "'" + std::string{name} + "' is required, a text.", std::string{name}};
  out = text;
  return {};
}

failure read_output_expiry(const body_object& body, std::chrono::seconds& out) {
  constexpr std::string_view name = "output_expires_after";
  if (!body.has(name) || body.object()[name].is_null()) return {};
  std::string_view anchor;
  std::int64_t seconds = 0;
  // Nothing instead of what is missing, or is of another kind: that is refused.
  if (body.object()[name]["anchor"].get(anchor) != simdjson::SUCCESS) anchor = {};
  if (body.object()[name]["seconds"].get(seconds) != simdjson::SUCCESS) seconds = 0;
  out = std::chrono::seconds{seconds};
  return check_expiry(name, anchor, seconds);
}

failure read_wish(const call& c, const body_object& body, batch_wish& out) {
  for (auto bad : {read_text(body, "input_file_id", out.input_file), read_text(body, "endpoint", out.endpoint),
                   read_text(body, "completion_window", out.window_text)})
    if (bad.code != ec::none) return bad;
  const auto route = net::classify("POST", out.endpoint);
  // Said before the first line is tried: what no provider has would fail line by line.
  if (route.bad_path || route.to != net::route::inference || !route.deployment.empty() ||
      !ingress::takes_batches(route.rest))
    return {ec::bad_field,
            "'endpoint' must be one of " + ingress::batch_endpoints() + ", not '" + out.endpoint.substr(0, 100) + "'.",
            "endpoint"};
  const auto window = config::parse_duration(out.window_text);
  if (!window || window->count() <= 0 || *window > longest_window)
    return {ec::bad_field, "'completion_window' must be a time such as 24h, at most 30d.", "completion_window"};
  out.window = *window;
  if (auto bad = read_output_expiry(body, out.output_lifetime); bad.code != ec::none) return bad;
  if (body.has("metadata") && !body.object()["metadata"].is_null()) {
    if (!body.object()["metadata"].is_object()) return {ec::bad_field, "'metadata' must be an object.", "metadata"};
    out.metadata = simdjson::minify(body.object()["metadata"].value());
    if (out.metadata.size() > longest_metadata)
      return {ec::bad_field, "'metadata' must have at most 16 KiB.", "metadata"};
  }
  if (const auto text = c.request().find("x-logos-priority"); !text.empty()) {
    const auto priority = core::parse_priority(text);
    if (!priority)
      return {ec::bad_field, "Header 'x-logos-priority' must be low, mid, high or 1 to 10.", "x-logos-priority"};
    out.priority = *priority;
  }
  return {};
}

} // namespace

outcome upload_file(storage::store& in, const call& c) {
  const auto& request = c.request();
  const auto parts = net::read_multipart(request.find("content-type"), request.body);
  if (!parts) return to_openai_error(parts.error());
  const auto find = [&](std::string_view name) {
    return std::find_if(parts->begin(), parts->end(), [&](const net::multipart_part& p) { return p.name == name; });
  };
  const auto purpose = find("purpose"), file = find("file");
  if (purpose == parts->end() || purpose->content != "batch")
    return to_openai_error({ec::bad_field, "'purpose' must be \"batch\": other files are a provider's.", "purpose"});
  if (file == parts->end() || !file->file)
    return to_openai_error({ec::bad_field, "'file' is required: the requests, one JSON object a line.", "file"});
  std::int64_t seconds = 0;
  const auto anchor = find("expires_after[anchor]"), length = find("expires_after[seconds]");
  if (anchor != parts->end() || length != parts->end()) {
    const auto text = length != parts->end() ? std::string_view{length->content} : std::string_view{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size()) seconds = 0;
    const auto from = anchor != parts->end() ? std::string_view{anchor->content} : std::string_view{};
    if (auto bad = check_expiry("expires_after", from, seconds); bad.code != ec::none) return to_openai_error(bad);
  }
  const auto made =
      in.batches().keep_file({c.who->process_id, "batch", file->filename.empty() ? "batch.jsonl" : file->filename,
                              file->content, std::chrono::seconds{seconds}});
  return made ? to_outcome(200, file_json(*made, c.jobs.keep)) : to_openai_error(made.error());
}

outcome list_files(storage::store& in, const call& c) {
  list_terms terms;
  terms.limit = 1000;
  if (auto bad = read_terms(c.parameters, 10'000, terms); bad.code != ec::none) return to_openai_error(bad);
  auto rows = in.batches().list_files(c.who->process_id, terms.purpose, terms.page());
  if (!rows) return to_openai_error(rows.error());
  return list_of(std::move(*rows), terms.limit, [&](const file_row& f) { return file_json(f, c.jobs.keep); });
}

outcome show_file(storage::store& in, const call& c) {
  const auto file = in.batches().find_file(c.path.front(), c.who->process_id);
  return file ? to_outcome(200, file_json(*file, c.jobs.keep)) : to_openai_error(file.error());
}

outcome show_file_content(storage::store& in, const call& c) {
  auto content = in.batches().read_file(c.path.front(), c.who->process_id);
  if (!content) return to_openai_error(content.error());
  auto out = to_outcome(200, std::move(*content));
  out.answer.content_type = "application/octet-stream";
  return out;
}

outcome remove_file(storage::store& in, const call& c) {
  const auto done = in.batches().remove_file(c.path.front(), c.who->process_id);
  if (!done) return to_openai_error(done.error());
  return to_outcome(200, R"({"id":)" + core::json_string(c.path.front()) + R"(,"object":"file","deleted":true})");
}

outcome create_batch(storage::store& in, const call& c) {
  const auto profile = chosen_profile(c);
  if (!profile) return to_openai_error(profile.error());
  body_object body;
  if (auto bad = body.parse(c.request()); bad.code != ec::none) return to_openai_error(bad);
  batch_wish wish;
  if (auto bad = read_wish(c, body, wish); bad.code != ec::none) return to_openai_error(bad);
  if (c.who->scope != nullptr) // of its lines' endpoint; which models they name is looked at when they are run
    if (const auto bad = c.who->scope->check(wish.endpoint, c.exchange->client_address()); bad.code != ec::none)
      return to_openai_error(bad);
  if (auto file = in.batches().find_file(wish.input_file, c.who->process_id); !file) {
    auto bad = file.error();
    if (bad.code == ec::resource_not_found) {
      bad = {ec::bad_field,
             "There is no file '" + wish.input_file.substr(0, 100) + "' here: upload it with purpose batch.",
             "input_file_id"};
    }
    return to_openai_error(bad);
  }
  storage::new_batch wanted;
  wanted.process_id = c.who->process_id;
  wanted.profile_id = *profile != nullptr ? (*profile)->id : 0;
  wanted.endpoint = wish.endpoint;
  wanted.input_file = wish.input_file;
  wanted.completion_window = wish.window_text;
  wanted.window = wish.window;
  wanted.metadata = wish.metadata;
  wanted.output_lifetime = wish.output_lifetime;
  wanted.priority = wish.priority;
  wanted.client_address = c.exchange->client_address();
  const auto made = in.batches().submit(wanted);
  if (!made) return to_openai_error(made.error());
  auto out = to_outcome(200, batch_json(*made));
  out.work = true;
  return out;
}

outcome list_batches(storage::store& in, const call& c) {
  list_terms terms;
  if (auto bad = read_terms(c.parameters, 100, terms); bad.code != ec::none) return to_openai_error(bad);
  auto rows = in.batches().list(c.who->process_id, terms.page());
  return rows ? list_of(std::move(*rows), terms.limit, batch_json) : to_openai_error(rows.error());
}

outcome show_batch(storage::store& in, const call& c) {
  const auto batch = in.batches().find(c.path.front(), c.who->process_id);
  return batch ? to_outcome(200, batch_json(*batch)) : to_openai_error(batch.error());
}

outcome cancel_batch(storage::store& in, const call& c) {
  const auto batch = in.batches().cancel(c.path.front(), c.who->process_id);
  if (!batch) return to_openai_error(batch.error());
  auto out = to_outcome(200, batch_json(*batch));
  out.work = true;
  return out;
}

} // namespace logos::administration
