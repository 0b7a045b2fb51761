# SPDX-License-Identifier: MIT
"""Requests beyond what a provider takes wait in a bounded queue, in order, for a bounded time."""

import json
import threading
import time

import pytest

from support.books import Books
from support.load import Load
from support.programs import eventually, provider


def occupied(house, **settings):
    """A gateway whose only place is taken for ten seconds, and the thread that took it."""
    cloud = house.simulate("slow:speed=40,prefill=0,tokens=400", "steady:speed=100,prefill=0,tokens=10")
    gateway = house.serve([provider("cloud", cloud, "slow", "steady", parallel=1)], **settings)
    import http.client
    link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    link.request("POST", "/v1/chat/completions", json.dumps({"model": "slow", "stream": True, "messages": []}),
                 {"authorization": f"Bearer {gateway.root_key}", "content-type": "application/json"})
    answer = link.getresponse()
    assert answer.status == 200
    return cloud, gateway, link


def test_a_full_queue_is_told_at_once_with_a_retry_after(house):
    _, gateway, link = occupied(house, limits={"queue_per_model": 1})
    answers = []

    def ask():
        status, headers, text = gateway.chat("slow", headers={"x-logos-timeout": "2"})
        answers.append((status, json.loads(text)["error"]["code"], headers.get("retry-after", "0")))

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(answers) == 3, 1.9, "three refusals before the one that waits gives up")
    assert {answer[:2] for answer in answers} == {(429, "queue_full")}
    assert all(int(retry_after) >= 1 for _, _, retry_after in answers)
    for thread in threads:
        thread.join(10)
    assert answers[-1][:2] == (504, "queue_timeout")
    link.close()


def test_waiting_ends_after_the_time_that_the_client_gave(house):
    _, gateway, link = occupied(house)
    begun = time.monotonic()
    status, headers, text = gateway.chat("slow", headers={"x-logos-timeout": "1"})
    assert (status, json.loads(text)["error"]["code"]) == (504, "queue_timeout")
    assert 0.9 < time.monotonic() - begun < 4
    row = Books(gateway).row(headers["x-request-id"])
    assert (row["http_status"], row["result_status"], row["timeout_s"]) == (504, "timeout", 1)
    begun = time.monotonic()
    status, _, text = gateway.chat("slow", headers={"x-logos-timeout": "0.5"})
    assert (status, json.loads(text)["error"]["code"]) == (504, "queue_timeout")
    assert 0.4 < time.monotonic() - begun < 3
    status, _, text = gateway.chat("slow", timeout_s=1)
    assert (status, json.loads(text)["error"]["code"]) == (504, "queue_timeout")
    link.close()


def test_waiting_ends_after_the_time_that_the_operator_gave(house):
    _, gateway, link = occupied(house, limits={"queue_wait": "500ms"})
    status, _, text = gateway.chat("slow", headers={"x-logos-timeout": "60"})
    assert (status, json.loads(text)["error"]["code"]) == (504, "queue_timeout")
    link.close()


def test_a_full_model_does_not_stand_in_the_way_of_another(house):
    _, gateway, link = occupied(house)
    assert gateway.chat("steady", timeout=10)[0] == 200
    link.close()


def test_the_limit_in_flight_is_never_exceeded_under_load(house):
    cloud = house.simulate("steady:speed=1000,prefill=0,tokens=10")
    gateway = house.serve([provider("cloud", cloud, {"name": "steady", "parallel": 3})])
    load = Load(gateway, "steady", clients=12)
    eventually(lambda: len(load.finished()) > 200, 20, "200 answers")
    load.stop()
    assert not load.failures()
    assert cloud.stats()["total"]["max_in_flight"] == 3


def test_the_limit_of_a_model_holds_where_its_deployment_says_none(house):
    cloud = house.simulate("steady:speed=1000,prefill=0,tokens=10")
    gateway = house.serve([provider("cloud", cloud, parallel=16)])
    gateway.admin("POST", "/models", {"name": "steady", "provider": "cloud", "parallel": 2})
    load = Load(gateway, "steady", clients=8)
    eventually(lambda: len(load.finished()) > 100, 20, "100 answers")
    assert not load.stop().failures()
    assert cloud.stats()["total"]["max_in_flight"] == 2


def test_the_limit_over_all_models_is_never_exceeded(house):
    cloud = house.simulate("one:speed=1000,prefill=0,tokens=10", "two:speed=1000,prefill=0,tokens=10")
    gateway = house.serve([provider("cloud", cloud, "one", "two", parallel=4, max_in_flight=5)])
    loads = [Load(gateway, name, clients=6) for name in ("one", "two")]
    eventually(lambda: min(len(load.finished()) for load in loads) > 100, 20, "100 answers of each")
    for load in loads:
        assert not load.stop().failures()
    assert cloud.stats()["total"]["max_in_flight"] <= 5


def test_a_high_priority_passes_a_low_one(house):
    _, gateway, link = occupied(house)
    order, threads = [], []

    def ask(priority):
        status, _, _ = gateway.chat("slow", headers={"x-logos-priority": priority}, max_tokens=2)
        order.append((priority, status))

    for depth, priority in enumerate(("low", "low", "high")):
        thread = threading.Thread(target=ask, args=(priority,), daemon=True)
        thread.start()
        threads.append(thread)
        eventually(lambda: sum(int(a["state"].split(" waiting")[0].split()[-1])
                               for a in gateway.admin("GET", "/actors")["actors"]
                               if a["kind"] == "ingress" and " waiting" in a["state"]) == depth + 1, 5, "the next in the queue")
    link.close()
    for thread in threads:
        thread.join(20)
    assert order[0] == ("high", 200)
    assert {status for _, status in order} == {200}


@pytest.mark.parametrize("name, value", [("x-logos-priority", "urgent"), ("x-logos-priority", "11"), ("x-logos-mode", "fast"),
                                         ("x-logos-timeout", "soon"), ("x-logos-timeout", "-1"),
                                         ("x-logos-metadata", "{"), ("use_profile", "zero"), ("policy", "none")])
def test_a_wrong_header_of_ours_is_named(town, name, value):
    status, _, text = town.gateway.chat("chat", key=town.key, headers={name: value})
    assert status in (400, 404)
    assert json.loads(text)["error"]["param"] == name
