# SPDX-License-Identifier: MIT
"""Two nodes with the same `cluster` section and the same PostgreSQL are one gateway."""

import collections
import concurrent.futures
import json
import threading
import time

import pytest

from support.books import Books
from support.load import Load
from support.nodes import free_port
from support.programs import SLOWNESS, eventually, provider
from support.wire import Wire

MODELS = ["steady:speed=200,prefill=0,tokens=10", "quick:speed=0,prefill=0,tokens=8"]


class Pair:
    """Two nodes in front of one provider."""

    def __init__(self, house, storage, arguments=(), **terms):
        self.cloud = house.simulate(*MODELS, arguments=arguments)
        self._house = house
        self._settings = {"storage": storage, "secret_key": "the same secret on every node"}
        self._providers = [provider("cloud", self.cloud, "steady", "quick", **terms)]
        self.nodes = {}
        for name in ("node-a", "node-b"):
            self.start(name)
        eventually(lambda: all(len(self.members(n)) == 2 for n in self.nodes.values()), 15, "two members of each other")
        eventually(lambda: all(self.owner(n) for n in self.nodes.values()), 10, "an owner")

    def start(self, name, environment=None):
        cluster = {"name": "test", "node": name, "listen": f"127.0.0.1:{free_port()}"}
        folder = self.nodes[name].folder if name in self.nodes else None
        settings = self.settings_of(name, cluster)
        node = self._house.serve(self._providers, folder=folder, cluster=cluster, name=name,
                                 environment=environment, **settings)
        if "node-a" in self.nodes and not (node.data_dir / "root.key").exists():
            # A later node has no root key of its own: it is asked with the first one's.
            (node.data_dir / "root.key").write_text(self.nodes["node-a"].root_key + "\n")
        self.nodes[name] = node
        return node

    def settings_of(self, name, cluster):
        return self._settings

    def members(self, node):
        return [n for n in node.admin("GET", "/nodes")["nodes"] if n["state"] in ("serving", "up", "live", "ready")]

    def owner(self, asked):
        """The name of the node that the provider's SCHEDULER lives on, as `asked` sees it."""
        found = {a["node"] for a in asked.admin("GET", "/actors")["actors"] if a["name"] == "scheduler/cloud"
                 and a["kind"] == "scheduler"}
        return found.pop() if len(found) == 1 else None

    def parts(self):
        """The node that owns the provider, and the other one."""
        name = eventually(lambda: self.owner(self.nodes["node-a"]), 10, "an owner")
        return self.nodes[name], next(node for other, node in self.nodes.items() if other != name)


@pytest.fixture
def pair(house, postgres):
    return lambda **terms: Pair(house, postgres.new_database(), **terms)


def test_a_key_made_on_one_node_works_on_the_other_at_once(pair):
    nodes = list(pair().nodes.values())
    for n in range(4):
        maker, other = nodes[n % 2], nodes[1 - n % 2]
        key, process_id = maker.new_key(f"shared-{n}")
        assert other.chat("quick", key=key)[0] == 200
        maker.admin("DELETE", f"/processes/{process_id}")
        assert other.chat("quick", key=key)[0] == 401


def test_one_at_a_time_is_one_at_a_time_over_both_nodes(pair):
    both = pair(parallel=1)
    loads = [Load(node, "steady", clients=4) for node in both.nodes.values()]
    eventually(lambda: min(len(load.finished()) for load in loads) > 10, 30, "answers from both nodes")
    for load in loads:
        load.stop()
        assert not load.failures()
    assert both.cloud.stats()["models"]["steady"]["max_in_flight"] == 1


@pytest.mark.parametrize("words", ["openai", "azure"])
def test_a_providers_quota_is_one_for_both_nodes(pair, words):
    both = pair(parallel=16, arguments=("--requests", "40", "--window", "1s", "--rate-headers", words))
    loads = [Load(node, "quick", clients=8) for node in both.nodes.values()]
    eventually(lambda: min(len(load.finished()) for load in loads) > 60, 30, "answers from both nodes")
    for load in loads:
        load.stop()
        assert not load.failures()
    seen = collections.Counter(r["status"] for r in both.cloud.requests("quick"))
    assert seen[429] <= seen[200] / 4, seen


@pytest.mark.parametrize("parallel", [2, 7])
def test_a_limit_holds_over_both_nodes_under_load(pair, parallel):
    both = pair(parallel=parallel)
    loads = [Load(node, "quick", clients=6) for node in both.nodes.values()]
    eventually(lambda: min(len(load.finished()) for load in loads) > 150, 30, "answers from both nodes")
    for load in loads:
        load.stop()
        assert not load.failures()
    assert both.cloud.stats()["models"]["quick"]["max_in_flight"] <= parallel
    books = Books(next(iter(both.nodes.values())))
    finished = {i for load in loads for i in load.finished()}
    eventually(lambda: books.count() >= len(finished), 10, "all rows")
    assert set(books.by_id()) == finished
    assert {row["node"] for row in books.rows()} == {"node-a", "node-b"}


