// SPDX-License-Identifier: MIT
#include "actors/jobs/batch_lines.hpp"

#include "actors/ingress/told_usage.hpp"
#include "actors/jobs/answer_json.hpp"
#include "actors/jobs/job_request.hpp"
#include "net/usage.hpp"

#include <simdjson.h>

#include <array>
#include <optional>
#include <unordered_set>

namespace logos::jobs {
namespace {

namespace od = simdjson::ondemand;
using storage::job_status;

constexpr std::size_t most_lines = 50'000; // as OpenAI has it
constexpr std::size_t most_errors = 100;
constexpr std::size_t longest_id = 512;

/// What a line says.
struct request_line {
  std::optional<std::string> custom_id;
  std::optional<std::string> method;
  std::optional<std::string> url;
  std::optional<std::string> body; // as it is spelled
};

/// Reads the lines of one file.
class line_reader {
public:
  explicit line_reader(const storage::batch_row& batch) : batch_{batch} {
    lifetime_ = batch.expires_at - core::system_clock().wall();
  }

  void read(std::string_view line, std::size_t number);
  batch_lines take() { return std::move(out_); }
  bool full() const { return out_.errors.size() >= most_errors; }

private:
  void complain(std::string code, std::string message, std::string param = {}) {
    out_.errors.push_back({std::move(code), std::move(message), std::move(param), number_});
  }
  bool parse(std::string_view line, request_line& into);
  bool check(const request_line& line);
  void add(const request_line& line);

