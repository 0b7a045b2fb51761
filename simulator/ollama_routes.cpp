// SPDX-License-Identifier: MIT
#include "simulator/provider.hpp"
#include "simulator/text.hpp"

namespace logos::simulator {
namespace {

using core::json_string;

constexpr std::uint64_t mib = 1024 * 1024;
constexpr std::string_view version = "0.11.4";

ready_answer refusal(unsigned status, std::string_view message) {
  return {.status = status, .body = R"({"error":)" + json_string(message) + "}"};
}

std::string digest_of(const model_spec& m) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string digest;
  sequence random{stable_hash(m.name, 0)};
  while (digest.size() < 64)
    digest += hex[random.next() & 15];
  return digest;
}

std::string details_of(const model_spec& m) {
  return R"("details":{"parent_model":"","format":"gguf","family":)" + json_string(m.family) + R"(,"families":[)" +
         json_string(m.family) + R"(],"parameter_size":")" + std::to_string(m.size_mb / 700) +
         R"(B","quantization_level":"Q4_K_M"})";
}

/// The name as Ollama lists it: with its tag.
std::string tagged(const model_spec& m) { return m.name.find(':') == std::string::npos ? m.name + ":latest" : m.name; }

ready_answer list_tags(const provider& p) {
  ready_answer a{.body = R"({"models":[)"};
  for (const auto& m : p.spec.models) {
    a.body.append(a.body.back() == '[' ? "" : ",").append(R"({"name":)").append(json_string(tagged(m)));
    a.body.append(R"(,"model":)")
        .append(json_string(tagged(m)))
        .append(R"(,"modified_at":"2026-01-01T00:00:00Z","size":)");
    a.body.append(std::to_string(m.size_mb * mib)).append(R"(,"digest":")").append(digest_of(m)).append("\",");
    a.body.append(details_of(m)).append("}");
  }
  a.body += "]}";
  return a;
}

ready_answer list_loaded(const provider& p, moment now) {
  ready_answer a{.body = R"({"models":[)"};
  for (const auto& resident : p.memory.residents()) {
    // Like Ollama, which lists a model from the moment it begins to load, and tells a busy or pinned model's end far
    // away rather than not at all.
    const auto& m = p.spec.models[resident.model];
    auto left = std::chrono::microseconds{std::chrono::hours{24 * 365 * 100}};
    if (resident.expires_at != residency::never)
      left = std::chrono::duration_cast<std::chrono::microseconds>(resident.expires_at - now.steady);
    a.body.append(a.body.back() == '[' ? "" : ",").append(R"({"name":)").append(json_string(tagged(m)));
    a.body.append(R"(,"model":)").append(json_string(tagged(m))).append(R"(,"size":)");
    a.body.append(std::to_string(m.vram_mb * mib)).append(R"(,"digest":")").append(digest_of(m)).append("\",");
    a.body.append(details_of(m)).append(R"(,"expires_at":")").append(core::to_iso8601(now.wall + left));
    a.body.append(R"(","size_vram":)").append(std::to_string(resident.vram_mb * mib));
    a.body.append(R"(,"context_length":)").append(std::to_string(resident.context)).append("}");
  }
  a.body += "]}";
  return a;
}

ready_answer show(const model_spec& m) {
  std::string capabilities;
  for (const auto& c : m.capabilities)
    capabilities.append(capabilities.empty() ? "" : ",").append(json_string(c));
  return {.body = R"({"license":"","modelfile":"# simulated","parameters":"","template":"{{ .Prompt }}",)" +
                  details_of(m) + R"(,"model_info":{"general.architecture":)" + json_string(m.family) + ",\"" +
                  m.family + R"(.context_length":)" + std::to_string(m.context) + ",\"" + m.family +
                  R"(.embedding_length":)" + std::to_string(m.embedding_dim) + R"(},"capabilities":[)" + capabilities +
                  R"(],"modified_at":"2026-01-01T00:00:00Z"})"};
}

/// Whether it only says that a model is to leave.
bool unloads(const prompt& asked) { return asked.empty && asked.keep_alive && asked.keep_alive->count() == 0; }