def test_one_tree_shows_the_actors_of_both_nodes(pair):
    both = pair()
    for node in both.nodes.values():
        actors = node.admin("GET", "/actors")["actors"]
        assert {a["node"] for a in actors} == {"node-a", "node-b"}
        assert len([a for a in actors if a["name"] == "scheduler/cloud" and a["kind"] == "scheduler"]) == 1


@pytest.mark.parametrize("slots", [1, 8])
def test_when_the_owner_is_killed_the_survivors_clients_see_no_error(pair, slots):
    both = pair(parallel=slots)
    owner, survivor = both.parts()
    load = Load(survivor, "steady", clients=4)
    strangers = Load(owner, "steady", clients=2)
    eventually(lambda: len(load.finished()) > 8, 20, "a load")
    killed = time.monotonic()
    owner.kill()
    eventually(lambda: both.owner(survivor) == survivor.settings["cluster"]["node"], 8, "the take-over")
    before = len(load.finished())
    eventually(lambda: len(load.finished()) > before + 4, 8, "service after the take-over")
    took = time.monotonic() - killed
    strangers.stop()
    load.stop()
    assert not load.failures()
    assert max(answer.seconds for answer in load.answers) < 5 * SLOWNESS, "no request of the survivor waited for 5 s"
    assert took < 8 * SLOWNESS
    assert both.cloud.stats()["models"]["steady"]["max_in_flight"] <= slots
    books = Books(survivor)
    finished = set(load.finished())
    eventually(lambda: finished <= set(books.by_id()), 10, "all rows of the survivor")


def test_a_killed_node_comes_back_and_its_unfinished_requests_are_settled(pair):
    both = pair(parallel=8)
    owner, survivor = both.parts()
    load = Load(owner, "steady", clients=4)
    eventually(lambda: len(load.finished()) > 8, 20, "a load")
    owner.kill()
    load.stop()
    again = both.start(owner.settings["cluster"]["node"])
    eventually(lambda: len(both.members(survivor)) == 2, 15, "the return")
    assert again.chat("quick")[0] == 200
    books = Books(survivor)
    cut = {seen.request_id for seen, _ in load.errors if seen.request_id}
    eventually(lambda: set(load.finished()) | cut <= set(books.by_id()), 15, "every row")
    rows = books.by_id()
    assert all(rows[i]["result_status"] == "success" for i in load.finished())


@pytest.mark.parametrize("leaver", ["owner", "other"])
def test_a_node_that_leaves_gracefully_costs_nobody_an_error(pair, leaver):
    both = pair(parallel=4)
    owner, other = both.parts()
    leaving, staying = (owner, other) if leaver == "owner" else (other, owner)
    load = Load(staying, "steady", clients=4)
    eventually(lambda: len(load.finished()) > 8, 20, "a load")
    assert leaving.terminate() == 0
    before = len(load.finished())
    eventually(lambda: len(load.finished()) > before + 8, 8, "service afterwards")
    load.stop()
    assert not load.failures()
    assert max(answer.seconds for answer in load.answers) < 5 * SLOWNESS
    eventually(lambda: both.owner(staying) == staying.settings["cluster"]["node"], 8, "an owner that is there")


def test_only_the_first_node_prints_a_root_key(pair):
    both = pair()
    printed = [name for name, node in both.nodes.items() if "Root key, shown this once" in node.text]
    assert printed == ["node-a"]


@pytest.mark.timeout(120)
def test_both_nodes_go_on_while_the_database_is_away(pair, postgres):
    both = pair(parallel=4)
    loads = [Load(node, "steady", clients=2) for node in both.nodes.values()]
    eventually(lambda: min(len(load.finished()) for load in loads) > 8, 20, "a load")
    postgres.stop()
    try:
        # Longer than a lease: owners go on because their peers confirm that nobody has taken over.
        threading.Event().wait(12)
        before = [len(load.finished()) for load in loads]
        eventually(lambda: all(len(load.finished()) > n + 4 for load, n in zip(loads, before)), 10, "service without a database")
    finally:
        postgres.start()
    for load in loads:
        load.stop()
        assert not load.failures()
    assert both.cloud.stats()["models"]["steady"]["max_in_flight"] <= 4
    books = Books(both.nodes["node-a"])
    finished = {i for load in loads for i in load.finished()}
    eventually(lambda: finished <= set(books.by_id()), 30, "all rows")


