// SPDX-License-Identifier: MIT
#include "replay/charts.hpp"

#include "replay/numbers.hpp"

#include <algorithm>
#include <cstdio>

namespace logos::replay {
namespace {

constexpr std::size_t most_named = 40; // more names than that do not fit under the bars

// A palette that the colour-blind can tell apart (Paul Tol's bright).
constexpr std::string_view blue = "#4477aa", pale = "#99ccee", yellow = "#ccbb44", green = "#228833", red = "#cc3344",
                           grey = "#888888";

/// Milliseconds in the unit that suits the longest of them.
struct unit {
  const char* name;
  const char* sign;
  double ms;
};
unit unit_for(double longest_ms) {
  return longest_ms >= 10'000 ? unit{"seconds", "s", 1000} : unit{"milliseconds", "ms", 1};
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string in_unit(const std::optional<double>& ms, const unit& u) { return ms ? number(*ms / u.ms) : "NaN"; }

std::string colour(std::string_view c) { return " lc rgb '" + std::string{c} + "'"; }

double longest(const std::vector<detail>& rows, std::optional<double> detail::*measure) {
  double most = 0;
  for (const auto& row : rows)
    most = std::max(most, (row.*measure).value_or(0));
  return most;
}

/// What all charts have in common.
std::string frame(const std::string& title, const std::string& x, const std::string& y) {
  return "set title " + gnuplot_text(title) + " noenhanced font 'sans,14'\nset xlabel " + gnuplot_text(x) +
         " noenhanced\nset ylabel " + gnuplot_text(y) +
         "\nset grid ytics lt 1 lc rgb '#dddddd'\nset key outside top center horizontal noenhanced\n"
         "set border 3\nset tics nomirror\nset style fill solid 1 noborder\nset boxwidth 0.85\nset yrange [0:*]\n";
}

/// Below the bars: names while they fit, else numbers.
std::string bars_axis(const std::vector<detail>& rows) {
  std::string out = "set xrange [0.4:" + number(static_cast<double>(rows.size()) + 0.6) + "]\n";
  if (rows.size() > most_named) return out;
  out += "set xtics rotate by -50 noenhanced (";
  for (std::size_t i = 0; i < rows.size(); ++i)
    out += (i > 0 ? "," : "") + gnuplot_text(rows[i].request_id.substr(0, 24)) + " " + std::to_string(i + 1);
  return out + ")\n";
}

std::string block(std::string_view name, const std::vector<std::string>& lines) {
  std::string out = "$" + std::string{name} + " << EOD\n";
  for (const auto& line : lines)
    out += line + "\n";
  return out + "EOD\n";
}

/// A chart of which nothing is known says so.
std::string empty_plot(const std::string& framed) {
  return framed + "set xrange [0:1]\nset yrange [0:1]\nunset xtics\nunset ytics\nset label 'nothing was measured: the "
                  "gateway''s log could not be read' at graph 0.5,0.5 center\nplot NaN notitle\n";
}

std::string requests_axis(std::size_t count) {
  return "request, in the order of arrival (" + std::to_string(count) + " requests)";
}

/// Bars that stand behind each other, the highest first; the last of `columns` of $rows marks what failed.
std::string bars(const std::vector<std::pair<std::string, std::string_view>>& columns, std::size_t failed) {
  std::string out = "plot ";
  for (std::size_t i = 0; i < columns.size(); ++i)
    out += (i > 0 ? ", " : "") + std::string{"$rows using 1:"} + std::to_string(i + 2) + " with boxes" +
           colour(columns[i].second) + " title " + gnuplot_text(columns[i].first);
  if (failed > 0)
    out += ", $rows using 1:" + std::to_string(columns.size() + 2) + " with points pt 2 ps 0.8 lw 2" + colour(red) +
           " title 'failed (" + std::to_string(failed) + ")'";
  return out + "\n";
}

std::size_t failures(const std::vector<detail>& rows) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const auto& r) { return !r.succeeded(); }));
}

chart latency_chart(const std::vector<detail>& rows, const chart_facts& facts) {
  const auto most = longest(rows, &detail::total_latency_ms);
  const auto u = unit_for(most);
  auto text = frame("Total latency and time to the first token: " + facts.title, requests_axis(rows.size()),
                    std::string{u.name} + " from the request");
  if (most <= 0) return {.name = "", .script = empty_plot(text)};
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < rows.size(); ++i)
    lines.push_back(std::to_string(i + 1) + " " + in_unit(rows[i].total_latency_ms, u) + " " +
                    in_unit(rows[i].ttft_ms, u) + (rows[i].succeeded() ? " NaN" : " 0"));
  text += bars_axis(rows) + block("rows", lines) +
          bars({{"total latency", pale}, {"time to the first token", blue}}, failures(rows));
  return {.name = "", .script = text};
}

