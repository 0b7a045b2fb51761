// SPDX-License-Identifier: MIT
#include "actors/classification/statistics.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace logos::classification {
namespace {

constexpr std::size_t name_bytes = 256;

/// Whole characters of UTF-8.
std::string_view cut(std::string_view name) {
  if (name.size() <= name_bytes) return name;
  auto end = name_bytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80U)
    --end;
  return name.substr(0, end);
}

/// Begins a member; the object's brace is the last character of a text that has none yet.
void begin_member(std::string& out, std::string_view name) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(name).append("\":");
}

void append_whole(std::string& out, std::int64_t value) {
  std::array<char, 24> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

void add_unless(std::int64_t usual, std::string& out, std::string_view name, std::int64_t value) {
  if (value == usual) return;
  begin_member(out, name);
  append_whole(out, value);
}

void add_level(std::string& out, core::privacy_level level) {
  begin_member(out, "privacy");
  out.append("\"").append(to_string(level)).append("\"");
}

void append_wish(std::string& out, const wish& w) {
  const auto before = out.size();
  begin_member(out, "wish");
  const auto begun = out.size();
  out += '{';
  const auto add = [&](std::string_view name, const std::optional<std::int32_t>& value) {
    if (!value) return;
    begin_member(out, name);
    append_whole(out, *value);
  };
  if (w.privacy) add_level(out, *w.privacy);
  add("latency", w.latency);
  add("accuracy", w.accuracy);
  add("cost", w.cost);
  add("quality", w.quality);
  if (!w.topic.empty()) {
    begin_member(out, "topic");
    out.append("true");
  }
  if (out.size() == begun + 1)
    out.resize(before); // it says nothing that a choice obeys
  else
    out += '}';
}

} // namespace

std::string describe(const account& of, std::size_t shown) {
  const auto n = std::min(shown, of.order.size());
  std::string out;
  out.reserve(512 + n * 192);
  out.append(R"({"candidate_count":)").append(std::to_string(of.order.size())).append(R"(,"candidates":[)");
  for (std::size_t i = 0; i < n; ++i) {
    const auto& r = of.order[i];
    const auto& where = of.models[r.index];
    const auto* d = of.snapshot.find_deployment(where.deployments.front());
    out.append(i == 0 ? R"({"model_id":)" : R"(,{"model_id":)").append(std::to_string(r.model_id));
    out.append(R"(,"model":")");
    core::append_json_escaped(out, cut(where.model->name));
    out.append(R"(","provider":")");
    core::append_json_escaped(out, cut(d->provider->name));
    out.append(R"(","score":)");
    append_decimal(out, r.score);
    out.append(R"(,"contributions":)");
    append_json(out, r.given);
    out += '}';
  }
  out += ']';
  if (of.unread) out.append(R"(,"unread":"the request has no body that is a JSON object")");
  out.append(R"(,"balance":)");
  append_json(out, of.weights);
  if (!of.policy.empty()) out.append(R"(,"policy":)").append(core::json_string(cut(of.policy)));
  return out;
}

void append_obeyed(std::string& out, const selection_input& in, const petition& said) {
  static const catalog::policy none{};
  const auto& p = in.policy != nullptr ? *in.policy : none;
  out.append(R"(,"obeyed":{)");
  // In a catalog that nobody keeps: the caller's outlives this.
  const petitioner by{{catalog::snapshot_ptr{}, &in.snapshot}, &in.who, in.profile};
  if (const auto all = policies_obeyed(by, said); all && !all->empty()) {
    begin_member(out, "policies");
    for (std::size_t i = 0; i < all->size(); ++i) {
      out += i == 0 ? '[' : ',';
      append_whole(out, (*all)[i]->id);
    }
    out += ']';
  }
  add_unless(0, out, "named", said.policy_id);
  add_unless(0, out, "wished", said.wished_id);
  if (p.threshold_privacy != none.threshold_privacy) add_level(out, p.threshold_privacy);
  add_unless(none.threshold_latency, out, "latency", p.threshold_latency);
  add_unless(none.threshold_accuracy, out, "accuracy", p.threshold_accuracy);
  add_unless(none.threshold_cost, out, "cost", p.threshold_cost);
  add_unless(none.threshold_quality, out, "quality", p.threshold_quality);
  const bool own_words = said.by_name && !said.by_name->topic.empty();
  if (!p.topic.empty() && !own_words) {
    begin_member(out, "topic");
    out.append(core::json_string(cut(p.topic)));
  }
  if (said.by_name) append_wish(out, *said.by_name);
  out += '}';
}

std::string_view advantage(std::span<const ranked> order) {
  if (order.size() < 2) return {};
  std::string_view out;
  double most = 0;
  for (std::size_t p = 0; p < parts; ++p)
    if (const auto ahead = order[0].given.of[p] - order[1].given.of[p]; ahead > most) {
      most = ahead;
      out = to_string(static_cast<part>(p));
    }
  return out;
}

} // namespace logos::classification