class SeverablePair(Pair):
    """A pair of which a node can be cut off from the database and from the other node; clients and the provider still
    reach it."""

    def __init__(self, house, storage, **terms):
        self._ways = []
        self._databases = {}
        super().__init__(house, storage, **terms)

    def settings_of(self, name, cluster):
        way = Wire(("127.0.0.1", int(cluster["listen"].rpartition(":")[2])))
        self._ways.append(way)
        cluster["advertise"] = f"127.0.0.1:{way.port}"
        url, _, folder = self._settings["storage"].partition("?host=")
        database = self._databases[name] = Wire(f"{folder}/.s.PGSQL.5432")
        return {**self._settings, "storage": f"{url}?host={database.folder}"}

    def cut_off(self, name):
        for wire in [*self._ways, self._databases[name]]:
            wire.cut()

    def end(self):
        for wire in [*self._ways, *self._databases.values()]:
            wire.end()


@pytest.mark.parametrize("who", ["owner", "other"])
def test_a_node_that_is_cut_off_ends_its_calls_before_another_uses_their_places(house, postgres, who):
    both = SeverablePair(house, postgres.new_database(), parallel=1)
    owner, other = both.parts()
    island, mainland = (owner, other) if who == "owner" else (other, owner)
    both.cloud.add_fault("hang_after_chunks", model="steady", after_chunks=3)
    stuck = Load(island, "steady", clients=1)
    eventually(lambda: both.cloud.stats()["models"]["steady"]["in_flight"] == 1, 10, "a call on the island")
    both.cloud.clear_faults()
    both.cut_off(island.settings["cluster"]["node"])
    waiting = Load(mainland, "steady", clients=1)
    eventually(lambda: len(waiting.finished()) > 0, 25, "service on the mainland")
    assert both.cloud.stats()["models"]["steady"]["max_in_flight"] == 1
    waiting.stop()
    assert not waiting.failures()
    island.kill()
    stuck.stop()
    assert not stuck.finished()
    both.end()


def with_budget(node, amount):
    """A key that may spend so much; an answer costs 0.008, and so much is held."""
    node.admin("POST", "/prices", {"model": "quick", "token_type": "completion_tokens", "price_per_k_token": "1",
                                   "valid_from": "2026-01-01T00:00:00Z", "currency": "EUR"})
    key, process_id = node.new_key("shared")
    node.admin("POST", "/budgets", {"scope": "process", "scope_id": process_id, "period": "total", "amount": amount,
                                    "currency": "EUR"})
    return key


def spent(node):
    return sum(row["cost_nano"] for row in Books(node).rows())


def test_a_budget_is_spent_once_over_both_nodes(pair):
    nodes = list(pair(parallel=64).nodes.values())
    key = with_budget(nodes[0], "0.64")
    with concurrent.futures.ThreadPoolExecutor(16) as crowd:
        told = list(crowd.map(lambda n: nodes[n % 2].chat("quick", key=key, max_tokens=8)[0], range(200)))
    assert set(told) <= {200, 402, 429}
    assert told.count(200) == 80
    for node in nodes:
        assert node.chat("quick", key=key, max_tokens=8)[0] == 402
    eventually(lambda: spent(nodes[0]) == 640_000_000, 10, "all rows")


def test_a_credit_made_at_one_node_lets_in_at_the_other(pair):
    nodes = list(pair().nodes.values())
    key = with_budget(nodes[0], "0.008")
    budget = nodes[0].admin("GET", "/budgets")["data"][0]["id"]
    assert nodes[0].chat("quick", key=key, max_tokens=8)[0] == 200
    for n in range(4):
        maker, other = nodes[n % 2], nodes[1 - n % 2]
        # 429 as long as the settlement of the request before is on its way: that one holds what there is.
        eventually(lambda: [node.chat("quick", key=key, max_tokens=8)[0] for node in nodes] == [402, 402], 10,
                   "a budget that is spent on both nodes")
        maker.admin("POST", "/credits", {"budget_id": budget, "amount": "0.008", "reason": "the price was wrong"})
        assert other.chat("quick", key=key, max_tokens=8)[0] == 200, n
    assert [node.admin("GET", f"/budgets/{budget}/balance")["credits"] for node in nodes] == ["0.032"] * 2


