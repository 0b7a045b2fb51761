# SPDX-License-Identifier: MIT
"""The section `reports` of bench/run: a PostgreSQL full of requests, and what reports, lists and appends take then."""
import datetime
import http.client
import json
import os
import random
import statistics
import subprocess
import time
import uuid

from programs import Gateway, Postgres, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
DAYS = 396
CHUNK = 200_000
FEW_ROWS = 10_000
REPEATS = 40
LEAST = 20  # of which are always made
LONGEST_S = 10  # of one query, all further repeats together
TARGET_MS = 300
GROUPS = ("", "process", "profile", "user", "service", "provider", "model", "day", "hour", "month", "result",
          "process,model", "user,month", "service,day", "model,day", "provider,result", "user,model", "week", "week,month",
          "service,week", "model,week", "usage_source", "model,usage_source", "process,usage_source",
          "usage_source,day")
# Of one key, profile, user, service, model or provider, and what is then told apart.
NARROWED = {
    "process": ("", "day", "week", "hour", "model", "model,day", "result,day", "usage_source"),
    "profile": ("", "day", "model,day"),
    "user": ("", "day", "week", "process,day", "model,day"),
    "service": ("", "day", "week", "model", "model,day"),
    "model": ("", "day", "week", "user", "process"),
    "provider": ("", "day", "week", "service", "model"),
    "process and model": ("day",),
    "user and model": ("day",),
}


def iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Books:
    """A database with `rows` requests, and a gateway on it."""

    def __init__(self, database, name, rows, options, folder):
        self.database, self.name, self.rows = database, name, rows
        self.build, self.folder = os.path.abspath(options.build), folder
        self.end = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        self.gateway = None
        self.url = database.new_database(name)

    def serve(self):
        self.gateway = Gateway(self.folder, self.build, {}, self.name, 1, self.url)
        self.key = self.gateway.root_key()
        wait_until("the gateway", lambda: self.ask("/admin/v1/processes?limit=1")[0] == 200)

    def fill(self):
        """Returns how long it took, in seconds."""
        with open(f"{HERE}/books_fill.sql") as f:
            self.database.script(self.name, f.read())
        # As if the gateway had been there all the time.
        self.database.script(self.name, f"select make_log_months(now() - interval '{DAYS} days', now())")
        with open(f"{HERE}/books_rows.sql") as f:
            text = f.read()
        start = time.monotonic()
        for first in range(0, self.rows, CHUNK):
            last = min(first + CHUNK, self.rows) - 1
            self.database.script(self.name, text.format(first=first, last=last, rows=self.rows, days=DAYS, end=self.end))
        taken = time.monotonic() - start
        self.database.script(self.name, "vacuum analyze")
        return taken

    def ask(self, path):
        c = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=120)
        start = time.perf_counter()
        c.request("GET", path, headers={"Authorization": f"Bearer {self.key}"})
        answer = c.getresponse()
        body = answer.read()
        return answer.status, (time.perf_counter() - start) * 1000, body

    def measure(self, paths):
        """p50 and p95 in milliseconds of GETs of the paths, in turn, and the size of the largest answer."""
        times, largest, start = [], 0, time.monotonic()
        for path in paths:
            status, took, body = self.ask(path)
            if status not in (200, 404):
                return {"p50_ms": took, "p95_ms": took, "failed": f"{status} {body[:200].decode(errors='replace')}"}
            times.append(took)
            largest = max(largest, len(body))
            if len(times) >= LEAST and time.monotonic() - start > LONGEST_S:
                break
        times.sort()
        return {"p50_ms": statistics.median(times), "p95_ms": times[-(-len(times) * 95 // 100) - 1],
                "bytes": largest, "times": len(times)}

    def run_tool(self, what, count, *others):
        """What logos_books_bench says of this database, and then of the others."""
        urls = [each.url for each in others]
        out = subprocess.run([f"{self.build}/bench/logos_books_bench", self.url, what, str(count), *urls], check=True,
                             capture_output=True, text=True, timeout=3600).stdout
        return [json.loads(line) for line in out.splitlines()]


def reports(end):
    """name → paths. Edges of ranges lie inside an hour, anywhere in the log, where a range is not open. As a console
    asks: for the first thousand groups. Exports are shown beside it, not judged."""
    chance = random.Random(5)
    ranges = {"13 months": 0, "a year": 365, "90 days": 90, "30 days": 30, "24 hours": 1}
    found = {}
    for group in GROUPS:
        for name, days in ranges.items():
            paths = []
            for _ in range(REPEATS):
                path = "/admin/v1/usage?limit=1000" + (f"&group_by={group}" if group else "")
                if days:
                    begin = end - datetime.timedelta(days=days + chance.random() * (DAYS - days))
                    path += f"&from={iso(begin)}&to={iso(begin + datetime.timedelta(days=days))}"
                paths.append(path)
            found[f"usage by {group or 'nothing'}, {name}"] = paths
    for narrowed, groups in NARROWED.items():
        for group in groups:
            for name, days in {"13 months": 0, "30 days": 30}.items():
                paths = []
                for _ in range(REPEATS):
                    path = "/admin/v1/usage?limit=1000" + "".join(some_of(each, chance) for each in narrowed.split(" and "))
                    path += f"&group_by={group}" if group else ""
                    if days:
                        begin = end - datetime.timedelta(days=days + chance.random() * (DAYS - days))
                        path += f"&from={iso(begin)}&to={iso(begin + datetime.timedelta(days=days))}"
                    paths.append(path)
                found[f"usage of a {narrowed} by {group or 'nothing'}, {name}"] = paths
    for group in ("process,model", "service,day", "model,day"):
        found[f"export: usage by {group}, 13 months"] = [f"/admin/v1/usage?group_by={group}"] * REPEATS
    return found


def some_of(entity, chance):
    """A filter for one of them, as books_fill.sql numbers them."""
    count = {"process": 2000, "profile": 2600, "user": 300, "service": 40, "provider": 8, "model": 50}[entity]
    return f"&{entity}_id={1001 + chance.randrange(count)}"


def lists(end):
    chance = random.Random(6)
    filters = {
        "": lambda: "",
        "process": lambda: f"&process_id={1001 + chance.randrange(2000)}",
        "profile": lambda: f"&profile_id={1001 + chance.randrange(2000)}",
        "provider": lambda: f"&provider_id={1001 + chance.randrange(8)}",
        "model": lambda: f"&model_id={1001 + chance.randrange(50)}",
        "result=timeout": lambda: "&result=timeout",
        "status=429": lambda: "&http_status=429",
        "status=504": lambda: "&http_status=504",
        "status=4xx": lambda: "&http_status=4xx",
        "status=5xx": lambda: "&http_status=5xx",
        "usage_source=partial": lambda: "&usage_source=partial",
        "usage_source=estimated": lambda: "&usage_source=estimated",
        "process and usage_source": lambda: some_of("process", chance) + "&usage_source=partial",
        "status=2xx": lambda: "&http_status=2xx",
        "service": lambda: some_of("service", chance),
        "process and status": lambda: some_of("process", chance) + "&http_status=504",
        "service and status": lambda: some_of("service", chance) + "&http_status=5xx",
        "result=success": lambda: "&result=success",
        "dataset": lambda: f"&dataset=dataset-{chance.randrange(20)}",
        "dataset that is not": lambda: "&dataset=none",
        "model that is not": lambda: "&model_id=999999",
        "process and model": lambda: f"&process_id={1001 + chance.randrange(2000)}&model_id={1001 + chance.randrange(50)}",
        "profile that is not": lambda: "&profile_id=999999",
        "provider that is not": lambda: "&provider_id=999999",
        "profile and provider": lambda: f"&profile_id={1001 + chance.randrange(2000)}&provider_id={1001 + chance.randrange(8)}",
        "process and result": lambda: f"&process_id={1001 + chance.randrange(2000)}&result=timeout",
        "provider and result": lambda: f"&provider_id={1001 + chance.randrange(8)}&result=client_gone",
        "a day": lambda: day(end, chance),
    }
    found = {}
    for name, make in filters.items():
        for place in ("first", "deep"):
            found[f"requests, {name or 'all'}, {place} page"] = [
                "/admin/v1/requests?limit=50" + make() + (deep(end, chance) if place == "deep" else "")
                for _ in range(REPEATS)]
    for name in ("", "process"):
        found[f"export: 10,000 requests as CSV, {name or 'all'}"] = [
            "/admin/v1/requests?limit=10000&format=csv" + filters[name]() for _ in range(REPEATS)]
    found["a request that is not"] = [f"/admin/v1/requests/{some_id(end, chance)}" for _ in range(REPEATS)]
    return found


def day(end, chance):
    begin = end - datetime.timedelta(days=1 + chance.random() * (DAYS - 2))
    return f"&from={iso(begin)}&to={iso(begin + datetime.timedelta(days=1))}"


def some_id(end, chance):
    made = end - datetime.timedelta(days=chance.random() * DAYS)
    ms = int(made.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)
    return uuid.UUID(int=(ms << 80) | (7 << 76) | (2 << 62) | chance.getrandbits(60))


def deep(end, chance):
    begin = end - datetime.timedelta(days=DAYS * (0.1 + 0.9 * chance.random()))
    return f"&cursor={iso(begin)}%7C{uuid.UUID(int=chance.getrandbits(128))}"


def run(options, folder, keep):
    """The whole section; returns its figures and (what, value, target, unit) to be judged."""
    database = keep(Postgres())
    database.set("max_wal_size", "4GB")
    books = {}
    for name, rows in (("few", FEW_ROWS), ("many", options.rows)):
        b = books[name] = Books(database, name, rows, options, folder)
        keep(Stopping(b))
        b.serve()
        took = b.fill()
        print(f"  {rows} rows made in {took:.0f} s", flush=True)
        b.settle_s = settle(b)
        # In a database that grew over months this has happened all along, and not while somebody looks.
        database.script(name, "vacuum analyze")
    figures = {"rows": options.rows, "queries": {}, "past": {}, "append": []}
    many, few = books["many"], books["few"]
    figures["megabytes"] = database.sizes("many")
    print("  MB: " + ", ".join(f"{table} {size}" for table, size in figures["megabytes"].items()))
    print(f"\nReports and lists over {options.rows} rows, and over {FEW_ROWS}\n"
          f"  {'':44}{'p50 ms':>9}{'p95 ms':>9}{'few: p95':>10}{'ratio':>8}{'KB':>8}")
    slow = []
    for name, paths in {**reports(many.end), **lists(many.end)}.items():
        if options.match and options.match not in name:
            continue
        m, f = many.measure(paths), few.measure(paths)
        figures["queries"][name] = {"many": m, "few": f}
        if "failed" in m or (m["p95_ms"] > TARGET_MS and not name.startswith("export")):
            slow.append(f"{name} ({m['p95_ms']:.0f} ms)")
        print(f"  {name:44}{m['p50_ms']:9.1f}{m['p95_ms']:9.1f}{f['p95_ms']:10.1f}{m['p95_ms'] / f['p95_ms']:8.1f}"
              f"{m.get('bytes', 0) / 1000:8.0f}" + ("  " + m["failed"] if "failed" in m else ""), flush=True)
    print(f"\nWhat a LEDGER reads\n  {'':44}{'p50 ms':>9}{'p95 ms':>9}")
    for each in many.run_tool("past", 20):
        figures["past"][each["what"]] = each
        print(f"  {each['what']:44}{each['p50_ms']:9.2f}{each['p95_ms']:9.2f}")
    print("\nAppending batches of 1000 rows, one here, one there; the first round warms up\n"
          f"  {'':44}{'rows/s':>9}{'p50 ms':>9}{'p95 ms':>9}")
    for _ in range(1 + options.rounds):
        got = dict(zip(("few", "many"), few.run_tool("append", 100, many)))
        for name, g in got.items():
            print(f"  {name:44}{g['rate']:9.0f}{g['p50_ms']:9.1f}{g['p95_ms']:9.1f}")
        figures["append"].append(got)
    ratios = [got["many"]["p50_ms"] / got["few"]["p50_ms"] for got in figures["append"][1:]]
    figures["removed"] = many.run_tool("remove", 20)[0]
    print(f"  removing 1000 old rows: p50 {figures['removed']['p50_ms']:.1f} ms, p95 {figures['removed']['p95_ms']:.1f} ms")
    worst = max(q["many"]["p95_ms"] for name, q in figures["queries"].items() if not name.startswith("export"))
    return figures, slow, [("slowest report or list, p95", worst, TARGET_MS, "ms"),
                           (f"a batch, at {options.rows} rows over {FEW_ROWS}", statistics.median(ratios), 1.1, "×")]


def settle(books):
    """Adds up what was noted of the rows, as KEEPER does in the background, in larger batches."""
    start = time.monotonic()
    while books.database.ask(books.name, "select 1 from usage_deltas limit 1"):
        books.run_tool("merge", 200_000)  # finds nothing to do while KEEPER is at it
        time.sleep(0.1)
    books.database.script(books.name, "vacuum analyze")
    took = time.monotonic() - start
    print(f"  its sums were up to date after {took:.0f} s", flush=True)
    return took


class Stopping:
    """Ends a gateway that may not have been started."""

    def __init__(self, books):
        self.books = books

    def end(self):
        if self.books.gateway:
            self.books.gateway.end()
