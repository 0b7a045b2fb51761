# SPDX-License-Identifier: MIT
"""The benchmark behind bench/run: loads nginx, HAProxy and the gateway in turn, prints CPU time as ratios to nginx."""
import argparse
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import reports
import scheduling_charts
from open_streams import OpenStreams
from programs import (Gateway, MODELS, Postgres, RULED_MODEL, free_port, start_haproxy, start_mocks, start_nginx, start_plain,
                      wait_until)

HERE = os.path.dirname(os.path.abspath(__file__))
SETTLE_S = 1.3  # rows are in the database within 1 s; that work is part of a request's price
MOST_REQUESTS = 2_000_000
SECTIONS = ("memory", "json", "rules", "stream", "paced", "latency", "idle", "cluster", "reports", "scheduling",
            "classification")
ALONE = ("reports", "scheduling", "classification")  # take minutes, and need none of the other programs: only where they are named


def chat(model, stream):
    messages = [{"role": "system", "content": "You are a helpful assistant."},
                {"role": "user", "content": "What is the capital of France, and why?"}]
    return json.dumps({"model": model, "messages": messages, **({"stream": True} if stream else {})},
                      separators=(",", ":"))


def path(stream):
    return "/stream/v1/chat/completions" if stream else "/v1/chat/completions"


