# SPDX-License-Identifier: MIT
"""A request says why it is where it is, and a client that waits for a stream hears that it is not forgotten."""

import http.client
import json
import os
import pathlib
import socket
import subprocess
import threading
from datetime import datetime, timedelta, timezone

import openai
import pytest

from support.books import Books
from support.programs import eventually, provider

SLOW = "slow:speed=40,prefill=0,tokens=400"
QUICK = "quick:speed=0,prefill=0,tokens=5"
HELLO = [{"role": "user", "content": "Hello!"}]


class Stream:
    """A streamed chat whose answer is read as it comes."""

    def __init__(self, gateway, model, key=None, **headers):
        self.link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
        self.link.request("POST", "/v1/chat/completions", json.dumps({"model": model, "stream": True, "messages": HELLO}),
                          {"authorization": f"Bearer {key or gateway.root_key}", "content-type": "application/json", **headers})
        self.answer = self.link.getresponse()
        self.id = self.answer.getheader("x-request-id")

    def line(self):
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line:
                return line

    def rest(self):
        return [line for line in self.answer.read().decode().split("\n") if line]

    def close(self):
        self.link.close()


@pytest.fixture
def town(house):
    """One place, and heartbeats five times a second."""
    cloud = house.simulate(SLOW, QUICK)
    gateway = house.serve([provider("cloud", cloud, "slow", "quick", max_in_flight=1)], limits={"heartbeat": "200ms"})
    return cloud, gateway


def why(gateway, request, **more):
    status, _, text = gateway.call("GET", f"/admin/v1/requests/{request}/why", **more)
    return status, json.loads(text)


def test_a_request_that_waits_says_behind_whom_and_one_that_has_ended_how_it_went(town):
    _, gateway = town
    first = Stream(gateway, "slow")
    assert first.line().startswith("data:")
    assert first.answer.getheader("x-logos-decision") == 'only; model="slow"; provider="cloud"'
    status, running = why(gateway, first.id)
    assert (status, running["state"], running["running"]["provider"]) == (200, "running", "cloud")
    assert running["running"]["answering"] is True

    second, third = Stream(gateway, "quick"), Stream(gateway, "quick")
    assert second.line().startswith(": waiting, position 1")
    status, waiting = why(gateway, third.id)
    assert (status, waiting["state"], waiting["model"]) == (200, "waiting", "quick")
    ticket, = waiting["tickets"]
    assert (ticket["position"], ticket["ahead_own_key"], ticket["state"]) == (2, 1, "waiting")
    assert "places of the provider are in use" in ticket["blocked_by"]
    assert 0 < ticket["deadline_in_us"] <= 300_000_000

    second.close()
    eventually(lambda: why(gateway, third.id)[1]["tickets"][0]["position"] == 1, 5, "the position moves")
    first.close()
    rest = third.rest()
    assert rest[-1] == "data: [DONE]"
    eventually(lambda: why(gateway, third.id)[1].get("state") == "ended", 5, "its row")
    ended = why(gateway, third.id)[1]
    assert ended["decision"].startswith("only; queued-behind=")
    assert ended["queue_us"] > 200_000 and ended["result"] == "success"
    assert why(gateway, "01890000-0000-7000-8000-000000000000")[0] == 404


def queue(gateway, query="", **more):
    status, _, text = gateway.call("GET", f"/admin/v1/queue{query}", **more)
    assert status == 200, text
    return json.loads(text)


def test_who_waits_is_listed_in_pages_and_to_everybody_their_own(town):
    _, gateway = town
    mine, _ = gateway.new_key("mine")
    theirs, _ = gateway.new_key("theirs")
    assert queue(gateway) == {"data": [], "next": None, "silent": []}
    before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    first = Stream(gateway, "slow")
    waiting = [Stream(gateway, "quick", key=key) for key in (mine, theirs, mine)]
    page = queue(gateway, "?limit=2")
    rest = queue(gateway, f"?limit=2&cursor={page['next']}")
    rows = page["data"] + rest["data"]
    assert [row["request_id"] for row in rows] == sorted(s.id for s in waiting)
    assert rest["next"] is None
    assert sorted(row["position"] for row in rows) == [1, 2, 3]
    for row in rows:
        assert (row["model"], row["provider"], row["state"], row["priority"]) == ("quick", "cloud", "waiting", 5)
        assert "places of the provider are in use" in row["blocked_by"]
        assert row["waited_us"] > 0
        since = datetime.fromisoformat(row["since"])
        assert before <= since <= datetime.now(timezone.utc) - timedelta(microseconds=row["waited_us"] - 1000)
    assert {row["request_id"] for row in queue(gateway, key=mine)["data"]} == {waiting[0].id, waiting[2].id}
    assert gateway.call("GET", "/admin/v1/queue?model=quick")[0] == 400
    first.close()
    for stream in waiting:
        stream.rest()
        stream.close()
    eventually(lambda: queue(gateway)["data"] == [], 5, "nobody waits")


