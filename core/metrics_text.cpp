// SPDX-License-Identifier: MIT
#include "core/metrics_text.hpp"

namespace logos::core {
namespace {

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text)
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quotes)
      out += "\\\"";
    else
      out += c;
}

void append_name(std::string& out, std::string_view name, std::string_view suffix, metric_labels labels,
                 std::string_view bound = {}) {
  out.append(name).append(suffix);
  char before = '{';
  const auto label = [&](std::string_view key, std::string_view value) {
    out += before;
    before = ',';
    out.append(key).append("=\"");
    append_escaped(out, value, true);
    out += '"';
  };
  for (const auto& [key, value] : labels)
    label(key, value);
  if (!bound.empty()) label("le", bound);
  if (before == ',') out += '}';
  out += ' ';
}

std::string seconds(std::uint64_t microseconds) {
  auto text = std::to_string(microseconds / 1'000'000);
  auto rest = microseconds % 1'000'000;
  if (rest == 0) return text;
  auto digits = std::to_string(1'000'000 + rest).substr(1);
  while (digits.back() == '0')
    digits.pop_back();
  return text + "." + digits;
}

} // namespace

std::string& metrics_text::samples_of(std::string_view name, std::string_view help, std::string_view type) {
  const auto at = by_name_.find(name);
  if (at != by_name_.end()) return families_[at->second].samples;
  by_name_.emplace(name, families_.size());
  auto& f = families_.emplace_back();
  f.name = name;
  f.head.append("# HELP ").append(name).append(" ");
  append_escaped(f.head, help, false);
  f.head.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
  return f.samples;
}

void metrics_text::counter(std::string_view name, std::string_view help, std::uint64_t value, metric_labels labels) {
  auto& out = samples_of(name, help, "counter");
  append_name(out, name, {}, labels);
  out.append(std::to_string(value)).append("\n");
}

void metrics_text::counter_seconds(std::string_view name, std::string_view help, std::uint64_t microseconds,
                                   metric_labels labels) {
  auto& out = samples_of(name, help, "counter");
  append_name(out, name, {}, labels);
  out.append(seconds(microseconds)).append("\n");
}

void metrics_text::gauge(std::string_view name, std::string_view help, std::int64_t value, metric_labels labels) {
  auto& out = samples_of(name, help, "gauge");
  append_name(out, name, {}, labels);
  out.append(std::to_string(value)).append("\n");
}

void metrics_text::histogram_seconds(std::string_view name, std::string_view help,
                                     std::span<const std::uint64_t> bounds_us, std::span<const std::uint64_t> counts,
                                     std::uint64_t sum_us, metric_labels labels) {
  auto& out = samples_of(name, help, "histogram");
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    so_far += counts[i];
    append_name(out, name, "_bucket", labels, i < bounds_us.size() ? seconds(bounds_us[i]) : "+Inf");
    out.append(std::to_string(so_far)).append("\n");
  }
  append_name(out, name, "_sum", labels);
  out.append(seconds(sum_us)).append("\n");
  append_name(out, name, "_count", labels);
  out.append(std::to_string(so_far)).append("\n");
}

std::string metrics_text::finish() {
  std::string out;
  for (const auto& f : families_)
    out.append(f.head).append(f.samples);
  return out;
}

} // namespace logos::core
