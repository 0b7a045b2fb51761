// SPDX-License-Identifier: MIT
#include "simulator/provider.hpp"
#include "simulator/text.hpp"

#include <algorithm>
#include <array>

namespace logos::simulator {
namespace {

using core::json_string;

constexpr std::array<std::string_view, 10> model_paths{
    "/chat/completions", "/completions",          "/responses",          "/embeddings",   "/images/generations",
    "/images/edits",     "/audio/transcriptions", "/audio/translations", "/audio/speech", "/moderations"};

constexpr std::size_t most_stored = 4096;

ready_answer refusal(unsigned status, std::string_view message, std::string_view type, std::string_view param,
                     std::string_view code) {
  ready_answer a{.status = status};
  a.body = R"({"error":{"message":)" + json_string(message) + R"(,"type":")" + std::string{type} + R"(","param":)" +
           (param.empty() ? "null" : json_string(param)) + R"(,"code":)" + (code.empty() ? "null" : json_string(code)) +
           "}}";
  return a;
}

ready_answer unknown_model(const provider& p, std::string_view model) {
  if (p.spec.api == flavour::ollama)
    return refusal(404, "model '" + std::string{model} + "' not found", "api_error", "", "");
  if (p.spec.api == flavour::azure)
    return {.status = 404,
            .body = R"({"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not )"
                    R"(exist."}})"};
  return refusal(404, "The model `" + std::string{model} + "` does not exist or you do not have access to it.",
                 "invalid_request_error", "", "model_not_found");
}

std::string_view owner_of(const provider_spec& spec) {
  if (spec.api == flavour::ollama) return "library";
  return spec.behind == engine::vllm ? "vllm" : spec.behind == engine::llama_cpp ? "llamacpp" : "simulated";
}

std::string model_object(const provider& p, const model_spec& m) {
  return R"({"id":)" + json_string(m.name) + R"(,"object":"model","created":1767225600,"owned_by":")" +
         std::string{owner_of(p.spec)} + "\"}";
}

outcome list_models(const provider& p, std::string_view path) {
  if (path == "/models") {
    ready_answer a{.body = R"({"object":"list","data":[)"};
    for (const auto& m : p.spec.models)
      a.body.append(a.body.back() == '[' ? "" : ",").append(model_object(p, m));
    a.body += "]}";
    return a;
  }
  const auto name = path.substr(8);
  if (const auto index = p.find(name)) return ready_answer{.body = model_object(p, p.spec.models[*index])};
  return unknown_model(p, name);
}

std::unique_ptr<answer> embeddings(const prompt& asked, const model_spec& m, std::uint64_t seed, unsigned tokens) {
  std::string body = R"({"object":"list","data":[)";
  const std::size_t dimension = asked.dimensions.value_or(m.embedding_dim);
  for (std::size_t i = 0; i < asked.inputs.size(); ++i) {
    const auto vector = embedding(asked.inputs[i], seed, std::min<std::size_t>(dimension, 8192));
    body.append(i > 0 ? "," : "").append(R"({"object":"embedding","index":)").append(std::to_string(i));
    body += R"(,"embedding":)";
    if (asked.base64)
      body.append("\"").append(base64_of(vector)).append("\"");
    else
      append_floats(body, vector);
    body += '}';
  }
  body.append(R"(],"model":)").append(json_string(asked.model)).append(R"(,"usage":{"prompt_tokens":)");
  body.append(std::to_string(tokens)).append(R"(,"total_tokens":)").append(std::to_string(tokens)).append("}}");
  return fixed_answer(std::move(body));
}

