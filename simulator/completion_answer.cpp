// SPDX-License-Identifier: MIT
#include "simulator/answer.hpp"

#include <algorithm>

namespace logos::simulator {
namespace {

using core::append_json_escaped;
using core::json_string;

void append_usage(std::string& out, unsigned prompt_tokens, unsigned completion_tokens, unsigned cached_tokens) {
  out.append(R"("usage":{"prompt_tokens":)").append(std::to_string(prompt_tokens));
  out.append(R"(,"completion_tokens":)").append(std::to_string(completion_tokens));
  out.append(R"(,"total_tokens":)").append(std::to_string(prompt_tokens + completion_tokens));
  out.append(R"(,"prompt_tokens_details":{"cached_tokens":)").append(std::to_string(cached_tokens));
  out.append(R"(,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,)"
             R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}})");
}

/// `{"content":[{"token":…,"logprob":…}]}`: every token is as likely as its first letter is early.
void append_logprobs(std::string& out, const std::vector<std::string>& tokens) {
  out += R"({"content":[)";
  for (const auto& token : tokens) {
    if (out.back() != '[') out += ',';
    const auto first = token.empty() ? 0U : static_cast<unsigned char>(token.back()) % 100U;
    out.append(R"({"token":)")
        .append(json_string(token))
        .append(R"(,"logprob":-0.)")
        .append(std::to_string(10 + first));
    out += R"(,"bytes":null,"top_logprobs":[]})";
  }
  out += R"(],"refusal":null})";
}

class completion final : public answer {
public:
  completion(answer_facts facts, bool chat) : facts_{std::move(facts)}, chat_{chat} {
    for (const auto& c : facts_.choices)
      steps_ = std::max(steps_, c.pieces.size());
    identity_ = R"({"id":")" + std::string{chat_ ? "chatcmpl-" : "cmpl-"} + facts_.id + R"(","object":")";
    common_ = R"(","created":)" + std::to_string(facts_.created_s) + R"(,"model":)" + json_string(facts_.model) +
              R"(,"system_fingerprint":"fp_simulated",)";
    chunk_ = "data: " + identity_ + (chat_ ? "chat.completion.chunk" : "text_completion") + common_ +
             R"("choices":[{"index":)";
  }

  std::size_t steps() const override { return steps_; }

  void open(std::string& out) override {
    if (!chat_) return;
    for (std::size_t i = 0; i < facts_.choices.size(); ++i) {
      begin(out, i);
      out += R"("delta":{"role":"assistant","content":)";
      if (facts_.asked.call)
        out.append(R"(null,"tool_calls":[{"index":0,"id":")")
            .append(call_id(i))
            .append(R"(","type":"function",)"
                    R"("function":{"name":)")
            .append(json_string(facts_.asked.call->name))
            .append(R"(,"arguments":""}}])");
      else
        out += R"("")";
      out += R"(,"refusal":null},"logprobs":null,"finish_reason":null}])";
      end(out, 0);
    }
  }

  void step(std::string& out, std::size_t index) override {
    for (std::size_t i = 0; i < facts_.choices.size(); ++i) {
      const auto& pieces = facts_.choices[i].pieces;
      if (index >= pieces.size()) continue;
      begin(out, i);
      if (!chat_)
        out += R"("text":")";
      else if (facts_.asked.call)
        out += R"("delta":{"tool_calls":[{"index":0,"function":{"arguments":")";
      else
        out += R"("delta":{"content":")";
      append_json_escaped(out, pieces[index]);
      out += !chat_ ? R"(","logprobs":)" : facts_.asked.call ? R"("}}]},"logprobs":)" : R"("},"logprobs":)";
      if (facts_.asked.echoes_logprobs && chat_)
        append_logprobs(out, {pieces[index]});
      else
        out += "null";
      out += R"(,"finish_reason":null}])";
      written_ += 1;
      end(out, written_);
    }
  }

  void close(std::string& out, const timing&) override {
    for (std::size_t i = 0; i < facts_.choices.size(); ++i) {
      begin(out, i);
      out.append(chat_ ? R"("delta":{},"logprobs":null,"finish_reason":")"
                       : R"("text":"","logprobs":null,"finish_reason":")");
      out.append(facts_.choices[i].finish).append(R"("}])");
      end(out, written_);
    }
    if (facts_.asked.include_usage && !flaws.no_usage) {
      out.append(chunk_, 0, chunk_.size() - std::string_view{R"({"index":)"}.size());
      out += "],";
      append_usage(out, facts_.usage.prompt, facts_.usage.completion, facts_.usage.cached());
      out += "}\n\n";
    }
    if (!flaws.no_done) out += "data: [DONE]\n\n";
  }

  void whole(std::string& out, const timing&) override {
    out.append(identity_)
        .append(chat_ ? "chat.completion" : "text_completion")
        .append(common_)
        .append(R"("choices":[)");
    for (std::size_t i = 0; i < facts_.choices.size(); ++i)
      append_choice(out, i);
    out += ']';
    if (!flaws.no_usage) {
      out += ',';
      append_usage(out, facts_.usage.prompt, facts_.usage.completion, facts_.usage.cached());
    }
    out += '}';
  }

private:
  std::string call_id(std::size_t choice) const { return "call_" + facts_.id + std::to_string(choice); }

  void begin(std::string& out, std::size_t choice) const {
    out.append(chunk_).append(std::to_string(choice)).append(",");
  }

  void end(std::string& out, unsigned tokens) const {
    if (flaws.usage_every_chunk) {
      out += ',';
      append_usage(out, facts_.usage.prompt, tokens, facts_.usage.cached());
    } else if (facts_.asked.include_usage && !flaws.no_usage) {
      out += R"(,"usage":null)";
    }
    out += "}\n\n";
  }

  void append_choice(std::string& out, std::size_t i) const {
    const auto& c = facts_.choices[i];
    if (i > 0) out += ',';
    out.append(R"({"index":)").append(std::to_string(i));
    if (!chat_) {
      out.append(R"(,"text":)").append(json_string(c.joined())).append(R"(,"logprobs":null)");
    } else if (facts_.asked.call) {
      out.append(R"(,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":")");
      out.append(call_id(i)).append(R"(","type":"function","function":{"name":)");
      out.append(json_string(facts_.asked.call->name)).append(R"(,"arguments":)").append(json_string(c.joined()));
      out += R"(}}]},"logprobs":null)";
    } else {
      out.append(R"(,"message":{"role":"assistant","content":)").append(json_string(c.joined()));
      out += R"(,"refusal":null,"annotations":[]},"logprobs":)";
      if (facts_.asked.echoes_logprobs)
        append_logprobs(out, c.pieces);
      else
        out += "null";
    }
    out.append(R"(,"finish_reason":")").append(c.finish).append("\"}");
  }

  answer_facts facts_;
  bool chat_;
  std::size_t steps_ = 0;
  unsigned written_ = 0;
  std::string identity_, common_, chunk_;
};

} // namespace

std::unique_ptr<answer> completion_answer(answer_facts facts, bool chat) {
  return std::make_unique<completion>(std::move(facts), chat);
}

} // namespace logos::simulator
