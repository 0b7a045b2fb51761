// SPDX-License-Identifier: MIT
#include "bench/scheduling/report.hpp"
#include "core/error.hpp"

#include <cmath>
#include <ostream>

namespace logos::bench {
namespace {

void number(std::ostream& out, double value) {
  if (std::isfinite(value))
    out << value;
  else
    out << "null";
}

void list(std::ostream& out, const std::vector<double>& values) {
  out << '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out << ',';
    number(out, values[i]);
  }
  out << ']';
}

void field(std::ostream& out, const char* name, double value) {
  out << ",\"" << name << "\":";
  number(out, value);
}

void field(std::ostream& out, const char* name, const quantiles& q) {
  out << ",\"" << name << "\":{\"count\":" << q.count;
  field(out, "p50_s", q.p50);
  field(out, "p95_s", q.p95);
  field(out, "p99_s", q.p99);
  field(out, "mean_s", q.mean);
  out << '}';
}

void write(std::ostream& out, const outcome& o) {
  const auto& f = o.seen;
  out << "{\"name\":" << core::json_string(o.name) << ",\"offline\":" << (o.offline ? "true" : "false");
  field(out, "ttft", f.all);
  field(out, "ttft_low", f.low);
  field(out, "ttft_mid", f.normal);
  field(out, "ttft_high", f.high);
  field(out, "ttft_interactive", f.interactive);
  field(out, "ttft_batch", f.batch);
  out << ",\"finished\":" << f.finished << ",\"refused\":" << f.refused << ",\"late\":" << f.late
      << ",\"loads\":" << f.loads;
  field(out, "makespan_s", f.makespan_s);
  field(out, "waiting_s", f.waiting_s);
  field(out, "idle_s", f.idle_s);
  field(out, "held_back_slot_s", f.held_back_s);
  field(out, "jain", f.fairness);
  out << ",\"percentiles_s\":";
  list(out, f.curve);
  out << ",\"search_p95_s\":";
  list(out, o.course);
  out << ",\"residences\":[";
  for (std::size_t i = 0; i < o.residences.size(); ++i) {
    const auto& r = o.residences[i];
    const auto at = [](instant t) { return t == never ? std::nan("") : to_seconds(t - instant{}); };
    out << (i > 0 ? "," : "") << "{\"model\":" << r.model << ",\"served\":" << r.served;
    field(out, "load_s", at(r.load_began));
    field(out, "ready_s", at(r.ready));
    field(out, "gone_s", at(r.gone));
    out << '}';
  }
  out << "]}";
}

} // namespace

void write_json(std::ostream& out, const std::vector<comparison>& all) {
  out << "{\"workloads\":[";
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& c = all[i];
    out << (i > 0 ? ",\n" : "\n") << "{\"name\":" << core::json_string(c.what.name) << ",\"seed\":" << c.seed
        << ",\"held_out\":" << (c.held_out ? "true" : "false") << ",\"requests\":" << c.what.jobs.size();
    field(out, "least_p95_s", c.least_p95.value_or(std::nan("")));
    field(out, "least_high_p95_s", c.least_high_p95.value_or(std::nan("")));
    out << ",\"models\":[";
    for (std::size_t m = 0; m < c.what.server.models.size(); ++m)
      out << (m > 0 ? "," : "") << core::json_string(c.what.server.models[m].name);
    out << "],\"policies\":[";
    for (std::size_t o = 0; o < c.outcomes.size(); ++o) {
      out << (o > 0 ? ",\n " : "\n ");
      write(out, c.outcomes[o]);
    }
    out << "]}";
  }
  out << "\n]}\n";
}

} // namespace logos::bench
