# SPDX-License-Identifier: MIT
"""What runs with a key ends when the key is taken away, wherever it runs and however far it has come."""

import collections
import concurrent.futures
import json
import re

import pytest

from support.books import Books
from support.nodes import serve_nodes
from support.programs import eventually, provider
from support.streams import Stream, assert_cut

MODELS = ["slow:speed=20,prefill=0,tokens=2000", "quick:speed=0,prefill=0,tokens=4"]


def ask_in_background(pool, gateway, key):
    return pool.submit(lambda: gateway.chat("slow", key=key))


def ways_of_revoking(gateway, process_id):
    return {"removed": lambda: gateway.admin("DELETE", f"/processes/{process_id}"),
            "rotated": lambda: gateway.admin("POST", f"/processes/{process_id}/rotate", expect=200)}


def sources(gateway):
    """Tokens by `usage_source`, over all threads, as /metrics has them."""
    text = gateway.call("GET", "/metrics")[2].decode()
    sums = collections.Counter()
    for labels, value in re.findall(r"^logos_usage_tokens_total{(.*)} (\d+)$", text, re.M):
        sums[re.search(r'source="(\w+)"', labels)[1]] += int(value)
    return sums.items()


@pytest.mark.parametrize("way", ["removed", "rotated"])
def test_streams_answers_and_who_waits_end_when_their_key_is_taken_away(house, storage, way):
    cloud = house.simulate(*MODELS)
    gateway = house.serve([provider("cloud", cloud, "slow", "quick", parallel=3)], storage=storage)
    key, process_id = gateway.new_key("app")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        stream = Stream(gateway, key).begin()
        others = Stream(gateway, gateway.root_key).begin()
        whole = ask_in_background(pool, gateway, key)
        eventually(lambda: len(cloud.requests("slow")) == 3, 5, "three requests at the provider")
        waiting = ask_in_background(pool, gateway, key)
        eventually(lambda: any(a["kind"] == "ingress" and a["state"].startswith("1 waiting")
                               for a in gateway.admin("GET", "/actors")["actors"]), 5, "one that waits")
        ways_of_revoking(gateway, process_id)[way]()
        assert_cut(stream)
        for status, _, text in (whole.result(10), waiting.result(10)):
            assert (status, json.loads(text)["error"]["code"]) == (401, "invalid_api_key"), text
    aborted = eventually(lambda: [r for r in cloud.requests("slow") if r["aborted_us"]][1:], 5, "two calls that were ended")
    assert len(aborted) == 1, "nobody else's was"
    assert len(cloud.requests("slow")) == 3, "who waited was never sent"
    rows = eventually(lambda: [r for r in Books(gateway).rows() if r["error_code"] == "wrong_key"][2:] and
                      [r for r in Books(gateway).rows() if r["error_code"] == "wrong_key"], 5, "three rows")
    assert sorted((r["http_status"], r["usage_source"]) for r in rows) == [(200, "partial"), (401, "none"), (401, "partial")]
    counted = {m[0]: int(m[1]) for m in sources(gateway)}
    assert counted["partial"] == sum(r["total_tokens"] for r in rows) and counted["none"] == 0
    listed = gateway.admin("GET", "/requests?usage_source=partial")["data"]
    assert {r["request_id"] for r in listed} == {r["request_id"] for r in rows if r["usage_source"] == "partial"}
    assert gateway.call("GET", "/admin/v1/requests?usage_source=guessed")[0] == 400
    assert others.answer.readline() is not None and gateway.chat("quick")[0] == 200
    others.close()


def test_a_key_in_its_grace_and_one_that_is_changed_cut_nothing(house):
    cloud = house.simulate(*MODELS)
    gateway = house.serve([provider("cloud", cloud, "slow", "quick")])
    key, process_id = gateway.new_key("app")
    stream = Stream(gateway, key).begin()
    gateway.admin("PATCH", f"/processes/{process_id}", {"log": "FULL", "priority": "low"})
    gateway.admin("POST", "/limits", {"scope": "process", "scope_id": process_id, "kind": "requests_per_minute", "value": 5})
    gateway.admin("POST", f"/processes/{process_id}/rotate", {"grace_s": 600}, expect=200)
    before = cloud.requests("slow")
    assert len(before) == 1 and not before[0]["aborted_us"]
    assert stream.answer.readline() is not None
    gateway.admin("DELETE", f"/processes/{process_id}")
    assert_cut(stream)


def test_a_key_that_one_node_takes_away_ends_what_runs_on_the_other(house, postgres):
    cloud = house.simulate(*MODELS)
    first, second = serve_nodes(house, postgres.new_database(), [provider("cloud", cloud, "slow", "quick")], 2)
    key, process_id = first.new_key("app")
    stream = Stream(second, key).begin()
    first.admin("DELETE", f"/processes/{process_id}")
    assert_cut(stream)
    row = eventually(lambda: [r for r in Books(first).rows() if r["error_code"] == "wrong_key"], 5, "its row")[0]
    assert (row["node"], row["usage_source"]) == ("node-b", "partial")
