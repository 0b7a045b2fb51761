# SPDX-License-Identifier: MIT
"""Servers with a queue of their own, which tell what waits there: it waits at the gateway instead."""

import threading

from support.programs import eventually, provider

SECOND = "prefill=0,speed=20,tokens=20"


def row_of(gateway):
    return next(p for p in gateway.admin("GET", "/providers")["data"] if p["name"] == "own")


def state(gateway):
    return gateway.admin("GET", f"/providers/{row_of(gateway)['id']}/state")


def ask_for_many(gateway, n):
    """As many clients, each with one request; their answers' statuses when all are there."""
    statuses = []
    clients = [threading.Thread(target=lambda: statuses.append(gateway.chat("chat")[0])) for _ in range(n)]
    for c in clients:
        c.start()
    return clients, statuses


def blocked(gateway):
    return [t.get("blocked_by") or "" for t in gateway.admin("GET", "/queue")["data"]]


def test_a_llama_cpp_is_never_sent_more_than_its_slots(house):
    server = house.simulate(f"chat:parallel=2,{SECOND}", flavour="llama-cpp")
    gateway = house.serve([provider("own", server, "chat")])
    eventually(lambda: state(gateway)["slots"] == 2, what="its slots")
    assert row_of(gateway)["parallel"] == 0
    clients, statuses = ask_for_many(gateway, 6)
    eventually(lambda: any("its server has 2 slots" in why for why in blocked(gateway)), what="the reason")
    for c in clients:
        c.join()
    assert statuses == [200] * 6
    assert server.stats()["total"]["max_in_flight"] == 2


def test_what_waits_inside_a_vllm_waits_at_the_gateway(house):
    server = house.simulate(f"chat:parallel=8,{SECOND}", flavour="vllm")
    gateway = house.serve([provider("own", server, "chat")])
    eventually(lambda: state(gateway)["server"].startswith("vLLM"), what="its version")
    clients, statuses = ask_for_many(gateway, 160)
    eventually(lambda: any("more wait inside it" in why for why in blocked(gateway)), 30, "the reason")
    eventually(lambda: state(gateway)["waiting"] == 0 and blocked(gateway), 30, "a queue here, and none inside")
    for c in clients:
        c.join()
    assert statuses == [200] * 160