class Bench:
    def __init__(self, options, folder):
        self.o = options
        self.folder = folder
        self.build = os.path.abspath(options.build)
        self.programs = []
        self.result = {"figures": {}, "targets": []}
        self.broken = 0

    # Starting.

    def keep(self, program):
        self.programs.append(program)
        return program

    def start(self):
        self.mocks = start_mocks(self.folder, self.build)
        for program, _ in self.mocks.values():
            self.keep(program)
        nginx, nginx_ports = start_nginx(self.folder, self.mocks)
        haproxy, haproxy_ports = start_haproxy(self.folder, self.mocks)
        self.keep(nginx), self.keep(haproxy)
        self.gateway = self.keep(Gateway(self.folder, self.build, self.mocks, threads=self.o.threads))
        self.key = self.gateway.new_key()
        self.limited_key = self.gateway.new_limited_key()
        self.ruled_key = self.gateway.new_ruled_key()
        wait_until("the keys", lambda: self.gateway.accepts(self.key) and self.gateway.accepts(self.limited_key) and
                   self.gateway.accepts(self.ruled_key, RULED_MODEL))
        # name → (program by model, port by model, does it know /stream/)
        self.proxies = {"nginx": (lambda m: nginx, nginx_ports, True), "haproxy": (lambda m: haproxy, haproxy_ports, False)}
        plain, plain_ports = {}, {}
        for m in MODELS:
            plain[m], plain_ports[m] = start_plain(self.folder, self.build, self.mocks, m, self.o.threads)
            self.keep(plain[m])
        self.proxies["plain"] = (plain.get, plain_ports, False)
        self.proxies["governed"] = (lambda m: self.gateway, {m: self.gateway.port for m in MODELS}, False)
        # The same with limits, a hard budget and prices, of the key alone and of all that may have some; measured where it
        # is said.
        self.limited = {"limited": self.proxies["governed"], "ruled": self.proxies["governed"]}

    def end(self):
        for program in reversed(self.programs):
            program.end()

    # One load.

    def url(self, name, model, stream):
        _, ports, has_stream = {**self.proxies, **self.limited}[name]
        return f"http://127.0.0.1:{ports[model]}{path(stream and has_stream)}"

    def wrk(self, url, model, stream, connections, seconds, key=None):
        env = {**os.environ, "BENCH_BODY": chat(model, stream), "BENCH_KEY": key or self.key,
               "BENCH_COUNT": str(MOST_REQUESTS)}
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s",
                              f"{HERE}/post.lua", url], env=env, capture_output=True, text=True, timeout=seconds + 60)
        lines = [line for line in out.stdout.splitlines() if line.startswith("BENCH ")]
        if not lines:
            raise RuntimeError(f"wrk failed: {out.stdout}{out.stderr}")
        got = json.loads(lines[0][6:])
        if got["requests"] == 0 or got["not_200"] or got["broken"]:
            self.broken += 1
            print(f"  ✗ {url}: {got['not_200']} answers were not 200, {got['broken']} connections broke")
        return got

    def load(self, programs, url, model, stream, connections, key=None):
        """CPU microseconds per request of `programs`, from their own accounting."""
        before = sum(p.cpu_s() for p in programs)
        got = self.wrk(url, model, stream, connections, self.o.seconds, key)
        self.settle(programs)
        cpu = sum(p.cpu_s() for p in programs) - before
        got["cpu_us"] = cpu * 1e6 / max(got["requests"], 1)
        return got

    def settle(self, programs):
        """Until all that the load has caused is done, so that none of it is charged to the next one."""
        time.sleep(SETTLE_S)
        if self.gateway not in programs:
            return
        with sqlite3.connect(os.path.join(self.gateway.data, "logos.db"), timeout=10) as db:
            wait_until("sums of all rows", lambda: not db.execute("select exists(select 1 from usage_unmerged)").fetchone()[0], 60)

    def rounds(self, title, model, stream, connections, more=None):
        """Every proxy in turn, several times; figures are medians, ratios are taken within a round."""
        proxies = {**self.proxies, **(more or {})}
        keys = {"limited": self.limited_key, "ruled": self.ruled_key}
        asked = {name: RULED_MODEL if name == "ruled" else model for name in proxies}
        for name in proxies:
            self.wrk(self.url(name, model, stream), asked[name], stream, connections, 1, keys.get(name))
        self.settle([self.gateway])
        seen = {name: [] for name in proxies}
        for _ in range(self.o.rounds):
            for name, (program, _, _) in proxies.items():
                seen[name].append(self.load([program(model)], self.url(name, model, stream), asked[name], stream,
                                            connections, keys.get(name)))
        print(f"\n{title}\n  {'':10}{'CPU µs/request':>16}{'× nginx':>10}{'requests/s':>12}")
        figures = {}
        for name, all_of in seen.items():
            ratio = statistics.median(a["cpu_us"] / n["cpu_us"] for a, n in zip(all_of, seen["nginx"]))
            cpu = statistics.median(a["cpu_us"] for a in all_of)
            rate = statistics.median(a["requests"] * 1e6 / a["duration_us"] for a in all_of)
            figures[name] = {"cpu_us": round(cpu, 2), "ratio": round(ratio, 3), "rate": round(rate)}
            print(f"  {name:10}{cpu:16.1f}{ratio:10.2f}{rate:12.0f}")
        figures["governed_minus_plain"] = round(
            statistics.median((g["cpu_us"] - p["cpu_us"]) / n["cpu_us"]
                              for g, p, n in zip(seen["governed"], seen["plain"], seen["nginx"])), 3)
        figures["requests_governed"] = sum(a["requests"] for name in ("governed", *self.limited) for a in seen.get(name, ()))
        for name in self.limited:
            if name in seen:
                figures[f"{name}_over_governed"] = round(
                    statistics.median(a["cpu_us"] / g["cpu_us"] for a, g in zip(seen[name], seen["governed"])), 3)
        return figures

    def judge_rules(self, what, figures):
        self.judge(f"{what}: limits, a hard budget and prices of the key, over governed", figures["limited_over_governed"], 1.1)
        self.judge(f"{what}: the same on key, profile, user, service and model at once, over governed",
                   figures["ruled_over_governed"], 1.1)

    def judge(self, what, value, target, aim=None, unit="×"):
        met = value <= target
        self.result["targets"].append({"what": what, "value": round(value, 3), "target": target, "met": met})
        aimed = f", aim {aim} {unit}: {'met' if value <= aim else 'missed'}" if aim is not None else ""
        print(f"  {'met   ' if met else 'MISSED'} {what}: {value:.2f} {unit} (target {target} {unit}{aimed})")

    # The sections.

    def json(self):
        before = self.rows_when_written()
        f = self.result["figures"]["json"] = self.rounds("JSON, 400-byte answers, 32 connections", "burst", False, 32,
                                                           self.limited)
        self.judge("governed JSON", f["governed"]["ratio"], 2.5, 1.5)
        self.judge("governed minus plain", f["governed_minus_plain"], 0.8, 0.4)
        self.judge_rules("JSON", f)
        rows, good = (b - a for a, b in zip(before, self.rows_when_written()))
        # wrk does not wait for what is under way when its time is up: those rows are 499 or more 200s than it counted.
        f["rows"], f["rows_200"] = rows, good
        print(f"  {rows} rows written for {f['requests_governed']} answers in the rounds and those of the warm-up, "
              f"{good} with status 200")
        if good < f["requests_governed"]:
            self.broken += 1
            print("  ✗ rows are missing")

    def rows_when_written(self):
        with sqlite3.connect(os.path.join(self.gateway.data, "logos.db"), timeout=10) as db:
            count = "select count(*), count(*) filter (where http_status = 200) from log_entry"
            last = db.execute(count).fetchone()
            for _ in range(40):
                time.sleep(SETTLE_S)
                now = db.execute(count).fetchone()
                if now == last:
                    return now
                last = now
        return last

    def stream(self):
        f = self.result["figures"]["stream"] = self.rounds(
            "Streams of 64 chunks sent at once, 32 connections", "burst", True, 32, self.limited)
        self.judge("governed 64-chunk stream, at once", f["governed"]["ratio"], 2.0)
        self.judge_rules("streams", f)

    def rules(self):
        """What limits and budgets cost, in short slices in turn: a machine whose speed drifts does so within a round."""
        slices = {"governed": [], **{name: [] for name in self.limited}}
        keys = {"limited": self.limited_key, "ruled": self.ruled_key}
        for at in range(8 * self.o.rounds + 1):
            for name in sorted(slices, key=lambda n: (at % 2 == 1) ^ (n == "governed")):
                model = RULED_MODEL if name == "ruled" else "burst"
                got = self.load([self.gateway], self.url(name, "burst", False), model, False, 32, keys.get(name))
                if at:  # the first ones warm up
                    slices[name].append(got["cpu_us"])
        print(f"\nLimits and budgets, in {len(slices['governed'])} slices each, JSON")
        figures = self.result["figures"]["rules"] = {"governed_cpu_us": round(statistics.median(slices["governed"]), 2)}
        chance = random.Random(1)
        for name in self.limited:
            pairs = list(zip(slices[name], slices["governed"]))

            def over(chosen):
                return statistics.median(a / b for a, b in chosen)

            drawn = sorted(over(chance.choices(pairs, k=len(pairs))) for _ in range(2000))
            figures[f"{name}_over_governed"], figures[f"{name}_between"] = over(pairs), [drawn[50], drawn[1949]]
            print(f"  {name:10}{statistics.median(slices[name]):8.1f} µs CPU a request; governed "
                  f"{figures['governed_cpu_us']:.1f}; median of the ratios {over(pairs):.3f}, "
                  f"95 % of resamples {drawn[50]:.3f} to {drawn[1949]:.3f}")
        self.judge_rules("JSON, in slices", figures)

    def paced(self):
        f = self.result["figures"]["paced"] = self.rounds(
            f"Streams of 64 chunks {MODELS['paced']} ms apart, 256 connections", "paced", True, 256)
        self.judge("governed 64-chunk stream, paced", f["governed"]["ratio"], 2.0)

    def latency(self):
        seen = {name: [] for name in ("direct", *self.proxies)}
        for _ in range(self.o.rounds * 2):
            for name in seen:
                url = (f"http://127.0.0.1:{self.mocks['burst'][1]}{path(False)}" if name == "direct"
                       else self.url(name, "burst", False))
                seen[name].append(self.wrk(url, "burst", False, 1, self.o.seconds))
        print(f"\nAdded latency at one connection\n  {'':10}{'p50 µs':>10}{'p99 µs':>10}")
        figures = self.result["figures"]["latency"] = {}
        for name in self.proxies:
            p50, p99 = (statistics.median(a[p] - d[p] for a, d in zip(seen[name], seen["direct"]))
                        for p in ("p50_us", "p99_us"))
            figures[name] = {"added_p50_us": p50, "added_p99_us": p99}
            print(f"  {name:10}{p50:10.0f}{p99:10.0f}")
        self.judge("governed, added p99", figures["governed"]["added_p99_us"], 300, unit="µs")

    def memory(self):
        count = self.o.streams
        print(f"\nMemory per open stream, {count} open\n  {'':10}{'KiB':>10}")
        figures = self.result["figures"]["memory"] = {}
        for name, (program, ports, _) in self.proxies.items():
            self.wrk(self.url(name, "burst", True), "burst", True, 32, 1)
            time.sleep(SETTLE_S)
            before = program("held").rss_bytes()
            with OpenStreams(ports["held"], self.url(name, "held", True), self.key, chat("held", True), count):
                figures[name] = (program("held").rss_bytes() - before) / count / 1024
            print(f"  {name:10}{figures[name]:10.1f}")
            time.sleep(SETTLE_S)
        self.judge("governed, memory per stream", figures["governed"], 32, unit="KiB")

    def idle(self):
        time.sleep(2)
        before, start = self.gateway.cpu_s(), time.monotonic()
        time.sleep(10)
        percent = (self.gateway.cpu_s() - before) / (time.monotonic() - start) * 100
        self.result["figures"]["idle_percent"] = percent
        print("\nIdle for 10 s")
        self.judge("idle CPU", percent, 1, unit="% of a core")

    def cluster(self):
        database = self.keep(Postgres())
        nodes = {}
        for name in ("node-a", "node-b"):
            section = {"name": "bench", "node": name, "listen": f"127.0.0.1:{free_port()}"}
            nodes[name] = self.keep(Gateway(self.folder, self.build, self.mocks, name, self.o.threads, database.url, section))
        first = nodes["node-a"]
        key = first.new_key()
        wait_until("the key on both nodes", lambda: all(n.accepts(key) for n in nodes.values()))
        owner = None

        def settled():
            nonlocal owner
            owner = first.owner_of("burst")
            return owner in nodes

        wait_until("the provider's owner", settled)
        time.sleep(3)
        owner = first.owner_of("burst")
        other = next(n for n in nodes if n != owner)
        both = list(nodes.values())
        seen = {"local": [], "other": []}
        slow = {"local": [], "other": []}
        ports = {"local": nodes[owner].port, "other": nodes[other].port}
        urls = {name: f"http://127.0.0.1:{port}{path(False)}" for name, port in ports.items()}
        for name, url in urls.items():
            self.wrk(url, "burst", False, 32, 1, key)
        for _ in range(self.o.rounds):
            for name, url in urls.items():
                seen[name].append(self.load(both, url, "burst", False, 32, key))
            for name, url in urls.items():
                slow[name].append(self.wrk(url, "burst", False, 1, self.o.seconds, key))
        cpu = {n: statistics.median(a["cpu_us"] for a in all_of) for n, all_of in seen.items()}
        ratio = statistics.median(o["cpu_us"] / l["cpu_us"] for o, l in zip(seen["other"], seen["local"]))
        p99 = {n: statistics.median(a["p99_us"] for a in all_of) for n, all_of in slow.items()}
        more_ms = statistics.median(o["p99_us"] - l["p99_us"] for o, l in zip(slow["other"], slow["local"])) / 1000
        print(f"\nTwo nodes on PostgreSQL, JSON; CPU of both nodes (the provider's SCHEDULER is on {owner})\n"
              f"  {'':10}{'CPU µs/request':>16}{'p99 µs at one connection':>26}")
        for n in urls:
            print(f"  {n:10}{cpu[n]:16.1f}{p99[n]:26.0f}")
        self.result["figures"]["cluster"] = {"cpu_us": cpu, "ratio": ratio, "p99_us": p99, "more_p99_ms": more_ms}
        self.judge("admitted by the other node", ratio, 1.6)
        self.judge("admitted by the other node, more p99", more_ms, 1, unit="ms")
        time.sleep(SETTLE_S)
        rows, good = database.rows()
        self.result["figures"]["cluster"]["rows"] = [rows, good]
        print(f"  {rows} rows written, {good} with status 200")

    def reports(self):
        print("\nReports, lists and appends on PostgreSQL")
        figures, slow, targets = reports.run(self.o, self.folder, self.keep)
        self.result["figures"]["reports"] = figures
        for what, value, target, unit in targets:
            self.judge(what, value, target, unit=unit)
        if slow:
            print("  over the target: " + "; ".join(slow))

    def scheduling(self):
        self.result["figures"]["scheduling"] = scheduling_charts.run(self.o)

    def classification(self):
        print("\nWhat results teach about the choice of a model", flush=True)
        subprocess.run([os.path.join(self.build, "bench/classification/logos_classification_bench"), "--prompts",
                        os.path.join(HERE, "classification/data/prompts.tsv"), *(["--seeds", "2"] if self.o.quick else [])],
                       check=True)