def test_a_budget_outlives_the_node_that_keeps_it(pair):
    both = pair(parallel=64)
    asked = both.nodes["node-a"]
    key = with_budget(asked, "0.64")
    keeper = eventually(lambda: next((n["name"] for n in asked.admin("GET", "/nodes")["nodes"] if n["ledger"]), None),
                        10, "a node that keeps the ledger")
    survivor = next(node for name, node in both.nodes.items() if name != keeper)
    for node in both.nodes.values():
        assert [node.chat("quick", key=key, max_tokens=8)[0] for _ in range(3)] == [200] * 3
    eventually(lambda: spent(survivor) == 48_000_000, 10, "all rows")
    both.nodes[keeper].kill()
    told = [survivor.chat("quick", key=key, max_tokens=8)[0] for _ in range(90)]
    assert told == [200] * 74 + [402] * 16, "whoever asks while the ledger changes hands waits"


def test_a_policy_that_is_changed_at_one_node_holds_for_the_next_request_at_the_other(pair):
    one, other = pair().nodes.values()
    key, process = one.new_key("app")
    made = one.admin("POST", "/policies", {"name": "house", "process_id": process, "applies": "always",
                                           "threshold_privacy": "LOCAL", "threshold_cost": -1024})

    def served(node):
        status, _, content = node.chat("quick", key=key)
        assert status in (200, 403, 404), content
        return status == 200

    # Everybody is told before the change is answered: no request goes by what held before.
    for n in range(6):
        changer, asked = (one, other) if n % 2 else (other, one)
        open_to_all = n % 3 == 0
        changer.admin("PATCH", f"/policies/{made['id']}", {"threshold_cost": -1024 if open_to_all else 1000})
        assert served(asked) == open_to_all, n
        assert served(changer) == open_to_all, n
    other.admin("DELETE", f"/policies/{made['id']}")
    assert served(one)


def test_an_example_made_at_one_node_counts_for_the_next_request_at_the_other(pair):
    one, other = pair().nodes.values()
    asked = {"body": {"messages": [{"role": "user", "content": "Name three rivers of Bavaria"}]}}

    def first(node):
        return node.admin("POST", "/classify", asked, expect=200)["candidates"][0]["model"]

    for n, model in enumerate(("steady", "quick", "steady")):
        maker, asker = (one, other) if n % 2 else (other, one)
        made = maker.admin("POST", "/examples", {"model": model, "text": "Name the rivers of Bavaria"})
        assert (first(asker), first(maker)) == (model, model)
        asker.admin("DELETE", f"/examples/{made['id']}")
    assert first(one) == first(other)


def test_feedback_at_any_node_teaches_both(pair):
    one, other = pair().nodes.values()
    for n in range(12):
        served, asked = (one, other) if n % 2 else (other, one)
        for model, score in (("steady", 0), ("quick", 1)):
            status, head, _ = served.chat(model, f"What is the capital of country {n}?")
            assert status == 200
            body = {"request_id": head["x-request-id"], "score": score}
            status, _, text = asked.call("POST", "/v1/feedback", body)
            assert status == 200 and json.loads(text)["model"] == model, text
    lessons = {"steady": 12, "quick": 12}
    for node in (one, other):
        eventually(lambda: {m["model"]: m["lessons"] for m in node.admin("GET", "/learning")["models"]} == lessons, 5,
                   "the same lessons everywhere")
    states = [node.admin("GET", "/learning")["learned_up_to"] for node in (one, other)]
    assert states == [24, 24]
    known = Books(one).query("select imprint, count(*) as n from feedback group by imprint")
    assert known == [{"imprint": "", "n": 24}], "what nodes tell each other of prompts is in no row"
    status, _, text = one.call("POST", "/v1/feedback", {"request_id": "01900000-0000-7000-8000-000000000000", "score": 1})
    assert status == 404, text


def test_pricing_anew_has_all_nodes_write_first_and_names_one_that_died(pair):
    both = pair()
    asked, other = both.nodes["node-a"], both.nodes["node-b"]
    asked.admin("POST", "/prices", {"model": "quick", "token_type": "completion_tokens", "currency": "EUR",
                                    "valid_from": "2020-01-01T00:00:00Z", "price_per_k_token": "1"})
    span = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    for done in range(1, 6):
        assert other.chat("quick")[0] == 200
        told = asked.admin("POST", "/rerate", span, expect=200)
        assert told["requests"] == done, "the other node has written what has just ended there"
        assert told["missing"] == []
    other.kill()
    told = asked.admin("POST", "/rerate", span, expect=200)
    assert len(told["missing"]) == 1 and told["missing"][0].startswith("node node-b "), told
    eventually(lambda: "last seen" in "".join(asked.admin("POST", "/rerate", span, expect=200)["missing"]), 30,
               "a node that is not counted any more, and named all the same")
    both.start("node-b")
    eventually(lambda: asked.admin("POST", "/rerate", span, expect=200)["missing"] == [], 30, "nothing missing")
