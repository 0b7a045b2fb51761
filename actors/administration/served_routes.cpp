// SPDX-License-Identifier: MIT
#include "actors/administration/served_routes.hpp"

#include "actors/administration/batches.hpp"
#include "actors/administration/jobs.hpp"
#include "actors/administration/queries.hpp"

#include <deque>
#include <utility>

namespace logos::administration {

std::string_view kept(std::string text) {
  static std::deque<std::string> all;
  return all.emplace_back(std::move(text));
}

void add_open_routes(std::vector<route>& to) {
  const auto get = [&](std::string_view pattern, access who, service by, std::string_view summary, std::string_view tag,
                       std::string_view response = {}) {
    route r{"GET", pattern, who, by, nullptr, summary, tag};
    r.response = response;
    to.push_back(r);
  };
  get("/health", access::open, service::health, "Whether the gateway is alive, with the state of each model", "service",
      "Health");
  get("/ready", access::open, service::ready, "Whether the gateway can serve; tells when the database is away",
      "service", "Ready");
  get("/metrics", access::admin, service::metrics, "Metrics in Prometheus' text format", "service");
  get("/docs", access::open, service::docs, "This description, for people", "service");
  get("/openapi.json", access::open, service::openapi, "This description", "service");
  get("/forward_host", access::open, service::forward_host, "The host that a proxy before the gateway was asked for",
      "logosdb", "ForwardedHost");
  get("/v1/models", access::key, service::models_list, "List the models that the key may use", "models", "ModelList");
  get("/v1/models/{model...}", access::key, service::model_one, "Show a model that the key may use", "models",
      "ModelObject");
  get("/openai/models", access::key, service::models_list, "The same as /v1/models", "models", "ModelList");
  get("/openai/models/{model...}", access::key, service::model_one, "The same as /v1/models/{model}", "models",
      "ModelObject");
  const auto relay = [&](std::string_view pattern, std::string_view summary, bool any_method = false) {
    for (const std::string_view method : {"POST", "GET", "PUT", "PATCH", "DELETE"}) {
      route r{method, pattern, access::key, service::relayed, nullptr, summary, "inference"};
      if (method != "GET") r.request = "Relayed";
      r.body_needed = !any_method;
      r.response = "Relayed";
      to.push_back(r);
      if (!any_method) break;
    }
  };
  relay("/v1/chat/completions", "Chat with a model");
  relay("/v1/completions", "Complete a text");
  relay("/v1/responses", "Make a response");
  relay("/v1/embeddings", "Embed texts");
  relay("/v1/{path...}", "Any other path, of any content type, as OpenAI or another provider has it", true);
  relay("/openai/{path...}", "The same as /v1/{path}", true);
  relay("/openai/deployments/{name}/{path...}", "As Azure's clients send it: the name is a model's", true);
}

void add_extras(std::vector<route>& to) {
  const auto post = [&](std::string_view pattern, std::string_view summary, std::string_view request,
                        std::string_view response) {
    route r{"POST", pattern, access::key, service::tokenizer, nullptr, summary, "tokens"};
    r.request = request;
    r.response = response;
    to.push_back(r);
  };
  post("/extras/tokenize/count", "Count the tokens of a text or of a chat", "TokenizeCountRequest", "TokenCount");
  post("/extras/tokenize", "Take a text apart into tokens", "TokenizeRequest", "TokenList");
  post("/extras/detokenize", "Put tokens together to a text", "DetokenizeRequest", "TokenText");
}

void add_jobs(std::vector<route>& to) {
  const auto row = [&](std::string_view method, std::string_view pattern, store_operation run, std::string_view summary,
                       std::string_view response) -> route& {
    to.push_back({method, pattern, access::key, service::store, run, summary, "jobs"});
    to.back().response = response;
    return to.back();
  };
  for (const std::string_view method : {"POST", "GET", "PUT", "PATCH", "DELETE"})
    for (const std::string_view pattern : {"/jobs/v1/{path...}", "/jobs/openai/{path...}"}) {
      auto& submit = row(method, pattern, submit_job, "Leave a request to a model for later", "JobReceipt");
      submit.status = 202;
      if (method == "POST") submit.request = "Relayed";
    }
  auto& list = row("GET", "/jobs", list_jobs, "List the key's own jobs, the newest first", "Job");
  list.list = true;
  list.query = job_query;
  row("GET", "/jobs/{id}", show_job, "Show a job, with what it came to", "Job");
  row("DELETE", "/jobs/{id}", cancel_job, "Cancel a job that has not ended", "Job");
  row("GET", "/admin/v1/jobs/{id}", show_any_job, "Show anybody's job, whole", "Job").who = access::admin;
  row("DELETE", "/admin/v1/jobs/{id}", cancel_any_job, "Cancel anybody's job", "Job").who = access::admin;
}

void add_batches(std::vector<route>& to) {
  for (const std::string prefix : {"/v1", "/openai"}) {
    const auto row = [&](std::string_view method, const std::string& pattern, store_operation run,
                         std::string_view summary, std::string_view response, std::string_view request = {}) -> route& {
      to.push_back({method, kept(prefix + pattern), access::key, service::store, run, summary, "batches"});
      to.back().response = response;
      to.back().request = request;
      return to.back();
    };
    row("POST", "/files", upload_file, "Upload a file of requests, with purpose batch", "File", "FileUpload");
    row("GET", "/files", list_files, "List the key's own files, the newest first unless asked", "FileList").query =
        openai_file_query;
    row("GET", "/files/{file_id}", show_file, "Show a file", "File");
    row("DELETE", "/files/{file_id}", remove_file, "Remove a file", "FileRemoval");
    row("GET", "/files/{file_id}/content", show_file_content, "The content of a file, as it is", {});
    row("POST", "/batches", create_batch, "Run the requests of a file", "Batch", "BatchRequest");
    row("GET", "/batches", list_batches, "List the key's own batches, the newest first unless asked", "BatchList")
        .query = openai_query;
    row("GET", "/batches/{batch_id}", show_batch, "Show a batch, and how far it is", "Batch");
    row("POST", "/batches/{batch_id}/cancel", cancel_batch, "Cancel a batch that has not ended", "Batch");
  }
}

} // namespace logos::administration