def parse():
    p = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    p.add_argument("--quick", action="store_true", help="one short round: to see that it works, not to compare by")
    p.add_argument("--only", metavar="NAME[,NAME]", help="of: " + ", ".join(SECTIONS))
    p.add_argument("--rounds", type=int, metavar="N", help="rounds of every load (3)")
    p.add_argument("--seconds", type=int, metavar="N", help="length of one load (4)")
    p.add_argument("--threads", type=int, default=1, metavar="N", help="the gateway's I/O threads; nginx has one worker (1)")
    p.add_argument("--rows", type=int, default=10_000_000, metavar="N", help="rows of the section reports (10000000)")
    p.add_argument("--match", metavar="TEXT", help="of the sections reports and scheduling, only what has this in its name")
    p.add_argument("--build", default="build/bench", help=argparse.SUPPRESS)
    o = p.parse_args()
    o.rounds = o.rounds or (1 if o.quick else 3)
    o.seconds = o.seconds or (2 if o.quick else 4)
    o.streams = 1000 if o.quick else 5000
    o.only = o.only.split(",") if o.only else [s for s in SECTIONS if s not in ALONE]
    if unknown := [n for n in o.only if n not in SECTIONS]:
        p.error(f"unknown: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return o


def main():
    options = parse()
    folder = tempfile.mkdtemp(prefix="logos-bench-")
    bench = Bench(options, folder)
    failed = True
    try:
        if any(s not in ALONE for s in options.only):
            bench.start()
        for section in SECTIONS:
            if section in options.only:
                getattr(bench, section)()
        failed = bench.broken > 0
    finally:
        bench.end()
        if failed and os.environ.get("LOGOS_BENCH_KEEP"):
            print(f"Logs are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    os.makedirs("build/bench", exist_ok=True)
    with open("build/bench/result.json", "w") as f:
        json.dump(bench.result, f, indent=1)
    missed = sum(not t["met"] for t in bench.result["targets"])
    print(f"\n{len(bench.result['targets']) - missed} targets met, {missed} missed"
          + (f"; {bench.broken} loads had answers other than 200" if bench.broken else "") + " · build/bench/result.json")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
