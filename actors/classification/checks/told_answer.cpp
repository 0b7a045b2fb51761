// SPDX-License-Identifier: MIT
#include "actors/classification/checks/told_answer.hpp"

#include "net/event_stream.hpp"

#include <simdjson.h>

#include <algorithm>

namespace logos::checks {
namespace {

using ingress::endpoint;
using simdjson::SUCCESS;
using element = simdjson::dom::element;

/// More calls of tools than this are not looked at: a stream numbers them as it likes.
constexpr std::size_t most_calls = 256;

std::string_view text_of(element e) {
  std::string_view text;
  return e.get(text) == SUCCESS ? text : std::string_view{};
}

std::string_view text_at(element e, std::string_view name) {
  std::string_view text;
  return e[name].get(text) == SUCCESS ? text : std::string_view{};
}

/// 0 where there is none.
std::int64_t number_at(element e, std::string_view name) {
  std::int64_t number = 0;
  return e[name].get(number) == SUCCESS ? number : 0;
}

template <class Visit>
void each(element list, const Visit& visit) {
  simdjson::dom::array all;
  if (list.get(all) != SUCCESS) return;
  for (const auto item : all)
    visit(item);
}

template <class Visit>
void each_at(element e, std::string_view name, const Visit& visit) {
  element list;
  if (e[name].get(list) == SUCCESS) each(list, visit);
}

/// One answer, fed whole or in the chunks of a stream.
class teller {
public:
  explicit teller(told_answer& out) : out_{out} {}

  void chat(element document) {
    each_at(document, "choices", [&](element choice) {
      std::int64_t index = 0;
      if (choice["index"].get(index) == SUCCESS && index != 0) return;
      if (index_seen_ && !in_pieces_) return; // a provider that does not number them
      index_seen_ = true;
      out_.readable = true;
      element said;
      if (choice["message"].get(said) == SUCCESS || choice["delta"].get(said) == SUCCESS) message(said);
      if (const auto why = text_at(choice, "finish_reason"); !why.empty())
        end(why == "content_filter", why == "length");
      element odds;
      if (choice["logprobs"].get(odds) == SUCCESS) {
        each_at(odds, "content", [&](element token) { logprob(token); });
        each_at(odds, "refusal", [&](element token) { logprob(token); });
      }
    });
  }

  /// A whole response, as /v1/responses answers it.
  void response(element document) {
    simdjson::dom::array output;
    if (document["output"].get(output) != SUCCESS) return;
    const auto status = text_at(document, "status");
    if (!status.empty() && status != "completed" && status != "incomplete") return; // it is written in the background
    out_ = {};
    out_.readable = true;
    for (const auto item : output) {
      if (text_at(item, "type") == "function_call") add_call(text_at(item, "arguments"));
      each_at(item, "content", [&](element part) {
        out_.refusal += text_at(part, "refusal");
        if (text_at(part, "type") != "output_text") return;
        out_.text += text_at(part, "text");
        each_at(part, "logprobs", [&](element token) { logprob(token); });
      });
    }
    element details;
    const auto why = document["incomplete_details"].get(details) == SUCCESS ? text_at(details, "reason") : "";
    if (status == "completed" || status == "incomplete")
      end(why == "content_filter", why == "max_output_tokens" || why == "max_tokens");
  }

  void message(element said) {
    element content;
    if (said["content"].get(content) == SUCCESS) {
      out_.text += text_of(content);
      each(content, [&](element part) { out_.text += text_at(part, "text"); });
    }
    out_.refusal += text_at(said, "refusal");
    std::size_t at = 0;
    each_at(said, "tool_calls", [&](element call) {
      std::int64_t index = -1;
      if (call["index"].get(index) != SUCCESS) index = static_cast<std::int64_t>(at);
      ++at;
      element of;
      if (call["function"].get(of) == SUCCESS) add_piece(index, text_at(of, "arguments"));
    });
    element of;
    if (said["function_call"].get(of) == SUCCESS && of.is_object()) add_piece(0, text_at(of, "arguments"));
  }

  /// A whole message, as /v1/messages answers it.
  void anthropic(element document) {
    simdjson::dom::array content;
    if (document["content"].get(content) != SUCCESS) return;
    out_.readable = true;
    for (const auto part : content) {
      const auto type = text_at(part, "type");
      if (type == "text") out_.text += text_at(part, "text");
      element input;
      if (type == "tool_use" && part["input"].get(input) == SUCCESS) add_call(simdjson::minify(input));
    }
    stop(text_at(document, "stop_reason"));
  }

