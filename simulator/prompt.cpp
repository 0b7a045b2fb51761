// SPDX-License-Identifier: MIT
#include "simulator/prompt.hpp"

#include "simulator/spec.hpp"
#include "simulator/text.hpp"

namespace logos::simulator {
namespace {

using simdjson::dom::element;

core::failure wrong(std::string_view param, std::string_view what) {
  return {.code = core::ec::bad_field,
          .message = "'" + std::string{param} + "' " + std::string{what},
          .param = std::string{param}};
}

std::string_view string_at(element e, std::string_view key) {
  std::string_view text;
  return e[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

bool flag_at(element e, std::string_view key, bool otherwise) {
  bool value = otherwise;
  return e[key].get(value) == simdjson::SUCCESS ? value : otherwise;
}

std::optional<unsigned> count_at(element e, std::string_view key) {
  std::int64_t n = 0;
  if (e[key].get(n) != simdjson::SUCCESS || n < 0 || n > 1'000'000) return std::nullopt;
  return static_cast<unsigned>(n);
}

/// The text of a `content`: a string, or the text parts of an array.
std::string content_of(element content) {
  std::string_view text;
  if (content.get(text) == simdjson::SUCCESS) return std::string{text};
  std::string all;
  if (simdjson::dom::array parts; content.get(parts) == simdjson::SUCCESS)
    for (const auto part : parts)
      all += string_at(part, "text");
  return all;
}

void read_strings(element e, std::vector<std::string>& out) {
  std::string_view text;
  if (e.get(text) == simdjson::SUCCESS) {
    out.emplace_back(text);
    return;
  }
  simdjson::dom::array list;
  if (e.get(list) != simdjson::SUCCESS) return;
  // An array of token numbers is one input, an array of arrays is several.
  if (list.size() > 0 && list.at(0).value_unsafe().is_number()) {
    out.push_back(simdjson::minify(e));
    return;
  }
  for (const auto item : list)
    out.push_back(item.get(text) == simdjson::SUCCESS ? std::string{text} : std::string{simdjson::minify(item)});
}

void read_messages(simdjson::dom::array messages, prompt& p, std::string_view& last_role) {
  for (const auto message : messages) {
    p.empty = false;
    last_role = string_at(message, "role");
    if (last_role.empty()) last_role = string_at(message, "type");
    element content;
    std::string text;
    if (message["content"].get(content) == simdjson::SUCCESS) text = content_of(content);
    text += string_at(message, "output");
    if (last_role == "user") p.last_user = text;
    p.text.append(text).append("\n");
  }
}

/// Decides whether the answer calls a tool, and which.
void choose_tool(element body, prompt& p, std::string_view last_role, std::uint64_t seed) {
  simdjson::dom::array tools;
  if (body["tools"].get(tools) != simdjson::SUCCESS || tools.size() == 0) return;
  std::string_view choice = string_at(body, "tool_choice");
  std::string_view named;
  if (element object; body["tool_choice"].get(object) == simdjson::SUCCESS && object.is_object()) {
    named = string_at(object, "name");
    if (element inner; object["function"].get(inner) == simdjson::SUCCESS) named = string_at(inner, "name");
    choice = "required";
  }
  if (choice == "none") return;
  // Once the tool has answered, the model says something.
  if (last_role == "tool" || last_role == "function_call_output") return;
  std::optional<element> chosen;
  for (const auto tool : tools) {
    element function = tool;
    if (tool["function"].get(function) != simdjson::SUCCESS) function = tool;
    const auto name = string_at(function, "name");
    if (name.empty()) continue;
    const bool wanted = !named.empty()         ? name == named
                        : choice == "required" ? true
                                               : p.last_user.find("call") != std::string::npos ||
                                                     p.last_user.find(name) != std::string::npos;
    if (wanted && (!chosen || p.last_user.find(name) != std::string::npos)) chosen = function;
  }
  if (!chosen) return;
  p.call.emplace();
  p.call->name = string_at(*chosen, "name");
  p.call->arguments = "{}";
  if (element schema; (*chosen)["parameters"].get(schema) == simdjson::SUCCESS)
    p.call->arguments = example_of(schema, stable_hash(p.text, seed));
}

void choose_json(element format, prompt& p, std::uint64_t seed) {
  const auto hash = stable_hash(p.text, seed);
  std::string_view type;
  if (format.get(type) != simdjson::SUCCESS) type = string_at(format, "type");
  if (type == "json" || type == "json_object") {
    p.json = R"({"answer":"one quiet river"})";
    return;
  }
  element schema;
  if (format.at_pointer("/json_schema/schema").get(schema) == simdjson::SUCCESS ||
      (type == "json_schema" && format["schema"].get(schema) == simdjson::SUCCESS))
    p.json = example_of(schema, hash);
  else if (format.is_object() && type != "text")
    p.json = example_of(format, hash);
}

std::optional<std::chrono::milliseconds> keep_alive_of(element e) {
  double seconds = 0;
  if (e.get(seconds) == simdjson::SUCCESS)
    return std::chrono::milliseconds{seconds < 0 ? -1 : static_cast<std::int64_t>(std::min(seconds, 1e9) * 1000)};
  std::string_view text;
  if (e.get(text) != simdjson::SUCCESS) return std::nullopt;
  const auto parsed = parse_duration(text);
  return parsed ? std::optional{*parsed} : std::nullopt;
}

/// Lengths and stop words stand at the top (OpenAI) or under `options` (Ollama).
void read_limits(element body, dialect d, prompt& p) {
  element where = body;
  if (d == dialect::ollama && body["options"].get(where) != simdjson::SUCCESS) where = body;
  for (const auto* key : {"max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict"})
    if (const auto n = count_at(where, key)) p.max_tokens = n;
  if (element stop; where["stop"].get(stop) == simdjson::SUCCESS) read_strings(stop, p.stop);
  p.exact_length = flag_at(where, "ignore_eos", false);
  if (d == dialect::ollama) p.context = count_at(where, "num_ctx");
}

} // namespace

boost::system::result<prompt, core::failure> read_prompt(simdjson::dom::parser& parser, std::string_view body,
                                                         dialect d, std::uint64_t seed) {
  element root;
  if (const auto error = parser.parse(body.data(), body.size()).get(root))
    return core::failure{.code = core::ec::bad_json,
                         .message = std::string{"We could not parse the JSON body of your request: "} +
                                    simdjson::error_message(error)};
  if (!root.is_object())
    return core::failure{.code = core::ec::bad_json, .message = "The body of your request is not a JSON object."};
  prompt p;
  if (element model; root["model"].get(model) == simdjson::SUCCESS) {
    if (!model.is_string()) return wrong("model", "is not a string");
    p.model = model.get_string().value_unsafe();
  } else if (d == dialect::ollama) {
    p.model = string_at(root, "name");
  }
  p.stream = flag_at(root, "stream", d == dialect::ollama);
  if (element options; root["stream_options"].get(options) == simdjson::SUCCESS && options.is_object())
    p.include_usage = flag_at(options, "include_usage", false);
  p.echoes_logprobs = flag_at(root, "logprobs", false);
  p.base64 = string_at(root, "encoding_format") == "base64";
  p.user = string_at(root, "user");
  p.voice_format = string_at(root, "response_format");
  p.dimensions = count_at(root, "dimensions");
  if (const auto n = count_at(root, "n")) {
    if (*n < 1 || *n > 128) return wrong("n", "is not between 1 and 128");
    p.choices = *n;
  }
  read_limits(root, d, p);

  std::string_view last_role;
  if (const auto instructions = string_at(root, "instructions"); !instructions.empty())
    p.text.append(instructions).append("\n");
  p.text += string_at(root, "system");
  if (element messages; root["messages"].get(messages) == simdjson::SUCCESS) {
    simdjson::dom::array list;
    if (messages.get(list) != simdjson::SUCCESS) return wrong("messages", "is not an array");
    read_messages(list, p, last_role);
  }
  for (const auto* key : {"prompt", "input"}) {
    element value;
    if (root[key].get(value) != simdjson::SUCCESS) continue;
    simdjson::dom::array list;
    if (value.get(list) == simdjson::SUCCESS && list.size() > 0 && list.at(0).value_unsafe().is_object()) {
      read_messages(list, p, last_role);
      continue;
    }
    read_strings(value, p.inputs);
    for (const auto& text : p.inputs)
      p.text.append(text).append("\n");
    p.last_user = p.text;
    p.empty = p.empty && (p.inputs.empty() || p.inputs.front().empty());
  }
  choose_tool(root, p, last_role, seed);
  element format;
  if (root["response_format"].get(format) == simdjson::SUCCESS || root["format"].get(format) == simdjson::SUCCESS ||
      root.at_pointer("/text/format").get(format) == simdjson::SUCCESS)
    choose_json(format, p, seed);
  if (element keep; root["keep_alive"].get(keep) == simdjson::SUCCESS) p.keep_alive = keep_alive_of(keep);
  return p;
}

std::string_view form_field(std::string_view body, std::string_view name) {
  const auto marker = "name=\"" + std::string{name} + "\"";
  const auto at = body.find(marker);
  if (at == std::string_view::npos) return {};
  const auto start = body.find("\r\n\r\n", at);
  if (start == std::string_view::npos) return {};
  const auto end = body.find("\r\n--", start + 4);
  return body.substr(start + 4, end == std::string_view::npos ? end : end - start - 4);
}

} // namespace logos::simulator
