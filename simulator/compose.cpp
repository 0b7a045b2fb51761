// SPDX-License-Identifier: MIT
#include "simulator/answer.hpp"
#include "simulator/text.hpp"

#include <algorithm>

namespace logos::simulator {
namespace {

/// Cuts the pieces at the first of the stop sequences.
void cut_at_stop(choice_text& c, const std::vector<std::string>& stop) {
  if (stop.empty()) return;
  const auto text = c.joined();
  auto end = std::string::npos;
  for (const auto& s : stop)
    if (!s.empty()) end = std::min(end, text.find(s));
  if (end == std::string::npos) return;
  c.finish = "stop";
  std::size_t length = 0;
  for (std::size_t i = 0; i < c.pieces.size(); ++i) {
    if (length + c.pieces[i].size() >= end) {
      c.pieces[i].resize(end - length);
      c.pieces.resize(c.pieces[i].empty() ? i : i + 1);
      return;
    }
    length += c.pieces[i].size();
  }
}

class fixed : public answer {
public:
  fixed(std::string body, std::string type) : body_{std::move(body)}, type_{std::move(type)} {}
  void whole(std::string& out, const timing&) override { out += body_; }
  std::string_view content_type() const override { return type_; }

private:
  std::string body_;
  std::string type_;
};

class timed : public answer {
public:
  explicit timed(std::string body) : body_{std::move(body)} {}
  void whole(std::string& out, const timing& t) override {
    out += body_;
    append_durations(out, t);
    out += '}';
  }

private:
  std::string body_;
};

} // namespace

std::string choice_text::joined() const {
  std::string all;
  for (const auto& piece : pieces)
    all += piece;
  return all;
}

std::vector<choice_text> compose(const prompt& p, const model_spec& m, std::uint64_t seed) {
  const auto hash = stable_hash(p.text, stable_hash(m.name, seed));
  std::vector<choice_text> choices(p.choices);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    auto& c = choices[i];
    if (p.call) {
      c.pieces = pieces_of(p.call->arguments);
      c.finish = "tool_calls";
      continue;
    }
    sequence random{hash + i};
    if (p.json) {
      c.pieces = pieces_of(*p.json);
    } else {
      std::size_t length = m.answer_tokens > 0 ? m.answer_tokens : 16 + random.below(48);
      if (p.exact_length && p.max_tokens) length = *p.max_tokens;
      // One more than is allowed would be useless: whether the limit was reached is known without it.
      const auto limit = std::min<std::size_t>(length, p.max_tokens.value_or(1'000'000));
      c.pieces = words(random.next(), limit);
      if (limit < length || p.exact_length) c.finish = "length";
    }
    if (p.max_tokens && c.pieces.size() > *p.max_tokens) {
      c.pieces.resize(*p.max_tokens);
      c.finish = "length";
    }
    cut_at_stop(c, p.stop);
  }
  return choices;
}

token_usage usage_of(const prompt& p, const std::vector<choice_text>& choices) {
  token_usage u{.prompt = count_tokens(p.text)};
  for (const auto& c : choices)
    u.completion += static_cast<unsigned>(c.pieces.size());
  return u;
}

std::unique_ptr<answer> fixed_answer(std::string body, std::string content_type) {
  return std::make_unique<fixed>(std::move(body), std::move(content_type));
}

std::unique_ptr<answer> timed_answer(std::string body) { return std::make_unique<timed>(std::move(body)); }

void append_durations(std::string& out, const timing& t) {
  out.append(R"(,"total_duration":)").append(std::to_string(t.total.count()));
  out.append(R"(,"load_duration":)").append(std::to_string(t.load.count()));
}

} // namespace logos::simulator
