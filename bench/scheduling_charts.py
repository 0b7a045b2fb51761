# SPDX-License-Identifier: MIT
"""The section `scheduling` of bench/run: runs logos_scheduling_bench and draws what it wrote, with gnuplot."""
import json
import os
import re
import subprocess

TERMINALS = {"png": "pngcairo size {w},{h} font 'sans,10'", "svg": "svg size {w},{h} font 'sans,10' background 'white'"}
COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377")


def plot(path, width, height, blocks, commands):
    """Writes `path`.png and .svg. `blocks`: name → lines of numbers."""
    data = "".join(f"${name} << EOD\n" + "\n".join(lines) + "\nEOD\n" for name, lines in blocks.items())
    for kind, terminal in TERMINALS.items():
        text = f"set terminal {terminal.format(w=width, h=height)}\nset output {quoted(path + '.' + kind)}\n{data}{commands}\n"
        subprocess.run(["gnuplot"], input=text, text=True, check=True, timeout=60)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def title_of(workload):
    return f"{workload['name']}, seed {workload['seed']}"


def draw_waits(workload, path):
    """How many requests have had their first token after which time."""
    blocks, lines = {}, []
    for i, policy in enumerate(workload["policies"]):
        points = [f"{max(s, 0.01):.3f} {p}" for p, s in enumerate(policy["percentiles_s"]) if s is not None]
        if not points:
            continue
        blocks[f"p{i}"] = points
        dash = 2 if policy["offline"] else 1
        lines.append(f"$p{i} with lines lw 2 dt {dash} title {quoted(policy['name'])}")
    plot(path, 900, 560, blocks,
         f"set title {quoted('Time to the first token: ' + title_of(workload))} noenhanced\nset logscale x\nset grid\n"
         "set xlabel 'seconds'\nset ylabel 'requests, %'\nset yrange [0:100]\nset key outside right noenhanced\n"
         "plot " + ", ".join(lines))


def draw_residences(workload, path):
    """Which model was in memory when: one lane per policy and model, loads pale."""
    count, commands, tics = len(workload["models"]), [], []
    lanes = len(workload["policies"]) * (count + 1)
    end = max((p["makespan_s"] for p in workload["policies"]), default=1)
    number = 1
    for i, policy in enumerate(workload["policies"]):
        tics.append(f"{quoted(policy['name'])} {lanes - i * (count + 1) - count / 2:.1f}")
        for r in policy["residences"]:
            lane = lanes - i * (count + 1) - r["model"]
            ready, gone = r["ready_s"] or end, r["gone_s"] or policy["makespan_s"]
            for begin, stop, alpha in ((r["load_s"], ready, 0.3), (ready, gone, 1)):
                if stop > begin:
                    commands.append(f"set object {number} rectangle from {begin:.2f},{lane - 0.9} to {stop:.2f},{lane - 0.1} "
                                    f"fc rgb '{COLOURS[r['model'] % len(COLOURS)]}' fs solid {alpha} noborder")
                    number += 1
    keys = ", ".join(f"NaN with lines lw 8 lc rgb '{COLOURS[m % len(COLOURS)]}' title {quoted(name)}"
                     for m, name in enumerate(workload["models"]))
    plot(path, 1200, 90 + 18 * lanes, {}, "\n".join(commands) +
         f"\nset title {quoted('Models in memory: ' + title_of(workload))} noenhanced\nset xrange [0:{end:.1f}]\n"
         f"set yrange [0:{lanes}]\nset ytics ({', '.join(tics)}) noenhanced\nset xlabel 'seconds'\n"
         f"set key outside bottom horizontal noenhanced\nset grid xtics\nplot {keys}")


def draw(workloads, folder):
    os.makedirs(folder, exist_ok=True)
    for workload in workloads:
        stem = re.sub(r"[^a-z0-9]+", "-", title_of(workload).lower()).strip("-")
        draw_waits(workload, os.path.join(folder, stem + "-waits"))
        draw_residences(workload, os.path.join(folder, stem + "-residence"))


def run(options):
    """The whole section; returns what goes into result.json."""
    result = "build/bench/scheduling.json"
    command = [f"{options.build}/bench/scheduling/logos_scheduling_bench", "--json", result,
               "--iterations", "1500" if options.quick else "24000", "--held-out", "0" if options.quick else "1"]
    if options.match:
        command += ["--match", options.match]
    subprocess.run(command, check=True)
    with open(result) as f:
        workloads = json.load(f)["workloads"]
    draw(workloads, "build/bench/scheduling")
    print(f"\n{result}; charts in build/bench/scheduling")
    return [{"name": w["name"], "seed": w["seed"],
             "p95_s": {p["name"]: p["ttft"]["p95_s"] for p in w["policies"]}} for w in workloads]
