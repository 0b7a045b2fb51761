// SPDX-License-Identifier: MIT
#include "actors/classification/scoring/balance.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace logos::classification {
namespace {

using std::chrono::microseconds;

/// The time to the first byte; nothing when neither part of it is known.
std::optional<microseconds> time_of(const measured_facts& m) {
  if (!m.first_byte && !m.wait) return std::nullopt;
  return m.first_byte.value_or(microseconds{}) + m.wait.value_or(microseconds{});
}

/// What is compared over all candidates.
struct field {
  wanted_weights wanted{};
  std::int64_t weakest = 0, strongest = 0; // by accuracy and quality
  std::optional<microseconds> soonest{};
  std::optional<std::int64_t> cheapest{};
  // Who is not known is taken for as good as the middle of those who are: neither tried for it nor shunned.
  double middle_time = 0, middle_price = 0;
};

std::int64_t strength(const model_weights& w) { return std::int64_t{w.accuracy} + w.quality; }

double middle(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

field look_over(std::span<const candidate> candidates, std::span<const model_weights> weights,
                const wanted_weights& wanted) {
  field out;
  out.wanted = resolve(wanted, weights);
  if (!weights.empty()) out.weakest = out.strongest = strength(weights.front());
  for (const auto& w : weights) {
    out.weakest = std::min(out.weakest, strength(w));
    out.strongest = std::max(out.strongest, strength(w));
  }
  for (const auto& c : candidates) {
    if (const auto t = time_of(c.seen)) out.soonest = std::min(out.soonest.value_or(*t), *t);
    if (const auto p = c.seen.price_nano) out.cheapest = std::min(out.cheapest.value_or(*p), *p);
  }
  std::vector<double> times, prices;
  for (const auto& c : candidates) {
    if (const auto t = time_of(c.seen)) times.push_back(time_stage(*t, *out.soonest));
    if (const auto p = c.seen.price_nano) prices.push_back(price_stage(*p, *out.cheapest));
  }
  out.middle_time = middle(times);
  out.middle_price = middle(prices);
  return out;
}

contributions measure(const measured_facts& seen, const field& over, const features& shape) {
  contributions out;
  const auto time = time_of(seen);
  out[part::time] = time ? time_stage(*time, *over.soonest) : over.middle_time;
  out[part::price] = seen.price_nano ? price_stage(*seen.price_nano, *over.cheapest) : over.middle_price;
  out[part::errors] = error_stage(seen.error_rate.value_or(0));
  out[part::context] = context_stage(shape.tokens, seen.context_tokens.value_or(0));
  return out;
}

/// Three digits behind the point tell all that there is to tell, and are short.
std::int64_t thousandths_of(double value) {
  constexpr double most = 1e12;
  return value >= -most && value <= most ? std::llround(value * 1000) : 0;
}

void append_thousandths(std::string& out, std::int64_t thousandths) {
  std::array<char, 24> text{};
  auto* at = text.data();
  if (thousandths < 0) *at++ = '-';
  const auto size = static_cast<std::uint64_t>(thousandths < 0 ? -thousandths : thousandths);
  at = std::to_chars(at, text.data() + text.size(), size / 1000).ptr;
  if (auto rest = size % 1000; rest != 0) {
    *at++ = '.';
    for (std::uint64_t unit = 100; rest != 0; rest %= unit, unit /= 10)
      *at++ = static_cast<char>('0' + rest / unit);
  }
  out.append(text.data(), at);
}

/// Begins a member; the object's brace is the last character of a text that has none yet.
void name_member(std::string& out, std::string_view name) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(name).append("\":");
}

void number(std::string& out, std::string_view name, double value) {
  const auto thousandths = thousandths_of(value);
  if (thousandths == 0) return;
  name_member(out, name);
  append_thousandths(out, thousandths);
}

void word(std::string& out, std::string_view name, std::string_view value) {
  name_member(out, name);
  out.append("\"").append(value).append("\"");
}

} // namespace

std::string_view to_string(part p) {
  static constexpr std::array<std::string_view, parts> names{"policy", "tags",   "semantic", "features", "time",
                                                             "price",  "errors", "context",  "learned"};
  return names[static_cast<std::size_t>(p)];
}

