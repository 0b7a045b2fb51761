// SPDX-License-Identifier: MIT
#include "actors/administration/jobs.hpp"

#include "actors/administration/parameters.hpp"
#include "actors/administration/rights.hpp"
#include "actors/administration/values.hpp"
#include "actors/catalog/key_scope.hpp"
#include "actors/classification/selection.hpp"
#include "actors/jobs/answer_json.hpp"
#include "actors/jobs/job_request.hpp"

#include <algorithm>

namespace logos::administration {
namespace {

using core::ec;
using core::failure;
using storage::job_row;
using storage::job_status;

constexpr std::string_view submitting_prefix = "/jobs";

/// The gateway's own address as the client sees it; empty when it cannot be told.
std::string origin_of(const call& c) {
  const auto host = c.request().find("host");
  const auto plain = [](char x) {
    return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') ||
           std::string_view{".-_:[]"}.find(x) != std::string_view::npos;
  };
  if (host.empty() || !std::all_of(host.begin(), host.end(), plain)) return {};
  const auto proxied = c.request().find("x-forwarded-proto");
  const bool tls = proxied.empty() ? c.jobs.tls : proxied == "https";
  return std::string{tls ? "https://" : "http://"}.append(host);
}

std::string answer_of(const job_row& job) {
  return R"({"status_code":)" + std::to_string(job.http_status) + R"(,"data":)" +
         jobs::body_json(job.content_type, job.result) + "}";
}

std::string job_json(const job_row& job, bool whole) {
  std::string out = R"({"job_id":)" + std::to_string(job.id);
  const auto raw = [&](std::string_view name, std::string_view json) {
    out.append(",\"").append(name).append("\":").append(json);
  };
  const auto text = [&](std::string_view name, std::string_view value) {
    raw(name, value.empty() ? std::string{"null"} : core::json_string(value));
  };
  const auto time = [&](std::string_view name, core::wall_time value) { text(name, core::to_iso8601(value)); };
  text("status", storage::to_string(job.status));
  if (whole) raw("result", job.status == job_status::success ? answer_of(job) : "null");
  text("error", job.error_message);
  // A failed job's answer: the provider's own words.
  if (whole) raw("response", job.status == job_status::failed && job.http_status != 0 ? answer_of(job) : "null");
  raw("status_code", job.http_status == 0 ? "null" : std::to_string(job.http_status));
  time("created_at", job.created_at);
  time("updated_at", job.updated_at);
  time("expires_at", job.expires_at);
  std::string id;
  write_id(id, job.profile_id);
  raw("profile_id", id);
  raw("process_id", std::to_string(job.process_id));
  text("method", job.method);
  text("path", job.path);
  raw("priority", std::to_string(job.priority));
  raw("attempts", std::to_string(job.attempts));
  raw("cancelling", job.cancelling && job.status == job_status::running ? "true" : "false");
  text("request_id", job.request_id);
  return out + "}";
}

boost::system::result<storage::job_filter, failure> read_filter(const query& parameters) {
  storage::job_filter out;
  const auto at = parameters.find("status");
  if (at == parameters.end()) return out;
  out.status = storage::parse_job_status(at->second);
  if (out.status) return out;
  return failure{ec::bad_field, "'status' must be one of pending, running, success, failed, cancelled.", "status"};
}

/// What the key's scope says to the request that the job is; its run asks again. Which model is chosen when none is
/// named, only the run can tell.
failure check_scope(const call& c, const catalog::profile* profile, const jobs::job_request& wanted) {
  if (c.who->scope == nullptr) return {};
  const auto path = std::string_view{wanted.target}.substr(0, wanted.target.find('?'));
  if (auto bad = c.who->scope->check(path, c.exchange->client_address()); bad.code != ec::none) return bad;
  const auto found = classification::select_named({*c.snapshot, *c.who, profile, nullptr, wanted.model, 0});
  return found && found->failure.code == ec::out_of_scope ? found->failure : failure{};
}

/// The page that the caller wants of these jobs.
storage::result<std::string> page_of(storage::store& in, const call& c, const storage::whose& of) {
  auto filter = read_filter(c.parameters);
  if (!filter) return filter.error();
  const auto paging = read_paging(c.parameters);
  if (!paging) return paging.error();
  filter->of = of;
  const auto page = in.jobs().list(*filter, paging->after, paging->limit);
  if (!page) return page.error();
  std::string data;
  for (const auto& job : page->rows)
    data.append(data.empty() ? "" : ",").append(job_json(job, false));
  const auto next = page->next == 0 ? std::string{"null"} : "\"" + std::to_string(page->next) + "\"";
  return R"({"data":[)" + data + R"(],"next":)" + next + "}";
}

} // namespace

outcome submit_job(storage::store& in, const call& c) {
  const auto profile = chosen_profile(c);
  if (!profile) return to_openai_error(profile.error());
  const auto& request = c.request();
  net::json_looker looker;
  auto made = jobs::make_request(request, request.target.substr(submitting_prefix.size()),
                                 *profile != nullptr ? (*profile)->id : 0, c.exchange->client_address(), looker);
  if (!made) return to_openai_error(made.error());
  if (const auto bad = check_scope(c, *profile, *made); bad.code != ec::none) return to_openai_error(bad);
  storage::new_job wanted;
  wanted.process_id = c.who->process_id;
  wanted.profile_id = *profile != nullptr ? (*profile)->id : 0;
  wanted.method = std::move(made->method);
  wanted.path = std::move(made->target);
  wanted.payload = std::move(made->text);
  wanted.priority = made->priority;
  wanted.lifetime = c.jobs.lifetime;
  const auto job = in.jobs().submit(wanted);
  if (!job) return to_openai_error(job.error());
  const auto path = "/jobs/" + std::to_string(job->id);
  std::string profile_id;
  write_id(profile_id, job->profile_id);
  auto out = to_outcome(202, R"({"job_id":)" + std::to_string(job->id) + R"(,"status_url":)" +
                                 core::json_string(origin_of(c) + path) + R"(,"profile_id":)" + profile_id + "}");
  out.answer.headers = "Location: " + path + "\r\n";
  out.work = true;
  return out;
}

outcome list_jobs(storage::store& in, const call& c) {
  auto page = page_of(in, c, {c.who->process_id, 0});
  return page ? to_outcome(200, std::move(*page)) : to_openai_error(page.error());
}

outcome list_all_jobs(storage::store& in, const call& c) {
  auto of = requests_of(c);
  std::int64_t process_id = 0;
  if (auto bad = read_id_filter(c.parameters, "process_id", process_id); bad.code != ec::none) return to_problem(bad);
  constexpr std::int64_t nobody = -1;
  if (process_id != 0) of.process_id = of.process_id == 0 || of.process_id == process_id ? process_id : nobody;
  auto page = page_of(in, c, of);
  return page ? to_outcome(200, std::move(*page)) : to_problem(page.error());
}

outcome show_job(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_openai_error(id.error());
  const auto job = in.jobs().find(*id, c.who->process_id);
  return job ? to_outcome(200, job_json(*job, true)) : to_openai_error(job.error());
}

outcome cancel_job(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_openai_error(id.error());
  const auto job = in.jobs().cancel(*id, c.who->process_id);
  if (!job) return to_openai_error(job.error());
  auto out = to_outcome(200, job_json(*job, true));
  out.work = true;
  return out;
}

outcome show_any_job(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  const auto job = in.jobs().find(*id, 0);
  return job ? to_outcome(200, job_json(*job, true)) : to_problem(job.error());
}

outcome cancel_any_job(storage::store& in, const call& c) {
  const auto id = c.id();
  if (!id) return to_problem(id.error());
  std::string text;
  const auto done = in.together([&]() -> storage::result<void> {
    const auto job = in.jobs().cancel(*id, 0);
    if (!job) return job.error();
    text = job_json(*job, true);
    return in.record({"update", "job", *id, {}, {}, R"({"cancelling":true})"});
  });
  if (!done) return to_problem(done.error());
  auto out = to_outcome(200, std::move(text));
  out.work = true;
  return out;
}

} // namespace logos::administration
