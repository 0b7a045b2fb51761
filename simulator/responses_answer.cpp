// SPDX-License-Identifier: MIT
#include "simulator/answer.hpp"

namespace logos::simulator {
namespace {

using core::json_string;

/// The Responses API: one message, or one function call, as output item 0.
class responses final : public answer {
public:
  explicit responses(answer_facts facts) : facts_{std::move(facts)}, calls_{facts_.asked.call.has_value()} {
    item_id_ = (calls_ ? "fc_" : "msg_") + facts_.id;
  }

  std::size_t steps() const override { return facts_.choices.front().pieces.size(); }

  void open(std::string& out) override {
    for (const auto* type : {"response.created", "response.in_progress"}) {
      event(out, type);
      out += R"("response":)";
      append_response(out, "in_progress", false);
      out += "}\n\n";
    }
    event(out, "response.output_item.added");
    out += R"("output_index":0,"item":)";
    append_item(out, "in_progress", "");
    out += "}\n\n";
    if (calls_) return;
    part_event(out, "response.content_part.added");
    out.append(R"("part":)").append(part("")).append("}\n\n");
  }

  void step(std::string& out, std::size_t index) override {
    part_event(out, calls_ ? "response.function_call_arguments.delta" : "response.output_text.delta");
    out.append(R"("delta":)").append(json_string(facts_.choices.front().pieces[index]));
    out += calls_ ? "}\n\n" : ",\"logprobs\":[]}\n\n";
  }

  void close(std::string& out, const timing&) override {
    const auto text = facts_.choices.front().joined();
    if (calls_) {
      part_event(out, "response.function_call_arguments.done");
      out.append(R"("arguments":)").append(json_string(text)).append("}\n\n");
    } else {
      part_event(out, "response.output_text.done");
      out.append(R"("text":)").append(json_string(text)).append(",\"logprobs\":[]}\n\n");
      part_event(out, "response.content_part.done");
      out.append(R"("part":)").append(part(text)).append("}\n\n");
    }
    event(out, "response.output_item.done");
    out += R"("output_index":0,"item":)";
    append_item(out, "completed", text);
    out += "}\n\n";
    if (flaws.no_done) return;
    event(out, "response.completed");
    out += R"("response":)";
    append_response(out, "completed", true);
    out += "}\n\n";
  }

  void whole(std::string& out, const timing&) override { append_response(out, "completed", true); }

private:
  /// Begins an event; its object stays open for the members that follow.
  void event(std::string& out, std::string_view type) {
    out.append("event: ").append(type).append("\ndata: ");
    out.append(R"({"type":")").append(type).append(R"(","sequence_number":)").append(std::to_string(sequence_++));
    out += ',';
  }

  void part_event(std::string& out, std::string_view type) {
    event(out, type);
    out.append(R"("item_id":")").append(item_id_).append(R"(","output_index":0,)");
    if (!calls_) out += R"("content_index":0,)";
  }

  static std::string part(const std::string& text) {
    return R"({"type":"output_text","text":)" + json_string(text) + R"(,"annotations":[],"logprobs":[]})";
  }

  void append_item(std::string& out, std::string_view status, const std::string& text) const {
    out.append(R"({"id":")").append(item_id_).append(R"(","status":")").append(status).append("\",");
    if (calls_) {
      out.append(R"("type":"function_call","call_id":"call_)").append(facts_.id).append(R"(","name":)");
      out.append(json_string(facts_.asked.call->name)).append(R"(,"arguments":)").append(json_string(text));
    } else {
      out += R"("type":"message","role":"assistant","content":[)";
      if (status == "completed") out += part(text);
      out += ']';
    }
    out += '}';
  }

  void append_response(std::string& out, std::string_view status, bool complete) const {
    out.append(R"({"id":"resp_)").append(facts_.id).append(R"(","object":"response","created_at":)");
    out.append(std::to_string(facts_.created_s)).append(R"(,"status":")").append(status);
    out.append(R"(","error":null,"incomplete_details":null,"instructions":null,"metadata":{},"model":)");
    out.append(json_string(facts_.model))
        .append(R"(,"parallel_tool_calls":true,"temperature":1.0,"top_p":1.0,)"
                R"("tool_choice":"auto","tools":[],"text":{"format":{"type":"text"}},"output":[)");
    if (complete) append_item(out, "completed", facts_.choices.front().joined());
    out += R"(],"usage":)";
    if (complete && !flaws.no_usage) {
      const auto& u = facts_.usage;
      out.append(R"({"input_tokens":)").append(std::to_string(u.prompt));
      out.append(R"(,"input_tokens_details":{"cached_tokens":)").append(std::to_string(u.cached()));
      out.append(R"(},"output_tokens":)").append(std::to_string(u.completion));
      out += R"(,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":)";
      out.append(std::to_string(u.prompt + u.completion)).append("}");
    } else {
      out += "null";
    }
    out += '}';
  }

  answer_facts facts_;
  bool calls_;
  std::string item_id_;
  unsigned sequence_ = 0;
};

} // namespace

std::unique_ptr<answer> responses_answer(answer_facts facts) { return std::make_unique<responses>(std::move(facts)); }

} // namespace logos::simulator
