# SPDX-License-Identifier: MIT
"""SCHEDULER's plan of an Ollama's memory, against a real one that has room for one model of three."""

import concurrent.futures
import http.client
import json
import threading
import time

import pytest

from support.books import Books
from support.ollama import MODELS
from support.programs import eventually


@pytest.fixture
def gateway(either, house):
    """A gateway before `either`, which gives one request at a time to each model."""
    gateway = house.serve([])
    provider = gateway.admin("POST", "/providers", {"name": "gpu", "type": "ollama", "base_url": either.url, "parallel": 1,
                                                    "privacy": "LOCAL", "max_loaded_models": 1})
    for name in MODELS:
        model = gateway.admin("POST", "/models", {"name": name})
        gateway.admin("POST", "/deployments", {"model_id": model["id"], "provider_id": provider["id"]})
    return gateway


def ask_in_turn(gateway, requests, clients=9, **fields):
    """So many requests to the three models in turn, by so many clients; (request id, model, status, seconds) of each."""
    fields = {"max_tokens": 2, **fields}

    def ask(number):
        model, begun = MODELS[number % 3], time.monotonic()
        status, headers, text = gateway.chat(model, timeout=120, **fields)
        assert status == 200, (model, text)
        return headers["x-request-id"], model, status, time.monotonic() - begun

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        return list(pool.map(ask, range(requests)))


def test_no_request_fails_however_the_models_alternate(either, gateway):
    answers = ask_in_turn(gateway, 36)
    books = Books(gateway)
    eventually(lambda: books.count() == 36, 5, "all rows")
    rows = books.by_id()
    assert {(row["http_status"], row["completion_tokens"], row["attempts"]) for row in rows.values()} == {(200, 2, 1)}
    assert set(rows) == {answer[0] for answer in answers}


def test_alternating_requests_load_far_less_often_than_they_alternate(either, gateway):
    ask_in_turn(gateway, 6)  # so that it has learned what loads take
    before = either.loads()
    ask_in_turn(gateway, 60, clients=15)
    assert either.loads() - before <= 20


def test_a_request_that_waited_for_a_load_says_so_in_the_books(either, gateway):
    assert gateway.chat("small", max_tokens=1)[0] == 200
    _, cold, _ = gateway.chat("large", max_tokens=1)
    _, warm, _ = gateway.chat("large", max_tokens=1)
    books = Books(gateway)
    cold, warm = books.row(cold["x-request-id"], 5), books.row(warm["x-request-id"], 5)
    assert cold["was_cold_start"] and cold["load_duration_ms"] > 100
    assert not warm["was_cold_start"] and not warm["load_duration_ms"]


def test_steady_traffic_of_one_model_does_not_starve_another(either, gateway):
    """Without Logos the others wait until the traffic ends: facts_test.py."""
    over, served = threading.Event(), []

    def go_on():
        while not over.is_set():
            served.append(gateway.chat("small", max_tokens=60, timeout=120)[0])

    threads = [threading.Thread(target=go_on, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: len(served) > 6, 60, "traffic")
        for model in ("middle", "large"):
            assert gateway.chat(model, max_tokens=1, timeout=120)[0] == 200
    finally:
        over.set()
        for thread in threads:
            thread.join(120)
    assert set(served) == {200}


def test_requests_with_a_keep_alive_that_pass_logos_by_block_nothing(either, gateway):
    """ollama #17408, provoked by somebody else's client: facts_test.py shows that it blocks an Ollama for minutes."""
    over, others = threading.Event(), []

    def revive():
        while not over.is_set():
            others.append(either.generate("small", "Hello!", keep_alive="10m", options={"num_predict": 30})[0])

    thread = threading.Thread(target=revive, daemon=True)
    thread.start()
    try:
        eventually(lambda: others, 30, "somebody else's traffic")
        answers = ask_in_turn(gateway, 12, clients=6)
    finally:
        over.set()
        thread.join(120)
    assert len(answers) == 12 and set(others) == {200}


def test_a_client_that_leaves_does_not_take_the_load_of_the_others_with_it(either, gateway):
    assert gateway.chat("small", max_tokens=1)[0] == 200
    loads = either.loads()
    link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    link.request("POST", "/v1/chat/completions", json.dumps({
        "model": "large", "max_tokens": 1, "messages": [{"role": "user", "content": "Hello!"}]}),
        {"authorization": f"Bearer {gateway.root_key}", "content-type": "application/json"})
    eventually(lambda: either.loads() > loads, 20, "a load")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        second = pool.submit(gateway.chat, "large", max_tokens=1)
        link.close()
        assert second.result()[0] == 200
    assert either.loads() == loads + 1


def test_what_others_have_thrown_out_is_loaded_again(either, gateway):
    assert gateway.chat("small", max_tokens=1)[0] == 200
    either.generate("large")
    for model in ("small", "large", "small"):
        either.generate("middle")
        assert gateway.chat(model, max_tokens=1)[0] == 200