  const storage::batch_row& batch_;
  std::chrono::microseconds lifetime_{};
  std::size_t number_ = 0;
  simdjson::dom::parser whole_;
  od::parser parser_;
  net::json_looker looker_;
  std::unordered_set<std::string> ids_;
  batch_lines out_;
};

bool line_reader::parse(std::string_view line, request_line& into) {
  const simdjson::padded_string text{line};
  simdjson::dom::element root; // all of the line must be well-formed, also what is not read
  if (whole_.parse(text).get(root) != simdjson::SUCCESS || !root.is_object()) {
    complain("invalid_json_line", "This line is not a JSON object.");
    return false;
  }
  const auto read_text = [&](std::string_view name, std::optional<std::string>& to) {
    std::string_view value;
    if (root[name].get(value) == simdjson::SUCCESS) to = value;
  };
  read_text("custom_id", into.custom_id);
  read_text("method", into.method);
  read_text("url", into.url);
  if (!root["body"].is_object()) return true;
  od::document document; // a second look, for the bytes as they are
  od::object body;
  std::string_view raw;
  if (parser_.iterate(text).get(document) == simdjson::SUCCESS &&
      document["body"].get_object().get(body) == simdjson::SUCCESS && body.raw_json().get(raw) == simdjson::SUCCESS)
    into.body = raw;
  return true;
}

bool line_reader::check(const request_line& line) {
  const auto before = out_.errors.size();
  if (!line.custom_id || line.custom_id->empty() || line.custom_id->size() > longest_id)
    complain("missing_required_parameter", "'custom_id' must be a text of 1 to 512 bytes.", "custom_id");
  else if (!ids_.insert(*line.custom_id).second)
    complain("duplicate_custom_id", "The custom_id '" + *line.custom_id + "' is there twice.", "custom_id");
  if (line.method != "POST") complain("invalid_method", "'method' must be \"POST\".", "method");
  if (line.url != batch_.endpoint)
    complain("invalid_url", "'url' must be the batch's endpoint, " + batch_.endpoint + ".", "url");
  if (!line.body) complain("missing_required_parameter", "'body' must be a JSON object.", "body");
  return out_.errors.size() == before;
}

void line_reader::add(const request_line& line) {
  std::string padded = *line.body;
  padded.append(net::json_padding, '\0');
  std::vector<net::header_view> headers{{"content-type", "application/json"}};
  const auto priority = std::to_string(batch_.priority);
  headers.push_back({"x-logos-priority", priority});
  net::request_view request;
  request.method = "POST";
  request.target = request.path = batch_.endpoint;
  request.headers = headers;
  request.body = std::string_view{padded}.substr(0, line.body->size());
  auto made = make_request(request, batch_.endpoint, batch_.profile_id, batch_.client_address, looker_);
  if (!made) return complain("invalid_request", made.error().message, made.error().param);
  if (out_.jobs.empty())
    out_.model = made->model;
  else if (out_.model != made->model)
    out_.model.clear();
  auto& job = out_.jobs.emplace_back();
  job.process_id = batch_.process_id;
  job.profile_id = batch_.profile_id;
  job.method = std::move(made->method);
  job.path = std::move(made->target);
  job.payload = std::move(made->text);
  job.priority = made->priority;
  job.lifetime = lifetime_;
  job.batch_id = batch_.id;
  job.turn = static_cast<std::int64_t>(number_);
  job.custom_id = *line.custom_id;
}

void line_reader::read(std::string_view line, std::size_t number) {
  number_ = number;
  request_line read;
  if (parse(line, read) && check(read) && out_.errors.empty()) add(read);
}

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

/// The answer of one line; its id is the job's.
std::string line_json(const storage::job_row& line) {
  std::string out = R"({"id":"batch_req_)" + std::to_string(line.id) + R"(","custom_id":)" +
                    core::json_string(line.custom_id) + R"(,"response":)";
  // A call that ended with its batch has a refusal of ours, which is no answer.
  const bool cancelled = line.status == job_status::cancelled;
  if (line.http_status != 0 && !cancelled)
    out.append(R"({"status_code":)")
        .append(std::to_string(line.http_status))
        .append(R"(,"request_id":)")
        .append(core::json_string(line.request_id))
        .append(R"(,"body":)")
        .append(body_json(line.content_type, line.result))
        .append("}");
  else
    out += "null";
  const bool answered = line.http_status != 0 && !line.result.empty() && !cancelled;
  if (answered) return out + R"(,"error":null})" + "\n";
  const bool expired = line.status == job_status::failed && line.updated_at >= line.expires_at;
  const std::string_view code = cancelled ? "batch_cancelled" : expired ? "batch_expired" : "batch_request_failed";
  const auto message = cancelled ? "This request was cancelled with its batch."
                       : expired ? "This request could not be executed before the completion window expired."
                                 : line.error_message;
  return out + R"(,"error":{"code":")" + std::string{code} + R"(","message":)" + core::json_string(message) + "}}\n";
}

/// What a path below /v1/ or the like is for, as `job_row` has it.
ingress::endpoint endpoint_at(std::string_view path) {
  return ingress::endpoint_at_end(path.substr(0, path.find('?'))).value_or(ingress::endpoint::other);
}

/// Adds what an answer tells that it has used, as the books have it. What they estimate the answer does not tell.
void add_usage(storage::batch_usage& to, const storage::job_row& line) {
  net::usage_reader reader{net::content_kind_of(line.content_type)};
  reader.read_whole(line.result);
  auto used = reader.facts().tokens;
  const auto at = endpoint_at(line.path);
  if (!used.seen) return;
  ingress::take_total(used, at);
  if (!ingress::counts_its_text(used, reader.facts().text_bytes, at)) return;
  to.input_tokens += used.prompt_tokens;
  to.cached_tokens += used.prompt_cached_tokens;
  to.output_tokens += used.completion_tokens;
  to.reasoning_tokens += used.completion_reasoning_tokens;
}

} // namespace

batch_lines read_lines(const storage::batch_row& batch, std::string_view content) {
  line_reader reader{batch};
  std::size_t number = 0, requests = 0;
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  while (!content.empty() && !reader.full()) {
    const auto end = std::min(content.find('\n'), content.size());
    const auto line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    ++number;
    if (blank(line)) continue;
    if (++requests > most_lines) break;
    reader.read(line, number);
  }
  auto out = reader.take();
  if (requests > most_lines)
    out.errors.push_back({"too_many_requests", "A batch has at most 50000 requests; divide the file.", {}, 0});
  if (requests == 0)
    out.errors.push_back({"empty_file", "The input file is empty: it must have one request a line.", {}, 0});
  if (!out.errors.empty()) {
    out.jobs.clear();
    out.model.clear();
  }
  return out;
}

std::string errors_json(const std::vector<line_error>& errors) {
  std::string out = "[";
  for (const auto& e : errors) {
    if (out.size() > 1) out += ',';
    out.append(R"({"code":)").append(core::json_string(e.code)).append(R"(,"line":)");
    out.append(e.line == 0 ? "null" : std::to_string(e.line));
    out.append(R"(,"message":)").append(core::json_string(e.message));
    out.append(R"(,"param":)").append(e.param.empty() ? "null" : core::json_string(e.param)).append("}");
  }
  return out + "]";
}

storage::closed_lines write_lines(const std::vector<storage::job_row>& lines) {
  storage::closed_lines out;
  for (const auto& line : lines) {
    out.jobs.push_back(line.id);
    const bool fine = line.status == job_status::success;
    (fine ? out.output : out.errors) += line_json(line);
    ++(fine ? out.completed : out.failed);
    if (fine) add_usage(out.usage, line);
    if (line.status == job_status::failed && line.http_status == 0 && line.updated_at >= line.expires_at)
      out.expired = true;
  }
  return out;
}

} // namespace logos::jobs
