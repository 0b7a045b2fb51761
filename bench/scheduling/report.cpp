// SPDX-License-Identifier: MIT
#include "bench/scheduling/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace logos::bench {
namespace {

/// `format` with one number; a dash for what there is not.
std::string cell(const char* format, double value, int width) {
  char text[32];
  if (std::isfinite(value))
    std::snprintf(text, sizeof text, format, value);
  else
    std::snprintf(text, sizeof text, "%s", std::isnan(value) ? "-" : "refused");
  const std::string found{text};
  return std::string(
             found.size() < static_cast<std::size_t>(width) ? static_cast<std::size_t>(width) - found.size() : 1, ' ') +
         found;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

const outcome* first_of(const comparison& c, bool offline) {
  const auto found = std::find_if(c.outcomes.begin(), c.outcomes.end(), [&](auto& o) { return o.offline == offline; });
  return found == c.outcomes.end() ? nullptr : &*found;
}

/// The work that comes, over what the server can do in that time with one model in memory and all its slots used.
double offered(const workload& w) {
  double work = 0;
  for (const auto& j : w.jobs)
    work += to_seconds(j.service(w.server.models[j.model])) / w.server.models[j.model].parallel;
  const auto time = w.jobs.empty() ? 0 : to_seconds(w.jobs.back().arrival - w.jobs.front().arrival);
  return time > 0 ? work / time : 0;
}

std::string title(const comparison& c) {
  return c.what.name + ", seed " + std::to_string(c.seed) + (c.held_out ? " (held out)" : "") + ": " +
         std::to_string(c.what.jobs.size()) + " requests, load" + cell("%.2f", offered(c.what), 0);
}

const outcome* named(const comparison& c, std::string_view name) {
  const auto found = std::find_if(c.outcomes.begin(), c.outcomes.end(), [&](auto& o) { return o.name == name; });
  return found == c.outcomes.end() ? nullptr : &*found;
}

} // namespace

void print(std::ostream& out, const comparison& c) {
  out << "\n"
      << title(c) << ". Time to the first token in seconds\n  " << std::string(24, ' ')
      << "     p50     p95     p99 high p95  mid p95  low p95   loads  idle s held s   Jain  late refused  raw/it\n";
  const auto* raw = first_of(c, false);
  for (const auto& o : c.outcomes) {
    const auto& f = o.seen;
    out << "  " << padded(o.name, 24) << cell("%.1f", f.all.p50, 8) << cell("%.1f", f.all.p95, 8)
        << cell("%.1f", f.all.p99, 8) << cell("%.1f", f.high.p95, 9) << cell("%.1f", f.normal.p95, 9)
        << cell("%.1f", f.low.p95, 9) << cell("%.0f", static_cast<double>(f.loads), 8) << cell("%.0f", f.idle_s, 8)
        << cell("%.0f", f.held_back_s, 7) << cell("%.2f", f.fairness, 7) << cell("%.0f", static_cast<double>(f.late), 6)
        << cell("%.0f", static_cast<double>(f.refused), 8);
    if (raw != nullptr) out << cell("%.1f", raw->seen.all.p95 / f.all.p95, 8);
    out << "\n";
  }
  out << "  by priority" << std::string(28, ' ')
      << "high p50     p95     p99 mid p50     p95     p99 low p50     p95     p99\n";
  for (const auto& o : c.outcomes) {
    out << "  " << padded(o.name, 39);
    for (const auto* q : {&o.seen.high, &o.seen.normal, &o.seen.low})
      out << cell("%.1f", q->p50, 8) << cell("%.1f", q->p95, 8) << cell("%.1f", q->p99, 8);
    out << "\n";
  }
  out << "  no schedule can have a p95 below" << cell("%.1f", c.least_p95.value_or(std::nan("")), 0) << ", nor below"
      << cell("%.1f", c.least_high_p95.value_or(std::nan("")), 0)
      << " of high priority even if there were nobody else\n";
  for (const auto& o : c.outcomes) {
    if (o.course.empty()) continue;
    out << "  " << o.name << ", best p95 over its iterations:";
    for (std::size_t i = 0; i < o.course.size(); i += 5)
      out << cell("%.1f", o.course[i], 0);
    out << "\n";
  }
}

void print_summary(std::ostream& out, const std::vector<comparison>& all) {
  out << "\nWhat can be reached: p95 of the time to the first token in seconds, and raw Ollama's over the offline "
         "schedules'.\nBound: what no schedule can beat"
         "\n  "
      << std::string(44, ' ')
      << "     raw best online  in order     free    bound  raw/in order  raw/free  raw/bound  online/in order\n";
  for (const auto& c : all) {
    const auto* raw = first_of(c, false);
    if (raw == nullptr) continue;
    auto online = raw->seen.all.p95;
    std::vector<double> offline;
    for (const auto& o : c.outcomes) {
      if (o.offline)
        offline.push_back(o.seen.all.p95);
      else
        online = std::min(online, o.seen.all.p95);
    }
    offline.resize(2, std::nan(""));
    out << "  " << padded(c.what.name + ", seed " + std::to_string(c.seed), 44) << cell("%.1f", raw->seen.all.p95, 8)
        << cell("%.1f", online, 12) << cell("%.1f", offline[0], 10) << cell("%.1f", offline[1], 9)
        << cell("%.1f", c.least_p95.value_or(std::nan("")), 9) << cell("%.1f", raw->seen.all.p95 / offline[0], 14)
        << cell("%.1f", raw->seen.all.p95 / offline[1], 10)
        << cell("%.1f", raw->seen.all.p95 / c.least_p95.value_or(std::nan("")), 11)
        << cell("%.2f", online / offline[0], 17) << "\n";
  }
}

void print_priorities(std::ostream& out, const std::vector<comparison>& all) {
  out << "\nWhat priorities and shares bring: Logos beside FCFS, and beside itself with everybody alike. p95 of the "
         "time to the first token in seconds.\nBound: what no schedule can beat for high priority, even if there were "
         "nobody else\n  "
      << std::string(44, ' ')
      << "FCFS high   high FCFS/high  bound FCFS/bound    mid    low  refused    all all/alike raw/all all/in order   "
         "Jain FCFS's  late "
         "FCFS's\n";
  for (const auto& c : all) {
    const auto *ours = named(c, "Logos"), *alike = named(c, "Logos, by arrival"), *fcfs = named(c, "FCFS");
    const auto *raw = first_of(c, false), *offline = first_of(c, true);
    if (ours == nullptr || alike == nullptr || fcfs == nullptr || raw == nullptr) continue;
    const auto& f = ours->seen;
    out << "  " << padded(c.what.name + ", seed " + std::to_string(c.seed), 44) << cell("%.1f", fcfs->seen.high.p95, 9)
        << cell("%.1f", f.high.p95, 7) << cell("%.1f", fcfs->seen.high.p95 / f.high.p95, 10)
        << cell("%.1f", c.least_high_p95.value_or(std::nan("")), 7)
        << cell("%.1f", fcfs->seen.high.p95 / c.least_high_p95.value_or(std::nan("")), 11)
        << cell("%.1f", f.normal.p95, 7) << cell("%.1f", f.low.p95, 7)
        << cell("%.0f", static_cast<double>(f.refused), 9) << cell("%.1f", f.all.p95, 7)
        << cell("%.2f", f.all.p95 / alike->seen.all.p95, 10) << cell("%.1f", raw->seen.all.p95 / f.all.p95, 8)
        << cell("%.2f", offline == nullptr ? std::nan("") : f.all.p95 / offline->seen.all.p95, 13)
        << cell("%.2f", f.fairness, 7) << cell("%.2f", fcfs->seen.fairness, 7)
        << cell("%.0f", static_cast<double>(f.late), 6) << cell("%.0f", static_cast<double>(fcfs->seen.late), 7)
        << "\n";
  }
}

} // namespace logos::bench
