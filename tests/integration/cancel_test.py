# SPDX-License-Identifier: MIT
"""A client that goes away cancels its provider request within 50 ms in each phase, and gives its place to the next."""

import json
import socket
import statistics
import time

import pytest

from support.books import Books
from support.programs import SLOWNESS, eventually, provider

LIMIT_US = 50_000 * SLOWNESS
MODELS = ["slow:speed=50,prefill=0,tokens=400", "thinking:speed=0,prefill=1,tokens=4,context=100000",
          "quick:speed=0,prefill=0,tokens=4"]


@pytest.fixture
def narrow(house):
    """A gateway that lets one request at a time to each model of its provider."""
    cloud = house.simulate(*MODELS)
    gateway = house.serve([provider("cloud", cloud, *[m.split(":")[0] for m in MODELS], parallel=1)])
    return cloud, gateway


class Client:
    """A request over a socket of its own, which can be dropped at any moment."""

    def __init__(self, gateway, model, stream=True):
        body = json.dumps({"model": model, "stream": stream, "messages": [{"role": "user", "content": "Hello!"}]}).encode()
        self.link = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
        self.link.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                          b"Authorization: Bearer " + gateway.root_key.encode() +
                          b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)

    def read(self):
        return self.link.recv(65536)

    def leave(self):
        """Closes the connection; when, in microseconds of the clock that the simulator uses."""
        moment = time.monotonic_ns() // 1000
        self.link.close()
        return moment


def delay_of_abort(cloud, model, enter):
    """Microseconds from a client's leaving to the provider's noticing."""
    before = len(cloud.requests(model))
    client = enter()
    eventually(lambda: len(cloud.requests(model)) > before, 5, "the request at the provider")
    left = client.leave()
    return eventually(lambda: cloud.requests(model)[before]["aborted_us"], 5, "the abort") - left


def assert_served(gateway, model="quick"):
    assert gateway.chat(model, timeout=10)[0] == 200


def assert_booked(gateway, count):
    books = Books(gateway)
    eventually(lambda: len([r for r in books.rows() if r["http_status"] == 499]) >= count, 3, f"{count} rows with 499")
    rows = [r for r in books.rows() if r["http_status"] == 499]
    assert len(rows) == count
    assert {(r["result_status"], r["error_code"]) for r in rows} == {("client_gone", "client_gone")}


@pytest.mark.parametrize("stream", [True, False])
def test_leaving_before_the_first_token_aborts_within_50_ms(narrow, stream):
    cloud, gateway = narrow
    cloud.add_fault("hang", model="quick", count=5)
    delays = [delay_of_abort(cloud, "quick", lambda: Client(gateway, "quick", stream)) for _ in range(5)]
    assert statistics.median(delays) < LIMIT_US, delays
    assert_served(gateway)
    assert_booked(gateway, 5)


def test_leaving_while_the_model_reads_the_prompt_aborts_within_50_ms(narrow):
    cloud, gateway = narrow
    delays = [delay_of_abort(cloud, "thinking", lambda: Client(gateway, "thinking")) for _ in range(5)]
    assert statistics.median(delays) < LIMIT_US, delays
    assert_booked(gateway, 5)


def test_leaving_in_mid_stream_aborts_within_50_ms(narrow):
    cloud, gateway = narrow

    def enter():
        client = Client(gateway, "slow")
        assert b"200 OK" in client.read()
        return client

    delays = [delay_of_abort(cloud, "slow", enter) for _ in range(5)]
    assert statistics.median(delays) < LIMIT_US, delays
    assert_booked(gateway, 5)
    rows = [r for r in Books(gateway).rows() if r["http_status"] == 499]
    assert all(r["usage_source"] == "partial" for r in rows)


def test_leaving_the_queue_frees_the_place_and_reaches_no_provider(narrow):
    cloud, gateway = narrow
    first = Client(gateway, "slow")
    assert b"200 OK" in first.read()
    waiting = [Client(gateway, "slow") for _ in range(3)]
    state = "3 waiting"
    eventually(lambda: sum(int(a["state"].split(" waiting")[0].split()[-1]) for a in gateway.admin("GET", "/actors")["actors"]
                           if a["kind"] == "ingress" and " waiting" in a["state"]) == 3, 5, state)
    for client in waiting:
        client.leave()
    assert_booked(gateway, 3)
    last = Client(gateway, "slow")
    first.leave()
    assert b"200 OK" in last.read(), "the freed place was not given to the next"
    assert len(cloud.requests("slow")) == 2, "a request that had left was sent upstream"
    last.leave()


def test_leaving_while_connecting_frees_the_place(house):
    # A listener whose backlog is full answers nothing at all: connecting hangs.
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(0)
    filler = []
    for _ in range(8):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(deaf.getsockname())
        filler.append(one)
    gateway = house.serve([{"name": "deaf", "type": "custom", "base_url": f"http://127.0.0.1:{deaf.getsockname()[1]}",
                            "privacy": "LOCAL", "parallel": 1, "models": ["quick"]}], limits={"connect": "30s"})
    for count in (1, 2, 3):
        client = Client(gateway, "quick")
        eventually(lambda: any(a["kind"] == "executor" and a["state"].startswith("1 in flight")
                               for a in gateway.admin("GET", "/actors")["actors"]), 5, "a call in flight")
        client.leave()
        # The place is free again: the next one, too, gets to the point of connecting.
        assert_booked(gateway, count)
    for one in [*filler, deaf]:
        one.close()


def test_a_hundred_clients_that_leave_at_once_leave_nothing_behind(narrow):
    cloud, gateway = narrow
    clients = [Client(gateway, "slow") for _ in range(100)]
    eventually(lambda: cloud.requests("slow"), 5, "the first of them at the provider")
    for client in clients:
        client.leave()
    eventually(lambda: cloud.stats()["total"]["in_flight"] == 0, 10, "an idle provider")
    final = Client(gateway, "slow")
    assert b"200 OK" in final.read()
    final.leave()
    eventually(lambda: Books(gateway).count() == 101, 5, "101 rows")
    actors = gateway.admin("GET", "/actors")["actors"]
    assert all(a["state"].startswith("0 ") for a in actors if a["kind"] in ("ingress", "executor"))
