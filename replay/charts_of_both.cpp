// SPDX-License-Identifier: MIT
#include "replay/charts.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace logos::replay {
namespace {

constexpr std::array<std::string_view, 2> colours{"#4477aa", "#ee7733"};

struct shown {
  const char* name;
  std::optional<double> detail::*of;
};
constexpr std::array<shown, 3> measures{{{"first token", &detail::ttft_ms},
                                         {"total latency", &detail::total_latency_ms},
                                         {"queue wait", &detail::queue_wait_ms}}};

struct run {
  const std::string& name;
  const std::vector<detail>& rows;
};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string style(std::size_t index) { return " lc rgb '" + std::string{colours[index]} + "'"; }

std::string frame(const std::string& title) {
  return "set title " + gnuplot_text(title) +
         " noenhanced font 'sans,14'\nset border 3\nset tics nomirror\nset grid ytics lt 1 lc rgb '#dddddd'\n"
         "set key outside top center horizontal noenhanced\n";
}

/// Percentiles in groups, one group per measure.
chart percentiles_of(const std::array<run, 2>& runs) {
  std::string data = "$bars << EOD\n", tics;
  double x = 0;
  for (const auto& m : measures) {
    for (const double percent : {50.0, 95.0, 99.0}) {
      x += 1;
      data += number(x);
      for (const auto& r : runs) {
        const auto values = sorted_values(r.rows, m.of);
        data += values.empty() ? " NaN" : " " + number(percentile(values, percent) / 1000);
      }
      data += "\n";
      // Double quotes: here \n begins a line.
      tics += (tics.empty() ? "\"" : ",\"") + std::string{m.name} + "\\np" + number(percent) + "\" " + number(x);
    }
    x += 0.7; // room between two measures
  }
  auto text = frame("Percentiles: " + runs[0].name + " and " + runs[1].name) +
              "set bmargin 4\nset ylabel 'seconds'\nset yrange [0:*]\nset xrange [0.3:" + number(x) +
              "]\nset style fill solid 1 noborder\nset boxwidth 0.38\nset xtics (" + tics + ")\n" + data + "EOD\nplot ";
  for (std::size_t i = 0; i < runs.size(); ++i)
    text += (i > 0 ? ", " : "") + std::string{"$bars using ($1"} + (i == 0 ? "-0.2" : "+0.2") +
            "):" + std::to_string(i + 2) + " with boxes" + style(i) + " title " + gnuplot_text(runs[i].name);
  return {.name = "_compare", .script = text + "\n"};
}

/// How many requests were through within which time.
chart distribution_of(const std::array<run, 2>& runs, const shown& m, const std::string& name) {
  std::string data, plot;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto values = sorted_values(runs[i].rows, m.of);
    if (values.empty()) continue;
    const auto block = "$run" + std::to_string(i);
    data += block + " << EOD\n";
    for (std::size_t n = 0; n < values.size(); ++n)
      data += number(std::max(values[n], 1.0) / 1000) + " " +
              number(100 * static_cast<double>(n + 1) / static_cast<double>(values.size())) + "\n";
    data += "EOD\n";
    plot += (plot.empty() ? "plot " : ", ") + block + " with steps lw 3" + style(i) + " title " +
            gnuplot_text(runs[i].name + " (" + std::to_string(values.size()) + " requests)");
  }
  if (plot.empty())
    plot = "set xrange [1:10]\nset label 'nothing was measured' at graph 0.5,0.5 center\nplot NaN notitle";
  return {.name = name,
          .script = frame("Share of requests within a time: " + std::string{m.name}) +
                    "set logscale x\nset grid xtics lt 1 lc rgb '#dddddd'\nset xlabel 'seconds (logarithmic)'\nset "
                    "ylabel 'requests, %'\n"
                    "set yrange [0:100]\n" +
                    data + plot + "\n",
          .width = 1000};
}

} // namespace

std::vector<chart> charts_of_both(const std::string& a_name, const std::vector<detail>& a, const std::string& b_name,
                                  const std::vector<detail>& b) {
  const std::array<run, 2> runs{run{a_name, a}, run{b_name, b}};
  return {percentiles_of(runs), distribution_of(runs, measures[0], "_compare_ttft"),
          distribution_of(runs, measures[1], "_compare_latency")};
}

} // namespace logos::replay
