# SPDX-License-Identifier: MIT
"""What is true of one gateway is true of several nodes together: limits, revocations, sums."""

import collections
import concurrent.futures
import contextlib
import decimal
import http.client
import json
import re
import signal
import time

import psycopg
import pytest

from support.books import Books
from support.nodes import Hammer, metric, serve_nodes
from support.programs import eventually, provider
from support.streams import Stream, assert_cut

WINDOW = 60.0
PRICE = {"model": None, "token_type": "completion_tokens", "valid_from": "2026-01-01T00:00:00Z", "price_per_k_token": "1",
         "currency": "EUR"}


def with_the_ledger_first(nodes):
    """Two nodes: the one whose LEDGER rules for both, and the other."""
    def epoch(node):
        return max((int(e) for e in re.findall(r"owner of the ledger with epoch (\d+)", node.text)), default=0)
    eventually(lambda: any(epoch(node) for node in nodes), 10, "an owner of the ledger")
    return sorted(nodes, key=epoch, reverse=True)


def test_requests_per_minute_are_counted_exactly_over_three_nodes(house, postgres):
    cloud = house.simulate("quick:speed=0,prefill=0,tokens=4")
    nodes = serve_nodes(house, postgres.new_database(), [provider("cloud", cloud, "quick", parallel=64)], 3)
    key, process_id = nodes[0].new_key("app")
    limit = 60
    nodes[0].admin("POST", "/limits", {"scope": "process", "scope_id": process_id, "kind": "requests_per_minute",
                                       "value": limit})

    def ask(n):
        begun = time.monotonic()
        status, headers, text = nodes[n % 3].chat("quick", key=key)
        return n % 3, begun, time.monotonic(), status, headers, text

    with concurrent.futures.ThreadPoolExecutor(12) as crowd:
        answers = list(crowd.map(ask, range(4 * limit)))
    admitted = [a for a in answers if a[3] == 200]
    refused = [a for a in answers if a[3] == 429]
    assert max(a[2] for a in answers) - min(a[1] for a in answers) < WINDOW, "all came within one minute"
    assert (len(admitted), len(refused)) == (limit, 3 * limit)
    assert {a[0] for a in admitted} == {a[0] for a in refused} == {0, 1, 2}, "every node has let in and refused"
    assert len(cloud.requests("quick")) == limit
    # The first one that was let in is the first to leave the minute; it was counted between its beginning and its end,
    # and leaves with what came within a grain (50 ms) of it.
    earliest = min(a[1] for a in admitted) + WINDOW
    latest = min(a[2] for a in admitted) + WINDOW + 0.05
    for _, begun, ended, _, headers, text in refused:
        after = int(headers["retry-after"])
        assert ended + after >= earliest, "nobody is told to come too early"
        assert begun + after - 1 <= latest, "nor, but for the rounding to seconds, too late"
        assert headers["x-ratelimit-remaining-requests"] == "0" and json.loads(text)["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.timeout(120)
def test_a_key_that_is_revoked_under_load_passes_at_no_node_any_more(house, postgres):
    cloud = house.simulate("quick:speed=0,prefill=0,tokens=4", "slow:speed=20,prefill=0,tokens=2000")
    nodes = serve_nodes(house, postgres.new_database(), [provider("cloud", cloud, "quick", "slow", parallel=256)], 3)
    key, process_id = nodes[0].new_key("app")
    other, _ = nodes[0].new_key("other")
    streams = [Stream(node, key).begin() for node in nodes]
    with contextlib.ExitStack() as all_clients:
        hammers = [Hammer(node, [(key, "quick")], connections=6) for node in nodes]
        for hammer in hammers:
            all_clients.callback(hammer.end)
        eventually(lambda: all(metric(node, "logos_requests_relayed_total") > 300 for node in nodes), 30, "a load everywhere")
        nodes[1].admin("DELETE", f"/processes/{process_id}")
        told = time.monotonic()
        eventually(lambda: all(metric(node, "logos_wrong_keys_total") > 100 for node in nodes), 30, "further attempts everywhere")
        seen = [hammer.stop() for hammer in hammers]
    for stream in streams:
        assert_cut(stream)
    for mine in seen:
        statuses = collections.Counter(one.status for one in mine)
        assert statuses[200] > 250 and set(statuses) <= {200, 401, 429}, statuses
        later = collections.Counter(one.status for one in mine if one.begun >= told)
        assert set(later) <= {401, 429} and sum(later.values()) > 50, later
    before = [one for mine in seen for one in mine if one.ended <= told]
    rate = len(before) / (told - min(one.begun for one in before))
    print(f"\n{rate:.0f} requests a second over three nodes until the key was revoked")
    eventually(lambda: not any(m["in_flight"] for m in cloud.stats()["models"].values()), 5, "an end of all that ran")
    assert all(node.chat("quick", key=other)[0] == 200 for node in nodes), "nobody else's key is meant"


@pytest.mark.timeout(150)
def test_four_nodes_and_ten_hot_accounts_meet_without_a_deadlock_and_lose_no_token(house, postgres):
    tokens = {f"hot-{n}": n + 3 for n in range(10)}  # each account asks its own model, so that the provider counts by account
    cloud = house.simulate(*[f"{name}:speed=0,prefill=0,tokens={n}" for name, n in tokens.items()])
    storage = postgres.new_database()
    said_before = len(postgres.log())  # by the server of all tests
    nodes = serve_nodes(house, storage, [provider("cloud", cloud, *tokens, parallel=256)], 4)
    first = nodes[0]
    for kind in ("prompt_tokens", "completion_tokens"):
        first.admin("POST", "/prices", {"model": None, "token_type": kind, "valid_from": "2026-01-01T00:00:00Z",
                                        "price_per_k_token": "1", "currency": "EUR"})
    ada = first.admin("POST", "/users", {"username": "ada"})["id"]
    accounts = {}
    for name in tokens:
        key, process_id = first.new_key(name, user_id=ada)
        accounts[name] = (key, process_id)
        first.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "month", "amount": "1000000",
                                         "currency": "EUR"})
    everybody = first.admin("POST", "/budgets", {"scope": "user", "scope_id": ada, "period": "total", "amount": "1000000",
                                                 "currency": "EUR"})
    asked = [(key, name) for name, (key, _) in accounts.items()]
    with contextlib.ExitStack() as all_clients:
        hammers = [Hammer(node, asked, connections=5, count=100) for node in nodes]
        for hammer in hammers:
            all_clients.callback(hammer.end)
        seen = [one for hammer in hammers for one in hammer.stop()]
    assert len(seen) == 4 * 5 * 100 and {one.status for one in seen} == {200}, collections.Counter(one.status for one in seen)
    bills = collections.defaultdict(collections.Counter)
    for bill in json.loads(cloud.control("GET", "/bills"))["requests"]:
        bills[bill["model"]].update(requests=1, prompt=bill["prompt_tokens"], completion=bill["tokens_sent"])
    assert {name: bill["requests"] for name, bill in bills.items()} == {name: 200 for name in tokens}
    books = Books(first)
    eventually(lambda: books.count() == len(seen), 20, "all rows")
    rows = {r["process_id"]: r for r in books.query(
        "select process_id, count(*) as requests, sum(prompt_tokens) as prompt, sum(completion_tokens) as completion, "
        "sum(cost_nano) as cost, count(distinct node) as nodes from log_entry group by process_id")}
    report = {r["process_id"]: r for r in first.admin("GET", "/usage?group_by=process")["data"]}
    for name, (_, process_id) in accounts.items():
        bill, row, told = bills[name], rows[process_id], report[process_id]
        assert bill["completion"] == 200 * tokens[name]
        assert (row["requests"], row["prompt"], row["completion"]) == (200, bill["prompt"], bill["completion"]), name
        cost = 1_000_000 * (bill["prompt"] + bill["completion"])
        assert (row["cost"], row["nodes"]) == (cost, 4), name
        assert (told["requests"], round(float(told["cost"]) * 1e9)) == (200, cost), name
    all_of_it = sum(r["cost"] for r in rows.values())
    for node in nodes:
        balance = node.admin("GET", f"/budgets/{everybody['id']}/balance")
        assert round(float(balance["spent"]) * 1e9) == all_of_it, "what is counted is what the rows say, at every node"
    with psycopg.connect(storage) as link:
        (deadlocks,) = link.execute("select deadlocks from pg_stat_database where datname = current_database()").fetchone()
    assert deadlocks == 0
    assert "40P01" not in postgres.log()[said_before:]