def test_a_refused_request_is_on_the_books_with_its_model_and_provider(town):
    _, gateway = town
    first = Stream(gateway, "slow")
    status, _, _ = gateway.call("POST", "/v1/chat/completions", {"model": "quick", "messages": HELLO, "timeout_s": 0})
    assert status == 504
    first.close()
    found = eventually(lambda: (Books(gateway).query(
        "select m.name as model, p.name as provider from request_events e join models m on m.id = e.model_id"
        " join providers p on p.id = e.provider_id where e.result_status = 'timeout'") or [None])[0], 5, "its row")
    assert (found["model"], found["provider"]) == ("quick", "cloud")
    row, = Books(gateway).query("select utilization_at_arrival as busy from log_entry where result_status = 'timeout'")
    assert row["busy"] is None, "nobody has counted"


def test_others_do_not_see_it(town):
    _, gateway = town
    mine, _ = gateway.new_key("mine")
    theirs, _ = gateway.new_key("theirs")
    first = Stream(gateway, "slow", key=mine)
    assert why(gateway, first.id, key=mine)[0] == 200
    assert why(gateway, first.id, key=theirs)[0] == 404
    first.close()


def test_a_stream_that_waited_is_the_providers_after_its_comments(town):
    cloud, gateway = town
    first = Stream(gateway, "slow")
    second = Stream(gateway, "quick")
    assert second.answer.status == 200
    assert second.answer.getheader("content-type") == "text/event-stream"
    assert second.line().startswith(": waiting, position 1")
    first.close()
    lines = second.rest()
    comments = [line for line in lines if line.startswith(":")]
    assert any(line.startswith(": x-logos-provider: cloud") for line in comments)
    assert any(line.startswith(": x-logos-decision: only; queued-behind=") or line.startswith(": x-logos-decision: only;")
               for line in comments)
    data = [line for line in lines if not line.startswith(":")]
    unhindered = Stream(gateway, "quick").rest()
    assert len(data) == len(unhindered) and data[-1] == "data: [DONE]"


def test_real_clients_read_past_the_comments(town):
    _, gateway = town
    first = Stream(gateway, "slow")
    threading.Timer(1.0, first.close).start()
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=gateway.root_key, max_retries=0, timeout=30) as client:
        parts = list(client.chat.completions.create(model="quick", messages=HELLO, stream=True))
    assert "".join(part.choices[0].delta.content or "" for part in parts if part.choices)
    row = eventually(lambda: [r for r in Books(gateway).rows() if r["result_status"] == "success"], 3, "its row")[0]
    assert row["queue_wait_ms"] > 500, "it has waited, and seen comments"


NODE = """
import OpenAI from 'openai';
const client = new OpenAI({ baseURL: process.env.TOWN + '/v1', apiKey: process.env.TOWN_KEY, maxRetries: 0 });
const request = { model: 'quick', messages: [{ role: 'user', content: 'Hello!' }], stream: true };
let text = '';
try {
  for await (const part of await client.chat.completions.create(request)) text += part.choices[0]?.delta?.content ?? '';
  console.log('text ' + text);
} catch (error) {
  console.log('error ' + error.message);
}
"""


def node(gateway):
    folder = pathlib.Path(os.environ["INTEGRATION_NODE_MODULES"]).parent
    return subprocess.Popen(["node", "--input-type=module", "-e", NODE], cwd=folder, stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "TOWN": gateway.url, "TOWN_KEY": gateway.root_key})


def test_openai_for_node_reads_past_the_comments_and_hears_of_an_error(town):
    cloud, gateway = town
    first = Stream(gateway, "slow")
    client = node(gateway)
    eventually(lambda: waiting_there(gateway), 20, "it waits")
    threading.Timer(0.5, first.close).start()
    assert client.communicate(timeout=30)[0].startswith("text ")

    cloud.add_fault("status", model="quick", code=400, body='{"error":{"message":"as ordered","code":"x"}}')
    first = Stream(gateway, "slow")
    client = node(gateway)
    eventually(lambda: waiting_there(gateway), 20, "it waits")
    threading.Timer(0.5, first.close).start()
    assert "as ordered" in client.communicate(timeout=30)[0]


def waiting_there(gateway):
    states = [a["state"] for a in gateway.admin("GET", "/actors")["actors"] if a["kind"] == "scheduler"]
    return any("1 waiting" in state for state in states)


def test_an_error_after_the_comments_is_an_event(town):
    cloud, gateway = town
    first = Stream(gateway, "slow")
    second = Stream(gateway, "quick", **{"x-logos-timeout": "1"})
    lines = second.rest()
    assert lines[-1] == "data: [DONE]"
    error = json.loads(lines[-2].removeprefix("data: "))["error"]
    assert error["code"] == "queue_timeout"
    assert Books(gateway).row(second.id)["http_status"] == 504, "the books say what it was"

    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=gateway.root_key, max_retries=0, timeout=30) as client:
        with pytest.raises(openai.APIError, match="Waited"):
            list(client.chat.completions.create(model="quick", messages=HELLO, stream=True,
                                                extra_headers={"x-logos-timeout": "1"}))
    first.close()