/// A picture of one pixel whose colour nobody minds.
std::unique_ptr<answer> images(const answer_facts& f) {
  static constexpr std::string_view pixel =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  std::string body = R"({"created":)" + std::to_string(f.created_s) + R"(,"data":[)";
  for (unsigned i = 0; i < f.asked.choices; ++i)
    body.append(i > 0 ? "," : "").append(R"({"b64_json":")").append(pixel).append("\"}");
  const auto tokens = std::to_string(f.usage.prompt);
  body.append(R"(],"usage":{"input_tokens":)").append(tokens).append(R"(,"output_tokens":0,"total_tokens":)");
  body.append(tokens)
      .append(R"(,"input_tokens_details":{"text_tokens":)")
      .append(tokens)
      .append(R"(,"image_tokens":0}}})");
  return fixed_answer(std::move(body));
}

/// Bytes of every value, as many as the text would take to say.
std::unique_ptr<answer> speech(const prompt& asked, std::uint64_t seed) {
  sequence random{stable_hash(asked.text, seed)};
  std::string bytes = "ID3";
  const auto length = 512 + 64 * asked.text.size();
  while (bytes.size() < length)
    bytes += static_cast<char>(random.next() & 0xff);
  return fixed_answer(std::move(bytes), asked.voice_format == "wav" ? "audio/wav" : "audio/mpeg");
}

std::unique_ptr<answer> transcript(const answer_facts& f, std::string_view format) {
  const auto text = f.choices.front().joined();
  if (format == "text") return fixed_answer(text + "\n", "text/plain; charset=utf-8");
  std::string body = R"({"text":)" + json_string(text);
  if (format == "verbose_json") body += R"(,"task":"transcribe","language":"english","duration":1.0,"segments":[])";
  const auto in = f.usage.prompt, out = f.usage.completion;
  body.append(R"(,"usage":{"type":"tokens","input_tokens":)").append(std::to_string(in)).append(R"(,"output_tokens":)");
  body.append(std::to_string(out)).append(R"(,"total_tokens":)").append(std::to_string(in + out)).append("}}");
  return fixed_answer(std::move(body));
}

std::unique_ptr<answer> moderations(const answer_facts& f) {
  std::string body = R"({"id":"modr-)" + f.id + R"(","model":)" + json_string(f.model) + R"(,"results":[)";
  for (std::size_t i = 0; i < f.asked.inputs.size(); ++i) {
    const bool flagged = f.asked.inputs[i].find("violence") != std::string::npos;
    body.append(i > 0 ? "," : "").append(R"({"flagged":)").append(flagged ? "true" : "false");
    body.append(R"(,"categories":{"violence":)").append(flagged ? "true" : "false");
    body.append(R"(},"category_scores":{"violence":)").append(flagged ? "0.91" : "0.01").append("}}");
  }
  return fixed_answer(body + "]}");
}

/// `/responses/{id}` and `/responses/{id}/cancel`. What it said is not kept, but that it was said.
ready_answer stored_response(provider& p, const request& r, std::string_view rest) {
  const std::string id{rest.substr(0, rest.find('/'))};
  const auto below = rest.substr(id.size());
  if (!p.stored.contains(id))
    return refusal(404, "Response with id '" + id + "' not found.", "invalid_request_error", "", "");
  if (r.method == "DELETE" && below.empty()) {
    p.stored.erase(id);
    return {.body = R"({"id":)" + json_string(id) + R"(,"object":"response","deleted":true})"};
  }
  if ((r.method == "GET" && below.empty()) || (r.method == "POST" && below == "/cancel"))
    return {.body =
                R"({"id":)" + json_string(id) +
                R"(,"object":"response","created_at":1767225600,"status":"completed","model":"stored",)"
                R"("parallel_tool_calls":true,"tool_choice":"auto","tools":[],"output":[],"usage":{"input_tokens":5,)"
                R"("input_tokens_details":{"cached_tokens":0},"output_tokens":8,)"
                R"("output_tokens_details":{"reasoning_tokens":0},"total_tokens":13}})"};
  return error_answer(p, r.path(), 405, "Not allowed to " + std::string{r.method} + " on " + std::string{r.path()});
}