def test_a_lowered_budget_holds_for_a_claim_that_comes_to_a_ledger_before_the_change_does(house, postgres):
    cloud = house.simulate("fixed:speed=20,prefill=0,tokens=4")
    nodes = serve_nodes(house, postgres.new_database(), [provider("cloud", cloud, "fixed", parallel=1)], 2)
    keeper, other = with_the_ledger_first(nodes)
    keeper.admin("POST", "/prices", PRICE)
    key, process_id = keeper.new_key("app")
    budget = keeper.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total",
                                               "amount": "1000", "currency": "EUR"})["id"]
    assert other.chat("fixed", key=key)[0] == 200
    sent = len(cloud.requests("fixed"))

    def version():
        return json.loads(other.call("GET", "/ready")[2])["catalog_version"]

    body = json.dumps({"model": "fixed", "messages": [{"role": "user", "content": "Hello!"}]})
    before = version()
    with concurrent.futures.ThreadPoolExecutor(1) as admin, contextlib.ExitStack() as all_clients:
        clients = [all_clients.enter_context(contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", other.port, timeout=60))) for _ in range(10)]
        for client in clients:
            client.connect()
        keeper.signal(signal.SIGSTOP)
        try:
            changed = admin.submit(other.admin, "PATCH", f"/budgets/{budget}", {"amount": "0"})
            eventually(lambda: version() != before, 2, "the change at the other node")
            for client in clients:
                client.request("POST", "/v1/chat/completions", body, {"authorization": f"Bearer {key}",
                                                                      "content-type": "application/json"})
            version()  # they are with the INGRESSes before this is
        finally:
            keeper.signal(signal.SIGCONT)
        changed.result()
        assert {client.getresponse().status for client in clients} == {402}
    assert len(cloud.requests("fixed")) == sent


def test_a_first_budget_counts_rows_that_another_node_has_not_written_yet(house, postgres):
    cloud = house.simulate("quick:speed=0,prefill=0,tokens=4")
    storage = postgres.new_database()
    nodes = serve_nodes(house, storage, [provider("cloud", cloud, "quick")], 2)
    keeper, other = with_the_ledger_first(nodes)
    keeper.admin("POST", "/prices", PRICE)
    key, process_id = keeper.new_key("app")
    with psycopg.connect(storage) as lock:  # nobody can write rows until it ends
        lock.execute("lock table log_entry in share row exclusive mode")
        for _ in range(5):
            assert other.chat("quick", key=key)[0] == 200
        budget = keeper.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total",
                                                   "amount": "1000", "currency": "EUR"})["id"]

        def told():
            balance = keeper.admin("GET", f"/budgets/{budget}/balance")
            return balance["held"] is not None and decimal.Decimal(balance["spent"])

        assert all(told() is False for _ in range(20)), "it is not known yet, and not taken for nothing"
    assert eventually(told, 30, "what was spent") == decimal.Decimal("0.02")