def test_a_provider_is_tried_after_another_when_comments_have_gone_out(house):
    bad, good = house.simulate(QUICK, SLOW), house.simulate(QUICK, SLOW.replace("slow", "long"))
    bad.add_fault("status", model="quick", code=503)
    gateway = house.serve([provider("bad", bad, "quick", "slow", max_in_flight=1),
                           provider("good", good, "quick", "long", max_in_flight=1)], limits={"heartbeat": "200ms"})
    at_bad, at_good = Stream(gateway, "slow"), Stream(gateway, "long")
    second = Stream(gateway, "quick")
    assert second.line().startswith(": waiting")
    at_bad.close()
    eventually(lambda: bad.requests("quick"), 5, "the call that fails")
    at_good.close()
    lines = second.rest()
    assert lines[-1] == "data: [DONE]" and any("x-logos-decision: failover; candidates=2" in line for line in lines)
    assert len(good.requests("quick")) == 1


def test_a_client_that_leaves_while_it_waits_frees_its_place_in_line(town):
    _, gateway = town
    first = Stream(gateway, "slow")
    second = Stream(gateway, "quick")
    assert second.line().startswith(": waiting")
    second.close()
    eventually(lambda: not waiting_there(gateway), 3, "it is gone from the queue")
    assert Books(gateway).row(second.id, 3)["http_status"] == 499
    first.close()


def test_without_the_setting_nothing_is_said_before_the_answer(house):
    cloud = house.simulate(SLOW, QUICK)
    gateway = house.serve([provider("cloud", cloud, "slow", "quick", max_in_flight=1)])
    first = Stream(gateway, "slow")
    threading.Timer(1.5, first.close).start()
    second = Stream(gateway, "quick")
    assert all(not line.startswith(":") for line in second.rest())


def test_request_events_have_what_upstream_has(town):
    _, gateway = town
    first = Stream(gateway, "slow")
    second = Stream(gateway, "quick")
    threading.Timer(0.5, first.close).start()
    second.rest()
    Books(gateway).row(second.id, 3)
    event, = Books(gateway).query(f"select * from request_events where request_id = '{second.id}'")
    assert event["queue_depth_at_enqueue"] == 0 and event["queue_depth_at_schedule"] == 0
    assert event["priority_when_scheduled"] == event["initial_priority"]
    assert event["enqueue_ts"] < event["scheduled_ts"] < event["request_complete_ts"]
    assert (event["result_status"], event["error_message"]) == ("success", None)
    row = Books(gateway).row(second.id)
    assert row["utilization_at_arrival"] == 1, "one was in flight"
    assert row["queue_wait_ms"] > 200


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_every_node_of_a_cluster_tells_why(house, postgres):
    """Whoever is asked, whoever has the request, and wherever the provider's SCHEDULER is."""
    storage, cloud, nodes = postgres.new_database(), house.simulate(SLOW, QUICK), {}
    for name in ("node-a", "node-b"):
        cluster = {"name": "test", "node": name, "listen": f"127.0.0.1:{free_port()}"}
        nodes[name] = house.serve([provider("cloud", cloud, "slow", "quick", max_in_flight=1)], storage=storage, name=name,
                                  cluster=cluster, secret_key="the same secret on every node", limits={"heartbeat": "200ms"})
    (nodes["node-b"].data_dir / "root.key").write_text(nodes["node-a"].root_key + "\n")
    eventually(lambda: all(len(n.admin("GET", "/nodes")["nodes"]) == 2 and
                           sum(a["kind"] == "scheduler" for a in n.admin("GET", "/actors")["actors"]) == 1
                           for n in nodes.values()), 20, "two nodes that see each other, and one owner")
    first = Stream(nodes["node-a"], "slow")
    assert first.line().startswith("data:")
    behind = {name: Stream(node, "quick") for name, node in nodes.items()}
    for asked in nodes.values():
        assert why(asked, first.id)[1]["running"]["answering"] is True
        for name, stream in behind.items():
            status, told = why(asked, stream.id)
            assert (status, told["state"], told["node"]) == (200, "waiting", name)
            ticket, = told["tickets"]
            assert (ticket["state"], ticket["waiting"], ticket["places_in_use_at_provider"]) == ("waiting", 2, 1), told
        assert sorted(why(asked, s.id)[1]["tickets"][0]["position"] for s in behind.values()) == [1, 2]
        listed = queue(asked)
        assert [row["request_id"] for row in listed["data"]] == sorted(s.id for s in behind.values())
        assert (listed["next"], listed["silent"]) == (None, [])
    first.close()
    for stream in behind.values():
        assert stream.rest()[-1] == "data: [DONE]"
        stream.close()
