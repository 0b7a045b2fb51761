// SPDX-License-Identifier: MIT
#include "commands/replay.hpp"

#include "replay/charts.hpp"
#include "replay/comparison.hpp"
#include "replay/report.hpp"
#include "replay/session.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>
#include <memory>
#include <unistd.h>

namespace logos::commands {
namespace {

using core::ec;
using core::failure;

constexpr std::string_view charts_need = "gnuplot is missing (apt-get install gnuplot-nox)";

/// The options as they were typed.
struct typed {
  std::string workload{};
  std::string api_base = "http://localhost:8080";
  std::string key{};
  std::string ca_file{};
  std::string output = "api_benchmark.csv";
  double slo_ms = 10'000;
  double timeout_s = 1200;
  double time_scale = 1;
  std::vector<std::string> compared{};
};

int complain(const failure& why, int code) {
  std::cerr << "logos replay: " << why.message << '\n';
  return code;
}

std::string name_of(const std::string& stem) { return std::filesystem::path{stem}.filename().string(); }

/// Draws all, and says what was drawn; 1 when a chart cannot be drawn.
int draw_all(const std::string& stem, const std::vector<replay::chart>& charts) {
  if (!replay::has_gnuplot()) {
    std::cerr << "logos replay: no charts: " << charts_need << '\n';
    return 0;
  }
  for (const auto& c : charts)
    if (const auto drawn = replay::draw(stem, c); !drawn) return complain(drawn.error(), 1);
  std::cout << "charts: " << stem << "*.png and .svg\n";
  return 0;
}

/// Writes what a run brought; 1 when that fails.
int write_run(const typed& t, const std::vector<replay::planned_request>& plan, const replay::harvest& got) {
  const auto stem = replay::stem_of(t.output);
  std::vector<replay::detail> rows;
  replay::chart_facts facts{.title = name_of(t.workload), .latency_slo_ms = t.slo_ms};
  for (const auto& o : got.outcomes) {
    rows.push_back(replay::detail_of(plan[o.row], o));
    facts.sent_s.push_back(std::chrono::duration<double>{o.began}.count());
    facts.ended_s.push_back(std::chrono::duration<double>{o.began + o.took}.count());
  }
  const auto metrics = replay::summarize(rows, t.slo_ms);
  const std::vector<std::pair<std::string, std::string>> files{
      {stem + "_summary.csv", replay::summary_csv(metrics)},
      {stem + "_detailed.csv", replay::detailed_csv(rows)},
      {stem + "_more.csv", replay::more_csv(plan, got.outcomes)}};
  for (const auto& [file, text] : files)
    if (const auto written = replay::write_file(file, text); !written) return complain(written.error(), 1);
  std::cout << replay::summary_table(metrics);
  for (const auto& [file, text] : files)
    std::cout << file << '\n';
  return draw_all(stem + "_detailed", replay::charts_of(rows, facts));
}

int run_workload(const typed& t) {
  if (t.workload.empty()) return complain({ec::bad_field, "--workload FILE.csv is missing (or --compare A B)"}, 2);
  if (t.key.empty()) return complain({ec::bad_field, "--logos-key KEY is missing (or LOGOS_KEY)"}, 2);
  const auto text = replay::read_file(t.workload);
  if (!text) return complain(text.error(), 2);
  const auto plan = replay::read_workload(*text);
  if (!plan) return complain({ec::bad_field, t.workload + ": " + plan.error().message}, 2);
  if (plan->empty()) return complain({ec::bad_field, t.workload + ": there is no request below the header"}, 2);
  const auto to = replay::parse_gateway(t.api_base, t.key, t.ca_file);
  if (!to) return complain(to.error(), 2);
  // A run may take an hour: what would fail at its end fails now.
  if (const auto made = replay::make_folder(replay::stem_of(t.output)); !made) return complain(made.error(), 1);
  if (!replay::has_gnuplot()) std::cerr << "logos replay: there will be no charts: " << charts_need << '\n';

  replay::progress told{std::cerr, ::isatty(STDERR_FILENO) == 1};
  told.say(std::to_string(plan->size()) + " requests from " + t.workload + " to " + to->url);
  const replay::pace at{.time_scale = t.time_scale,
                        .timeout = std::chrono::milliseconds{static_cast<std::int64_t>(t.timeout_s * 1000)}};
  const auto got = replay::run_session(*to, *plan, at, told);
  if (!got) return complain(got.error(), got.error().code == ec::wrong_key ? 2 : 1);
  const auto missing =
      std::to_string(got->outcomes.size() - got->found_rows) + " of " + std::to_string(got->outcomes.size());
  told.say(std::to_string(got->outcomes.size()) + " of " + std::to_string(plan->size()) + " requests sent, " +
           std::to_string(got->found_rows) + " found in the gateway's log");
  if (!got->shortfall.empty())
    told.say(
        "the log's columns (ttft, tpot, tokens, total_latency, queue_wait, processing, provider, model) stay empty "
        "for " +
        missing + " requests: " + got->shortfall);
  const int code = write_run(t, *plan, *got);
  if (!got->interrupted) return code;
  std::cerr << "logos replay: interrupted: " << got->outcomes.size() << " of " << plan->size()
            << " requests were sent; what there is was written\n";
  return 1;
}

/// A run that was written before. `P`, `P.csv`, `P_summary.csv` and `P_detailed.csv` all name it.
struct written_run {
  std::string name{};
  std::vector<replay::metric> metrics{};
  std::vector<replay::detail> rows{};
};

boost::system::result<written_run, failure> read_run(std::string_view output) {
  auto stem = replay::stem_of(output);
  for (const std::string_view ending : {"_summary", "_detailed"})
    if (stem.ends_with(ending)) stem.resize(stem.size() - ending.size());
  written_run r{.name = name_of(stem)};
  const auto summary = replay::read_file(stem + "_summary.csv");
  if (!summary) return summary.error();
  auto metrics = replay::read_summary(*summary);
  if (!metrics) return failure{ec::bad_field, stem + "_summary.csv: " + metrics.error().message};
  const auto detailed = replay::read_file(stem + "_detailed.csv");
  if (!detailed) return detailed.error();
  auto rows = replay::read_detailed(*detailed);
  if (!rows) return failure{ec::bad_field, stem + "_detailed.csv: " + rows.error().message};
  r.metrics = std::move(*metrics);
  r.rows = std::move(*rows);
  return r;
}

int compare_runs(const typed& t, bool write) {
  auto a = read_run(t.compared[0]);
  if (!a) return complain(a.error(), 2);
  auto b = read_run(t.compared[1]);
  if (!b) return complain(b.error(), 2);
  if (a->name == b->name) {
    a->name = t.compared[0];
    b->name = t.compared[1];
  }
  const auto differences = replay::compare(a->metrics, b->metrics);
  std::cout << replay::comparison_table(a->name, b->name, differences);
  if (!write) return 0;
  const auto stem = replay::stem_of(t.output);
  if (const auto made = replay::make_folder(stem); !made) return complain(made.error(), 1);
  const auto file = stem + "_compare.csv";
  if (const auto written = replay::write_file(file, replay::comparison_csv(differences)); !written)
    return complain(written.error(), 1);
  std::cout << file << '\n';
  return draw_all(stem, replay::charts_of_both(a->name, a->rows, b->name, b->rows));
}

} // namespace

void add_replay(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("replay", "Send a workload to a gateway at its times, and report how it went");
  const auto t = std::make_shared<typed>();
  command->add_option("--workload", t->workload,
                      "CSV with the columns request_id, arrival_offset (ms), mode, priority, body_json");
  command->add_option("--api-base", t->api_base, "The gateway")->capture_default_str();
  command->add_option("--logos-key", t->key, "A key; without it, the variable LOGOS_KEY")->envname("LOGOS_KEY");
  command->add_option("--ca-file", t->ca_file, "PEM file with who vouches for an https gateway")
      ->check(CLI::ExistingFile);
  auto* output =
      command->add_option("--output", t->output, "Where to write: P_summary.csv, P_detailed.csv, P*.png, P*.svg")
          ->capture_default_str();
  command->add_option("--latency-slo-ms", t->slo_ms, "Total latency that counts as attained")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--request-timeout-s", t->timeout_s, "The longest that one request may take")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  command
      ->add_option("--time-scale", t->time_scale,
                   "Send so many times faster than the offsets say (for a provider that does: simulate --time-scale)")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  command->add_option("--compare", t->compared, "Two runs that were written before (their --output), beside each other")
      ->expected(2)
      ->excludes("--workload");
  command->footer(
      "Charts need gnuplot (gnuplot-nox); without it everything else is written. Exit code: 0, also when "
      "requests failed; 1 when interrupted, when the gateway cannot be reached or a file cannot be written; "
      "2 for bad usage, a bad workload or a key that the gateway does not know.");
  command->callback([t, output, &exit_code] {
    exit_code = t->compared.empty() ? run_workload(*t) : compare_runs(*t, output->count() > 0);
  });
}

} // namespace logos::commands