/// Multipart bodies are not JSON: what matters is in two fields.
boost::system::result<prompt, core::failure> read_any(provider& p, const request& r) {
  if (r.content_type.substr(0, 10) != "multipart/") return read_prompt(p.parser, r.body, dialect::openai, p.spec.seed);
  prompt asked;
  asked.model = form_field(r.body, "model");
  asked.voice_format = form_field(r.body, "response_format");
  // The boundary differs from call to call, so it must not count.
  asked.text = "audio of " + std::to_string(r.body.size() / 1024) + " KiB";
  return asked;
}

} // namespace

outcome openai_route(provider& p, const request& r, std::string_view path, std::string_view deployment, moment now) {
  if (path == "/models" || path.substr(0, 8) == "/models/") {
    if (r.method == "GET" || r.method == "HEAD") return list_models(p, path);
    return error_answer(p, r.path(), 405, "Not allowed to " + std::string{r.method} + " on " + std::string{r.path()});
  }
  if (path.substr(0, 11) == "/responses/") return stored_response(p, r, path.substr(11));
  if (std::find(model_paths.begin(), model_paths.end(), path) == model_paths.end())
    return error_answer(p, r.path(), 404,
                        p.spec.api == flavour::azure
                            ? "Resource not found"
                            : "Invalid URL (" + std::string{r.method} + " " + std::string{r.path()} + ")");
  if (r.method != "POST")
    return error_answer(p, r.path(), 405, "Not allowed to " + std::string{r.method} + " on " + std::string{r.path()});

  auto read = read_any(p, r);
  if (!read) return refusal(400, read.error().message, "invalid_request_error", read.error().param, "");
  auto& asked = *read;
  if (!deployment.empty()) asked.model = deployment;
  if (asked.model.empty()) return refusal(400, "you must provide a model parameter", "invalid_request_error", "", "");
  auto [name, asked_fault] = split_fault(asked.model);
  const auto model = p.find(name);
  if (!model) return unknown_model(p, name);
  const auto& m = p.spec.models[*model];
  if (path != "/embeddings" && count_tokens(asked.text) > m.context)
    return refusal(400,
                   "This model's maximum context length is " + std::to_string(m.context) +
                       " tokens. However, your messages resulted in " + std::to_string(count_tokens(asked.text)) +
                       " tokens.",
                   "invalid_request_error", "messages", "context_length_exceeded");

  job j{.model = *model, .user = asked.user, .asked_fault = std::move(asked_fault)};
  j.reports_usage = asked.include_usage || path == "/responses";
  const bool chat = path == "/chat/completions";
  if (path == "/embeddings") {
    j.usage.prompt = count_tokens(asked.text);
    j.reply = embeddings(asked, m, stable_hash(m.name, p.spec.seed), j.usage.prompt);
    return j;
  }
  if (path == "/audio/speech") {
    j.usage.prompt = count_tokens(asked.text);
    j.reply = speech(asked, p.spec.seed);
    return j;
  }
  if (path == "/responses") asked.choices = 1;
  const bool streams = asked.stream && (chat || path == "/completions" || path == "/responses");
  const auto format = asked.voice_format;
  auto facts = facts_of(p, std::move(asked), *model, now);
  j.usage = facts.usage;
  j.stream = streams;
  j.frames = framing::sse;
  if (path == "/responses") {
    if (p.stored.size() >= most_stored) p.stored.clear();
    p.stored.insert("resp_" + facts.id);
    j.reply = responses_answer(std::move(facts));
  } else if (chat || path == "/completions") {
    j.reply = completion_answer(std::move(facts), chat);
  } else if (path == "/moderations") {
    j.usage.completion = 0;
    j.reply = moderations(facts);
  } else if (path.substr(0, 7) == "/images") {
    j.usage.completion = 0;
    j.reply = images(facts);
  } else {
    j.reply = transcript(facts, format);
  }
  return j;
}

} // namespace logos::simulator