  void event(endpoint at, std::string_view data) {
    in_pieces_ = true;
    element document;
    if (parser_.parse(data.data(), data.size()).get(document) != SUCCESS || !document.is_object()) return;
    if (at == endpoint::chat) return chat(document);
    if (at == endpoint::messages) return anthropic_event(document);
    const auto type = text_at(document, "type");
    element whole;
    if (type == "response.completed" || type == "response.incomplete") {
      if (document["response"].get(whole) == SUCCESS) response(whole);
    } else if (type == "response.output_text.delta") {
      out_.readable = true;
      out_.text += text_at(document, "delta");
    } else if (type == "response.refusal.delta") {
      out_.readable = true;
      out_.refusal += text_at(document, "delta");
    } else if (type == "response.function_call_arguments.delta") {
      out_.readable = true;
      add_piece(number_at(document, "output_index"), text_at(document, "delta"));
    }
  }

  void document(endpoint at, std::string_view bytes) {
    element document;
    if (parser_.parse(bytes.data(), bytes.size()).get(document) != SUCCESS || !document.is_object()) return;
    if (at == endpoint::chat) chat(document);
    if (at == endpoint::messages) anthropic(document);
    if (at == endpoint::responses) response(document);
  }

private:
  void anthropic_event(element document) {
    const auto type = text_at(document, "type");
    const auto index = number_at(document, "index");
    element inner;
    if (type == "content_block_start" && document["content_block"].get(inner) == SUCCESS) {
      out_.readable = true;
      out_.text += text_at(inner, "text");
      if (text_at(inner, "type") == "tool_use") add_piece(index, {});
    } else if (type == "content_block_delta" && document["delta"].get(inner) == SUCCESS) {
      out_.readable = true;
      out_.text += text_at(inner, "text");
      if (text_at(inner, "type") == "input_json_delta") add_piece(index, text_at(inner, "partial_json"));
    } else if (type == "message_delta" && document["delta"].get(inner) == SUCCESS) {
      out_.readable = true;
      stop(text_at(inner, "stop_reason"));
    }
  }

  void stop(std::string_view why) {
    if (!why.empty()) end(why == "refusal", why == "max_tokens" || why == "model_context_window_exceeded");
  }

  void end(bool filtered, bool cut) {
    out_.finished = true;
    out_.filtered = out_.filtered || filtered;
    out_.cut = out_.cut || cut;
  }

  void logprob(element token) {
    double value = 0;
    if (token["logprob"].get(value) != SUCCESS) return;
    out_.logprob_sum += std::min(value, 0.0);
    ++out_.logprobs;
  }

  void add_call(std::string_view arguments) {
    if (out_.arguments.size() < most_calls) out_.arguments.emplace_back(arguments);
  }

  /// Of the call with that number.
  void add_piece(std::int64_t number, std::string_view piece) {
    auto at = std::find(numbers_.begin(), numbers_.end(), number);
    if (at == numbers_.end()) {
      if (numbers_.size() >= most_calls) return;
      numbers_.push_back(number);
      out_.arguments.emplace_back();
      at = numbers_.end() - 1;
    }
    const auto place = static_cast<std::size_t>(at - numbers_.begin());
    if (place < out_.arguments.size()) out_.arguments[place] += piece;
  }

  told_answer& out_;
  simdjson::dom::parser parser_;
  std::vector<std::int64_t> numbers_;
  bool in_pieces_ = false;
  bool index_seen_ = false;
};

} // namespace

told_answer read_answer(endpoint at, net::content_kind kind, std::string_view bytes) {
  told_answer out;
  teller tell{out};
  if (kind == net::content_kind::json) {
    tell.document(at, bytes);
    return out;
  }
  net::event_scanner scanner;
  std::string scratch;
  while (!bytes.empty()) {
    const auto end = std::min(scanner.find_end(bytes), bytes.size());
    if (const auto data = net::event_data(bytes.substr(0, end), scratch); !data.empty()) tell.event(at, data);
    bytes.remove_prefix(end);
    scanner.restart();
  }
  return out;
}

} // namespace logos::checks