chart queue_chart(const std::vector<detail>& rows, const chart_facts& facts) {
  const auto most = longest(rows, &detail::scheduler_total_ms);
  const auto u = unit_for(most);
  auto text = frame("Waiting and processing: " + facts.title, requests_axis(rows.size()), u.name);
  if (most <= 0) return {.name = "_queue_processing", .script = empty_plot(text)};
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < rows.size(); ++i)
    lines.push_back(std::to_string(i + 1) + " " + in_unit(rows[i].scheduler_total_ms, u) + " " +
                    in_unit(rows[i].queue_wait_ms, u) + (rows[i].succeeded() ? " NaN" : " 0"));
  text += bars_axis(rows) + block("rows", lines) +
          bars({{"processing at the provider", green}, {"waiting in the queue", yellow}}, failures(rows));
  return {.name = "_queue_processing", .script = text};
}

chart duration_chart(const std::vector<detail>& rows, const chart_facts& facts) {
  const auto sorted = sorted_values(rows, &detail::client_duration_ms);
  const auto u = unit_for(sorted.empty() ? 0 : sorted.back());
  auto text = frame("Duration as the client saw it: " + facts.title, requests_axis(rows.size()), u.name);
  if (sorted.empty()) return {.name = "_client_duration", .script = empty_plot(text)};
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto value = in_unit(rows[i].client_duration_ms, u);
    lines.push_back(std::to_string(i + 1) + (rows[i].succeeded() ? " " + value + " NaN" : " NaN " + value));
  }
  text += bars_axis(rows) + block("rows", lines) + "plot $rows using 1:2 with boxes" + colour(blue) +
          " title 'succeeded (" + std::to_string(rows.size() - failures(rows)) + ")'";
  if (failures(rows) > 0)
    text += ", $rows using 1:3 with boxes" + colour(red) + " title 'failed (" + std::to_string(failures(rows)) + ")'";
  const auto level = [&](double ms, const std::string& name, std::string_view c, int dash) {
    text += ", " + number(ms / u.ms) + " with lines lw 2 dt " + std::to_string(dash) + colour(c) + " title " +
            gnuplot_text(name + " " + to_text(ms / u.ms) + " " + u.sign);
  };
  level(percentile(sorted, 50), "p50", "#222222", 1);
  level(percentile(sorted, 95), "p95", "#222222", 2);
  // A limit far above all bars would make them small.
  if (facts.latency_slo_ms <= 1.5 * sorted.back()) level(facts.latency_slo_ms, "limit", "#aa3377", 4);
  return {.name = "_client_duration", .script = text + "\n"};
}

chart success_chart(const std::vector<detail>& rows, const chart_facts& facts) {
  auto text = frame("Successful answers over time: " + facts.title, "seconds from the beginning", "requests");
  auto sent = facts.sent_s;
  std::vector<double> good, bad;
  for (std::size_t i = 0; i < rows.size() && i < facts.ended_s.size(); ++i)
    (rows[i].succeeded() ? good : bad).push_back(facts.ended_s[i]);
  for (auto* times : {&sent, &good, &bad})
    std::sort(times->begin(), times->end());
  double end = 0.001;
  for (const auto* times : {&sent, &good, &bad})
    if (!times->empty()) end = std::max(end, times->back());
  const auto curve = [&](const std::vector<double>& times) {
    std::vector<std::string> lines{"0 0"};
    for (std::size_t i = 0; i < times.size(); ++i)
      lines.push_back(number(times[i]) + " " + std::to_string(i + 1));
    lines.push_back(number(end) + " " + std::to_string(times.size()));
    return lines;
  };
  text += "set xrange [0:" + number(1.01 * end) +
          "]\nset yrange [0:" + number(1.05 * static_cast<double>(std::max<std::size_t>(sent.size(), 1))) +
          "]\nset grid xtics lt 1 lc rgb '#dddddd'\n" + block("sent", curve(sent)) + block("good", curve(good)) +
          block("bad", curve(bad)) + "plot $sent with steps lw 2 dt 2" + colour(grey) + " title 'sent (" +
          std::to_string(sent.size()) + ")', $good with steps lw 3" + colour(green) + " title 'succeeded (" +
          std::to_string(good.size()) + ")'";
  if (!bad.empty())
    text += ", $bad with steps lw 3" + colour(red) + " title 'failed (" + std::to_string(bad.size()) + ")'";
  return {.name = "_cumulative_success", .script = text + "\n"};
}

} // namespace

std::vector<chart> charts_of(const std::vector<detail>& rows, const chart_facts& facts) {
  return {latency_chart(rows, facts), duration_chart(rows, facts), queue_chart(rows, facts),
          success_chart(rows, facts)};
}

} // namespace logos::replay