double contributions::sum() const {
  double out = 0;
  for (const auto c : of)
    out += c;
  return out;
}

balance upstream_balance() {
  balance out;
  out[part::policy] = 3.4;
  out[part::tags] = 1.9;
  out[part::semantic] = 1.0;
  return out;
}

balance default_balance() {
  auto out = upstream_balance();
  out[part::features] = 0.5;
  out[part::time] = 0.3;
  out[part::price] = 0.1;
  out[part::errors] = 1.0;
  out[part::context] = 2.0;
  out[part::learned] = 3.0;
  return out;
}

std::vector<ranked> rank(const knowledge& known, const inquiry& asked, std::span<const candidate> candidates,
                         const balance& weights) {
  static const knowledge::model nothing{};
  std::vector<const knowledge::model*> models(candidates.size());
  std::vector<model_weights> has(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto* m = known.find(candidates[i].model_id);
    models[i] = m != nullptr ? m : &nothing;
    has[i] = models[i]->weights;
  }
  const auto over = look_over(candidates, has, asked.wanted);
  const auto& found = asked.found;

  std::vector<ranked> out(candidates.size());
  std::vector<nearness> near;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto& m = *models[i];
    const auto& c = candidates[i];
    auto value = measure(c.seen, over, asked.shape);
    value[part::policy] = policy_stage(m.weights, over.wanted);
    const auto contained =
        std::count_if(m.tags.begin(), m.tags.end(), [&](std::uint32_t number) { return found.tags[number] != 0; });
    value[part::tags] = tag_stage(static_cast<std::size_t>(contained), m.tags.size());
    near.clear();
    for (const auto number : m.examples)
      near.push_back(found.examples[number]);
    value[part::semantic] = semantic_stage(knowledge::nearness_to(m, found), near);
    const auto span = static_cast<double>(over.strongest - over.weakest);
    const auto strong = span == 0 ? 0.0 : static_cast<double>(strength(m.weights) - over.weakest) / span;
    value[part::features] = feature_stage(asked.shape, m.skills, strong);
    if (!asked.topic.empty() && known.tagged(m, asked.topic))
      value[part::features] = std::max(value[part::features], feature_stage(asked.shape, 0, strong) + 0.6);
    value[part::learned] = c.learned;

    auto& r = out[i];
    r.index = i;
    r.model_id = c.model_id;
    for (std::size_t p = 0; p < parts; ++p)
      r.given.of[p] = value.of[p] * weights.of[p];
    r.score = r.given.sum();
  }
  std::sort(out.begin(), out.end(), [](const ranked& a, const ranked& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.model_id != b.model_id ? a.model_id < b.model_id : a.index < b.index;
  });
  return out;
}

void append_decimal(std::string& out, double value) { append_thousandths(out, thousandths_of(value)); }

void append_json(std::string& out, const contributions& of) {
  out += '{';
  for (std::size_t p = 0; p < parts; ++p)
    number(out, to_string(static_cast<part>(p)), of.of[p]);
  out += '}';
}

std::string to_json(const contributions& of) {
  std::string out;
  append_json(out, of);
  return out;
}

void append_json(std::string& out, const features& of) {
  out += '{';
  number(out, "tokens", of.tokens);
  number(out, "turns", of.turns);
  number(out, "tools", of.tools);
  number(out, "images", of.images);
  number(out, "sounds", of.sounds);
  number(out, "files", of.files);
  word(out, "language", to_string(of.tongue));
  word(out, "kind", to_string(of.kind));
  number(out, "tool_demanded", of.tool_demanded ? 1 : 0);
  number(out, "json", of.json ? 1 : 0);
  number(out, "schema", of.schema ? 1 : 0);
  number(out, "code", of.code);
  number(out, "mathematics", of.mathematics);
  number(out, "structure", of.structure);
  number(out, "demand", of.demand);
  number(out, "difficulty", of.difficulty);
  out += '}';
}

std::string to_json(const features& of) {
  std::string out;
  append_json(out, of);
  return out;
}

} // namespace logos::classification
