// SPDX-License-Identifier: MIT
#include "simulator/quotas.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace logos::simulator {
namespace {

using std::chrono::microseconds;

double us(core::steady_time::duration d) { return std::chrono::duration<double, std::micro>{d}.count(); }

/// As Go writes it, which OpenAI does: `6m0s`, `1.25s`, `20ms`.
std::string duration_text(microseconds d) {
  char text[40];
  const auto ms = (d.count() + 999) / 1000;
  if (ms < 1000)
    std::snprintf(text, sizeof text, "%lldms", static_cast<long long>(ms));
  else if (ms < 60'000)
    std::snprintf(text, sizeof text, "%lld.%03llds", static_cast<long long>(ms / 1000),
                  static_cast<long long>(ms % 1000));
  else
    std::snprintf(text, sizeof text, "%lldm%llds", static_cast<long long>(ms / 60'000),
                  static_cast<long long>((ms % 60'000 + 999) / 1000));
  return text;
}

std::string whole(double n) { return std::to_string(static_cast<long long>(std::max(n, 0.0))); }

} // namespace

std::optional<rate_words> parse_rate_words(std::string_view text) {
  if (text == "openai") return rate_words::openai;
  if (text == "azure") return rate_words::azure;
  if (text == "anthropic") return rate_words::anthropic;
  if (text == "none") return rate_words::none;
  return std::nullopt;
}

void quotas::pass(core::steady_time now) {
  if (!begun_) {
    begun_ = true;
    requests_ = spec_->requests;
    tokens_ = spec_->tokens;
    opened_ = at_ = now;
  }
  if (spec_->by_windows) {
    if (const auto windows = (now - opened_) / spec_->window; windows > 0) {
      opened_ += windows * spec_->window;
      requests_ = spec_->requests;
      tokens_ = spec_->tokens;
    }
  } else {
    const auto part = us(now - at_) / us(spec_->window);
    requests_ = std::min(spec_->requests, requests_ + spec_->requests * part);
    tokens_ = std::min(spec_->tokens, tokens_ + spec_->tokens * part);
  }
  at_ = now;
}

bool quotas::take(double tokens, unsigned running, core::steady_time now) {
  pass(now);
  if (spec_->at_a_time > 0 && running >= spec_->at_a_time) return false;
  if (spec_->requests > 0 && requests_ < 1) return false;
  if (spec_->tokens > 0 && tokens_ < std::min(tokens, spec_->tokens)) return false;
  requests_ -= 1;
  tokens_ -= tokens;
  return true;
}

microseconds quotas::until(double left, double limit, double wanted, core::steady_time now) const {
  if (left >= wanted || limit <= 0) return microseconds{0};
  const auto span = spec_->by_windows ? us(opened_ + spec_->window - now) : (wanted - left) / limit * us(spec_->window);
  return microseconds{static_cast<std::int64_t>(std::ceil(std::max(span, 0.0)))};
}

quotas::headers quotas::tell(double tokens, bool refused, core::steady_time now, core::wall_time wall) const {
  headers out;
  if (spec_->words == rate_words::none) return out;
  const auto add = [&](std::string_view what, double limit, double left) {
    if (limit <= 0) return;
    const auto reset = until(left, limit, limit, now);
    const std::string of{what};
    switch (spec_->words) {
    case rate_words::openai:
      out.emplace_back("x-ratelimit-limit-" + of, whole(limit));
      out.emplace_back("x-ratelimit-remaining-" + of, whole(left));
      out.emplace_back("x-ratelimit-reset-" + of, duration_text(reset));
      break;
    case rate_words::azure: out.emplace_back("x-ratelimit-remaining-" + of, whole(left)); break;
    case rate_words::anthropic:
      out.emplace_back("anthropic-ratelimit-" + of + "-limit", whole(limit));
      out.emplace_back("anthropic-ratelimit-" + of + "-remaining", whole(left));
      out.emplace_back("anthropic-ratelimit-" + of + "-reset", core::to_iso8601(wall + reset));
      break;
    case rate_words::none: break;
    }
  };
  add("requests", spec_->requests, requests_);
  add("tokens", spec_->tokens, tokens_);
  if (!refused) return out;
  const auto pause = std::max(until(requests_, spec_->requests, 1, now),
                              until(tokens_, spec_->tokens, std::min(tokens, spec_->tokens), now));
  if (pause.count() == 0) return out;
  out.emplace_back("retry-after", std::to_string((pause.count() + 999'999) / 1'000'000));
  out.emplace_back("retry-after-ms", std::to_string((pause.count() + 999) / 1000));
  return out;
}

} // namespace logos::simulator
