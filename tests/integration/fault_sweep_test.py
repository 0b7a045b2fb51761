# SPDX-License-Identifier: MIT
"""Kills the gateway at every point that `logos version --fault-points` lists, starts it again, and looks at what is left:
no hold, each request at most once in the books and at what the provider counted, and every budget at the sum of its rows.

Only builds with LOGOS_FAULT_POINTS (the presets dev and asan) have such points. INTEGRATION_FAULT_SWEEP=all tries all of
them with PostgreSQL and in a cluster, too; by default these are a few. It may also name points, which are tried then."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import signal
import subprocess
import time

import pytest

import cascade_test
from cascade_test import scholar  # noqa: F401
from cluster_test import Pair, with_budget
from fault_money_test import Crowd, Street, check
from support import programs
from support.books import Books
from support.programs import SLOWNESS, eventually, run_logos

# The pass at which to die, where it is not the first: something shall have happened before, and something be under way.
REQUESTS = {"ingress.claimed": 6, "ingress.ruled": 6, "ingress.permitted": 5, "executor.begun": 7, "provider.sent": 9,
            "relay.first_byte": 4, "relay.written": 3, "relay.ended": 5, "books.marked": 3, "books.usage_known": 6,
            "books.row_appended": 8, "books.settled": 5, "books.refused": 2, "permit.released": 4, "ledger.reserved": 7,
            "ledger.ruled": 6, "ledger.settled": 5, "journal.encoded": 11}
# What is kept, with or without requests.
KEEPING = {"ledger.past_read": 1, "journal.synced": 2, "journal.forgotten": 1, "scribe.batch_read": 2,
           "store.rows_inserted": 2, "scribe.batch_committed": 2, "audit.appended": 2, "admin.committed": 3,
           "admin.in_force": 3}
IN_A_CASCADE = {"books.dropped": 1}
START = {"schema.step_applied": 3, "start.migrated": 1, "start.root_made": 1}
OF_THE_KEEPER = {"ledger.reports_awaited": 1, "ledger.report_taken": 1, "ledger.past_read": 1, "ledger.reserved": 9,
                 "ledger.ruled": 8, "ledger.settled": 7}
OF_ANOTHER_NODE = {"teller.reported": 1, "teller.ruling_passed": 8, "teller.settlement_kept": 6, "executor.begun": 8}

WITH_POSTGRESQL = ("executor.begun", "books.row_appended", "ledger.past_read", "store.rows_inserted",
                   "scribe.batch_committed", "admin.committed")
IN_A_CLUSTER = ("ledger.report_taken", "teller.settlement_kept")
WANTED = os.environ.get("INTEGRATION_FAULT_SWEEP", "").split()
CROWD = 40
RICH = "100000"
LIMIT = 3


def chosen(points, by_default):
    """Those that are to be tried, with their passes."""
    if WANTED and WANTED != ["all"]:
        by_default = WANTED
    return {p: n for p, n in points.items() if WANTED == ["all"] or p in by_default}


def listed():
    """Every point of this build; nothing when it has none."""
    done = subprocess.run([programs.LOGOS, "version", "--fault-points"], capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else []


POINTS = listed()
pytestmark = pytest.mark.skipif(not POINTS, reason="this build has no fault points: use the preset dev or asan")


def order(point, number):
    return {"LOGOS_FAULT_POINT": f"{point}:{number}"}


def is_killed(program):
    """Waits for its end, which must be the one that was ordered."""
    eventually(lambda: not program.running, 10, "the point was never reached: the end of the gateway")
    assert program.process.returncode == -signal.SIGKILL, program.text
    if program in programs.started:
        programs.started.remove(program)


def audit_is_whole(gateway):
    code, output, error = run_logos("check", "--audit", folder=gateway.folder)
    assert code == 0, (output, error)


def budget_of(gateway, process_id):
    budgets = gateway.admin("GET", "/budgets?limit=1000")["data"]
    return next(b for b in budgets if (b["scope"], b["scope_id"]) == ("process", process_id))


def spent_by(gateway, process_id):
    return Books(gateway).query(f"select coalesce(sum(cost_nano), 0) as n from log_entry where process_id = {process_id}"
                                )[0]["n"]


def has_spent_exactly(gateway, key, process_id, model):
    """The LEDGER counts what the rows say, to the nano-unit: with one more a request that holds the rest is let in, and
    without it is not."""
    budget = budget_of(gateway, process_id)

    def ask():
        return gateway.chat(model, key=key, max_tokens=1)

    status, headers, text = ask()
    assert status == 200, (status, text)
    hold = Books(gateway).row(headers["x-request-id"], 5)["hold_nano"]
    full = int(spent_by(gateway, process_id)) + hold
    for amount, expected in ((full - 1, 402), (full, 200)):
        gateway.admin("PATCH", f"/budgets/{budget['id']}", {"amount": f"{amount // 10**9}.{amount % 10**9:09d}"})
        status, _, text = ask()
        assert status == expected, (status, text, amount)
    gateway.admin("PATCH", f"/budgets/{budget['id']}", {"amount": RICH})


def counts(gateway, key, process_id):
    try:
        has_spent_exactly(gateway, key, process_id, "quick")
        return True
    except AssertionError as wrong:
        gateway.admin("PATCH", f"/budgets/{budget_of(gateway, process_id)['id']}", {"amount": RICH})
        print("not yet:", wrong)
        return None


class Office:
    """An administrator who makes a key, revokes another and changes a budget while the gateway dies, and somebody who
    has a limit. What was told to be done must be done, and what was done must stand in the audit log."""

    def __init__(self, street, name):
        self._street, self._name = street, name
        gateway = street.gateway
        self.leaver, self.leaver_id = gateway.new_key(f"leaver-{name}")
        self.limited, self.limited_id = gateway.new_key(f"limited-{name}", settings={"rate_limit_rpm": LIMIT})
        self._budget = budget_of(gateway, street.keys[1].process_id)["id"]
        self.made = self.revoked = self.changed = False

    def work(self):
        try:
            self._street.gateway.chat("slow", key=self._street.keys[0].key, stream=True, max_tokens=32)  # in many pieces
            self.ask()
            self._street.gateway.new_key(f"joiner-{self._name}")
            self.made = True
            self._street.gateway.admin("DELETE", f"/processes/{self.leaver_id}")
            self.revoked = True
            self._street.gateway.admin("PATCH", f"/budgets/{self._budget}", {"amount": "77777"})
            self.changed = True
        except (OSError, http.client.HTTPException):
            pass  # it died meanwhile

    def ask(self):
        answers = []
        for _ in range(LIMIT + 2):
            answers.append(self._street.gateway.chat("chat", key=self.limited, user=f"limited-{self._name}",
                                                     max_tokens=2)[0])
        return answers

    def check(self):
        gateway = self._street.gateway
        assert self.ask()[-1] == 429
        worked = len(self._street.bills()[f"limited-{self._name}"])
        assert worked <= LIMIT, f"{worked} requests were let in, and {LIMIT} were allowed"
        works = gateway.chat("chat", key=self.leaver, max_tokens=1)[0] == 200
        assert not (works and self.revoked), "a key that was revoked works again"
        events = gateway.admin("GET", f"/events?resource=process&id={self.leaver_id}&limit=100")["data"]
        assert works == ("remove" not in {e["action"] for e in events}), (works, events)
        names = {p["name"] for p in gateway.admin("GET", "/processes?limit=1000")["data"]}
        assert f"joiner-{self._name}" in names or not self.made
        amount = gateway.admin("GET", f"/budgets/{self._budget}")["amount"]
        events = gateway.admin("GET", f"/events?resource=budget&id={self._budget}&limit=1")["data"]
        assert amount == "77777" or not self.changed
        assert int(events[0]["after"]["amount_nano"]) == float(amount) * 1e9, (events, amount)
        gateway.admin("PATCH", f"/budgets/{self._budget}", {"amount": RICH})


def die_and_look(street, number, point, at_pass):
    office = Office(street, point)
    street.gateway.kill()  # so that there is a journal to be read at the start
    dying = street.gateway
    try:
        street.open(order(point, at_pass))
        dying = street.gateway
    except AssertionError:  # at its start
        dying = programs.started[-1]
    crowd = Crowd(street, CROWD, f"{number}")
    if dying is street.gateway:
        office.work()
    crowd.wait()
    is_killed(dying)
    street.open()
    figures = street.settle()
    assert figures["logos_ledger_over_hold_nano_total"] == 0, "what was held was no bound"
    office.check()
    rich = street.keys[0]
    has_spent_exactly(street.gateway, rich.key, rich.process_id, "chat")
    check(street, crowd, street.settle())


def sweep(house, storage, points):
    street = Street(house, storage)
    failures = []
    begun = time.monotonic()
    for number, (point, at_pass) in enumerate(points.items()):
        at = time.monotonic()
        try:
            die_and_look(street, number, point, at_pass)
            print(f"{point}: {time.monotonic() - at:.1f} s")
        except AssertionError as error:
            failures.append(f"{point}: {error}")
            street.gateway.kill()
            street.open()
    audit_is_whole(street.gateway)
    print(f"\n{len(points)} points in {time.monotonic() - begun:.0f} s")
    assert not failures, "\n\n".join(failures)


def test_every_point_is_died_at():
    tried = {**REQUESTS, **KEEPING, **IN_A_CASCADE, **START, **OF_THE_KEEPER, **OF_ANOTHER_NODE}
    assert set(tried) == set(POINTS)


@pytest.mark.timeout(240 * SLOWNESS)
def test_nothing_is_left_of_a_death_with_sqlite(house):
    points = {**REQUESTS, **KEEPING}
    sweep(house, "sqlite", chosen(points, points))


@pytest.mark.timeout(240 * SLOWNESS)
def test_nothing_is_left_of_a_death_with_postgresql(house, postgres):
    sweep(house, postgres.new_database(), chosen({**REQUESTS, **KEEPING}, WITH_POSTGRESQL))


@pytest.mark.parametrize("stream", (False, True))
@pytest.mark.parametrize("point", IN_A_CASCADE)
def test_an_answer_that_was_dropped_before_a_death_is_billed_once(house, scholar, storage, point, stream):  # noqa: F811
    scholar.says["weak"] = cascade_test.REFUSED
    gateway = cascade_test.open_school(house, scholar, storage, environment=order(point, IN_A_CASCADE[point]))
    key, process_id = gateway.new_key("app")
    budget = gateway.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total",
                                                "amount": RICH, "currency": "EUR", "hard": True})
    with contextlib.suppress(OSError, http.client.HTTPException):
        cascade_test.ask(gateway, key=key, stream=stream)
    is_killed(gateway)
    again = cascade_test.open_school(house, scholar, storage, folder=gateway.folder)
    eventually(lambda: cascade_test.has_rows(again, process_id, 2), what="the rows")
    assert cascade_test.spent(again, budget) == cascade_test.WEAK_COST


@pytest.mark.parametrize("point", START)
def test_a_first_start_that_dies_is_made_good_by_the_next(house, storage, point):
    folder = house.folder()
    with pytest.raises(AssertionError):
        house.serve([], folder=folder, storage=storage, environment=order(point, START[point]))
    is_killed(programs.started[-1])
    gateway = house.serve([], folder=folder, storage=storage)
    assert [p["name"] for p in gateway.admin("GET", "/processes")["data"]] == ["root"]
    audit_is_whole(gateway)


def cluster_points():
    for of_keeper, points in ((True, OF_THE_KEEPER), (False, OF_ANOTHER_NODE)):
        for point, at_pass in chosen(points, IN_A_CLUSTER).items():
            yield pytest.param(of_keeper, point, at_pass, id=point)


@pytest.mark.parametrize("of_keeper, point, at_pass", cluster_points())
def test_a_cluster_keeps_count_when_a_node_dies(house, postgres, of_keeper, point, at_pass):
    pair = Pair(house, postgres.new_database(), parallel=64)
    asked = pair.nodes["node-a"]
    key = with_budget(asked, RICH)
    process_id = next(p["id"] for p in asked.admin("GET", "/processes")["data"] if p["name"] == "shared")

    def keeper(node):
        return next((n["name"] for n in node.admin("GET", "/nodes")["nodes"] if n["ledger"]), None)

    seen = [(time.monotonic(), None)]

    def stays():  # the first node has it until the other has joined
        if (name := keeper(asked)) != seen[-1][1]:
            seen.append((time.monotonic(), name))
        return name if name and time.monotonic() - seen[-1][0] > 2 * SLOWNESS else None

    first = eventually(stays, 20, "a node that keeps the ledger")
    victim = first if of_keeper else next(name for name in pair.nodes if name != first)
    survivor = next(node for name, node in pair.nodes.items() if name != victim)
    assert [node.chat("quick", key=key, max_tokens=12)[0] for node in pair.nodes.values()] == [200, 200]
    pair.nodes[victim].kill()
    eventually(lambda: keeper(survivor) == survivor.settings["cluster"]["node"], 15, "the survivor's ledger")
    try:
        dying = pair.start(victim, order(point, at_pass))
    except AssertionError:
        dying = programs.started[-1]

    def ask(number):
        node = survivor if number % 2 else pair.nodes[victim]
        try:
            return node.chat("quick", key=key, max_tokens=12, user=f"r{number}", stream=number % 3 == 0)[0]
        except (OSError, http.client.HTTPException):
            return 0

    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        while dying.running:
            told = list(crowd.map(ask, range(40)))
            assert set(told) <= {200, 0, 429, 503}, told
    is_killed(dying)
    again = pair.start(victim)
    eventually(lambda: len(pair.members(survivor)) == 2, 15, "the return")
    now = {node.settings["cluster"]["node"]: node for node in (again, survivor)}

    def settled():
        _, _, text = now[keeper(survivor)].call("GET", "/metrics")
        figures = dict(line.split() for line in text.decode().splitlines() if line.startswith("logos_ledger_"))
        assert figures["logos_ledger_imbalances_total"] == "0"
        return figures["logos_ledger_reservations"] == "0"

    eventually(settled, 20, "all holds to end")
    worked = {bill["user"] for bill in json.loads(pair.cloud.control("GET", "/bills"))["requests"]}
    eventually(lambda: len([r for r in Books(survivor).by_id().values() if r["cost_nano"]]) >= len(worked), 10,
               "a row for each request that the provider has worked on")
    for node in now.values():
        # The LEDGER counts anew when it hears of the return, which may be a moment later.
        eventually(lambda: counts(node, key, process_id), 20, "the ledger's count to be the sum of the rows again")
