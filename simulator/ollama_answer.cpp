// SPDX-License-Identifier: MIT
#include "simulator/answer.hpp"

namespace logos::simulator {
namespace {

using core::append_json_escaped;
using core::json_string;

class ollama final : public answer {
public:
  ollama(answer_facts facts, bool chat) : facts_{std::move(facts)}, chat_{chat} {
    common_ = R"({"model":)" + json_string(facts_.model) + R"(,"created_at":")" + facts_.created_at + R"(",)";
  }

  std::size_t steps() const override { return pieces().size(); }

  void step(std::string& out, std::size_t index) override {
    if (facts_.asked.call) {
      // Ollama sends a call in one line, once it is complete.
      if (index + 1 == steps()) append_text(out, "", true);
    } else {
      append_text(out, pieces()[index], false);
    }
    if (index + 1 < steps() && facts_.asked.call) return;
    if (flaws.usage_every_chunk) append_counts(out, index + 1);
    out += R"(,"done":false})"
           "\n";
  }

  void close(std::string& out, const timing& t) override {
    if (flaws.no_done) return;
    append_text(out, "", false);
    append_end(out, t);
    out += '\n';
  }

  void whole(std::string& out, const timing& t) override {
    append_text(out, facts_.asked.call ? std::string{} : facts_.choices.front().joined(),
                facts_.asked.call.has_value());
    append_end(out, t);
  }

  std::string_view content_type() const override { return "application/json; charset=utf-8"; }

private:
  const std::vector<std::string>& pieces() const { return facts_.choices.front().pieces; }

  void append_text(std::string& out, std::string_view text, bool with_call) const {
    out.append(common_).append(chat_ ? R"("message":{"role":"assistant","content":")" : R"("response":")");
    append_json_escaped(out, text);
    out += '"';
    if (with_call) {
      out.append(R"(,"tool_calls":[{"function":{"name":)").append(json_string(facts_.asked.call->name));
      out.append(R"(,"arguments":)").append(facts_.asked.call->arguments).append("}}]");
    }
    if (chat_) out += '}';
  }

  void append_counts(std::string& out, std::size_t tokens) const {
    out.append(R"(,"prompt_eval_count":)").append(std::to_string(facts_.usage.prompt));
    out.append(R"(,"eval_count":)").append(std::to_string(tokens));
  }

  void append_end(std::string& out, const timing& t) const {
    const auto finish = facts_.choices.front().finish;
    out.append(R"(,"done":true,"done_reason":")").append(finish == "tool_calls" ? "stop" : finish).append("\"");
    if (!chat_) out += R"(,"context":[1,2,3])";
    append_durations(out, t);
    if (!flaws.no_usage) append_counts(out, facts_.usage.completion);
    out.append(R"(,"prompt_eval_duration":)").append(std::to_string(t.prefill.count()));
    out.append(R"(,"eval_duration":)").append(std::to_string(t.generation.count())).append("}");
  }

  answer_facts facts_;
  bool chat_;
  std::string common_;
};

} // namespace

std::unique_ptr<answer> ollama_answer(answer_facts facts, bool chat) {
  return std::make_unique<ollama>(std::move(facts), chat);
}

} // namespace logos::simulator