/// No prompt: loads the model, or unloads it with `keep_alive: 0`.
outcome load_or_unload(provider& p, const prompt& asked, job j, bool chat, std::string_view created_at, moment now) {
  auto body = R"({"model":)" + json_string(asked.model) + R"(,"created_at":")" + std::string{created_at} +
              (chat ? R"(","message":{"role":"assistant","content":""})" : R"(","response":"")") +
              R"(,"done":true,"done_reason":")" + (unloads(asked) ? "unload" : "load") + "\"";
  if (!unloads(asked)) {
    j.reply = timed_answer(std::move(body));
    return j;
  }
  p.memory.unload(j.model, now.steady);
  return ready_answer{.body = body + "}", .content_type = "application/json; charset=utf-8"};
}

/// No input: loads the model, whatever it can.
outcome embed(provider& p, const prompt& asked, job j, bool many) {
  const auto& m = p.spec.models[j.model];
  const std::size_t dimension = std::min(asked.dimensions.value_or(m.embedding_dim), 8192U);
  const auto seed = stable_hash(m.name, p.spec.seed);
  std::string body = "{";
  if (many) {
    body.append(R"("model":)").append(json_string(asked.model)).append(R"(,"embeddings":[)");
    for (const auto& text : asked.inputs) {
      if (body.back() != '[') body += ',';
      append_floats(body, embedding(text, seed, dimension));
    }
    body.append(R"(],"prompt_eval_count":)").append(std::to_string(j.usage.prompt));
    j.reply = timed_answer(std::move(body));
  } else {
    body += R"("embedding":)";
    append_floats(body, asked.inputs.empty() ? std::vector<float>{} : embedding(asked.inputs.front(), seed, dimension));
    j.reply = fixed_answer(body + "}");
  }
  return j;
}

} // namespace

outcome ollama_route(provider& p, const request& r, moment now) {
  const auto path = r.path();
  if (r.method == "GET" || r.method == "HEAD") {
    if (path == "/") return ready_answer{.body = "Ollama is running", .content_type = "text/plain; charset=utf-8"};
    if (path == "/api/version") return ready_answer{.body = R"({"version":")" + std::string{version} + "\"}"};
    if (path == "/api/tags") return list_tags(p);
    if (path == "/api/ps") return list_loaded(p, now);
  }
  const bool chat = path == "/api/chat", embeds = path == "/api/embed" || path == "/api/embeddings";
  if (!chat && !embeds && path != "/api/generate" && path != "/api/show")
    return ready_answer{.status = 404, .body = "404 page not found", .content_type = "text/plain"};
  if (r.method != "POST")
    return ready_answer{.status = 405, .body = "405 method not allowed", .content_type = "text/plain"};

  auto read = read_prompt(p.parser, r.body, dialect::ollama, p.spec.seed);
  if (!read) return refusal(400, read.error().message);
  auto& asked = *read;
  auto [name, asked_fault] = split_fault(asked.model);
  if (name.empty()) return refusal(400, "model is required");
  const auto model = p.find(name);
  if (!model) return refusal(404, "model '" + std::string{name} + "' not found");
  const auto& m = p.spec.models[*model];
  if (path == "/api/show") return show(m);
  if (!embeds && !unloads(asked) && !m.can("completion"))
    return refusal(400, json_string(m.name) + " does not support " + (chat ? "chat" : "generate"));

  job j{.model = *model, .asked_fault = std::move(asked_fault)};
  if (asked.keep_alive) j.keep_alive = p.scaled(*asked.keep_alive);
  j.context = asked.context;
  j.usage.prompt = count_tokens(asked.text);
  if (embeds && asked.empty && asked.inputs.size() <= 1) asked.inputs.clear();
  if (embeds) return embed(p, asked, std::move(j), path == "/api/embed");
  const auto created_at = core::to_iso8601(now.wall);
  if (asked.empty) return load_or_unload(p, asked, std::move(j), chat, created_at, now);
  asked.choices = 1;
  j.stream = asked.stream;
  j.frames = framing::ndjson;
  auto facts = facts_of(p, std::move(asked), *model, now);
  facts.created_at = created_at;
  j.usage = facts.usage;
  j.reply = ollama_answer(std::move(facts), chat);
  return j;
}

} // namespace logos::simulator
