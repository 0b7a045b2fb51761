# SPDX-License-Identifier: MIT
"""Logos before a real Ollama: what MONITOR sees of it, and that requests, tokens and cancellations arrive."""

import concurrent.futures
import http.client
import json
import socket
import time

import pytest

from support.books import Books
from support.ollama import MODELS, Ollama
from support.programs import eventually


@pytest.fixture
def before(house):
    """Makes a gateway before an Ollama."""
    def make(ollama, *models, parallel=1, **settings):
        return house.serve([{"name": "gpu", "type": "ollama", "base_url": ollama.url, "privacy": "LOCAL",
                             "parallel": parallel, "models": list(models or MODELS)}], **settings)
    return make


def states(gateway):
    """By kind of actor: what it says of itself."""
    return {actor["kind"]: actor["state"] for actor in gateway.admin("GET", "/actors")["actors"]}


def latest_snapshot(gateway):
    rows = Books(gateway).query("select * from ollama_provider_snapshots order by id desc limit 1")
    return rows[0] if rows else {"loaded_models": "[]", "poll_success": None}


def names(snapshot):
    return {str(model if isinstance(model, str) else model["name"]).removesuffix(":latest")
            for model in json.loads(snapshot["loaded_models"])}


def test_monitor_sees_its_version_and_what_is_loaded(wide, before):
    wide.generate("small")
    gateway = before(wide)
    version = wide.call("GET", "/api/version")[1]["version"]
    eventually(lambda: f"reachable: Ollama {version}" in states(gateway)["monitor"], 10, "its version")
    eventually(lambda: names(latest_snapshot(gateway)) == {"small"}, 15, "a snapshot of one")
    assert gateway.chat("large", max_tokens=1)[0] == 200
    eventually(lambda: names(latest_snapshot(gateway)) == {"small", "large"}, 15, "a snapshot of two")
    wide.generate("small", keep_alive=0)
    eventually(lambda: names(latest_snapshot(gateway)) == {"large"}, 15, "a snapshot without what has left")
    assert latest_snapshot(gateway)["poll_success"]


def test_monitor_notices_that_it_is_away_and_that_it_is_back(house, tmp_path, before):
    ollama = Ollama(tmp_path)
    gateway = before(ollama)

    def state(model):
        health = json.loads(gateway.call("GET", "/health")[2])
        return next(m["state"] for m in health["models"] if m["name"] == model)

    eventually(lambda: state("small") == "up", 10, "a model that is up")
    assert gateway.chat("small", max_tokens=1)[0] == 200
    assert ollama.terminate() == 0
    eventually(lambda: state("small") != "up", 20, "a model that is not up")
    again = Ollama(tmp_path, OLLAMA_HOST=f"127.0.0.1:{ollama.port}")
    eventually(lambda: state("small") == "up", 60, "a model that is up again")
    assert gateway.chat("small", max_tokens=1)[0] == 200
    assert again.terminate() == 0


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_the_books_have_the_tokens_that_it_counts(wide, before, stream):
    gateway = before(wide, parallel=2)
    asked = {}

    def ask(number):
        model, text = MODELS[number % 3], "Tell me " + "more and " * number + "more."
        fields = {"max_tokens": 1 + number, "stream": stream}
        if stream:
            fields["stream_options"] = {"include_usage": True}
        status, headers, body = gateway.chat(model, text, **fields)
        assert status == 200, body
        usage = json.loads(body.decode().strip().split("\n\n")[-2].removeprefix("data: "))["usage"] if stream else \
            json.loads(body)["usage"]
        assert usage["completion_tokens"] == 1 + number
        asked[headers["x-request-id"]] = model, usage

    with concurrent.futures.ThreadPoolExecutor(6) as clients:
        list(clients.map(ask, range(18)))
    books = Books(gateway)
    eventually(lambda: books.count() == 18, 5, "all rows")
    rows = books.by_id()
    assert {i: (row["prompt_tokens"], row["completion_tokens"], row["usage_source"]) for i, row in rows.items()} == \
        {i: (usage["prompt_tokens"], usage["completion_tokens"], "provider") for i, (_, usage) in asked.items()}


def test_a_stream_whose_client_asks_for_no_usage_is_counted_all_the_same(wide, before):
    gateway = before(wide)
    status, headers, body = gateway.chat("small", stream=True, max_tokens=7)
    assert status == 200 and b'"usage"' not in body and body.endswith(b"data: [DONE]\n\n")
    row = Books(gateway).row(headers["x-request-id"])
    assert (row["completion_tokens"], row["usage_source"]) == (7, "provider") and row["prompt_tokens"] > 0


def test_the_native_prompt_count_is_the_one_of_openais_path(wide, before):
    gateway = before(wide)
    native = wide.call("POST", "/api/chat", {"model": "middle", "stream": False, "options": {"num_predict": 3},
                                             "messages": [{"role": "user", "content": "How do you count?"}]})[1]
    _, headers, _ = gateway.chat("middle", "How do you count?", max_tokens=3)
    row = Books(gateway).row(headers["x-request-id"])
    assert (row["prompt_tokens"], row["completion_tokens"]) == (native["prompt_eval_count"], native["eval_count"])


def test_embeddings_and_their_tokens_pass_through(wide, before):
    gateway = before(wide)
    status, headers, body = gateway.call("POST", "/v1/embeddings", {"model": "small", "input": ["one", "two"]})
    answer = json.loads(body)
    assert status == 200 and [len(d["embedding"]) for d in answer["data"]] == [128, 128]
    assert Books(gateway).row(headers["x-request-id"])["prompt_tokens"] == answer["usage"]["prompt_tokens"] > 0


def test_its_own_errors_come_through(wide, before):
    gateway = before(wide, "small", "nobody")
    status, _, body = gateway.chat("nobody", max_tokens=1)
    assert status == 404 and "nobody" in json.loads(body)["error"]["message"]
    status, _, body = gateway.call("POST", "/v1/chat/completions", {"model": "small", "messages": []})
    assert status == 400 and "messages" in json.loads(body)["error"]["message"]


def test_a_client_that_leaves_frees_its_slot(narrow, before):
    gateway = before(narrow, "small")
    assert gateway.chat("small", max_tokens=1)[0] == 200
    link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    link.request("POST", "/v1/chat/completions", json.dumps({
        "model": "small", "stream": True, "max_tokens": 4000, "messages": [{"role": "user", "content": "All of it."}]}),
        {"authorization": f"Bearer {gateway.root_key}", "content-type": "application/json"})
    answer = link.getresponse()
    assert answer.readline().startswith(b"data: ")
    log = len(narrow.text)
    link.sock.shutdown(socket.SHUT_RDWR)
    link.close()
    narrow.says("/v1/chat/completions", start=log)  # its line about a request that has ended
    assert gateway.chat("small", max_tokens=1)[0] == 200
    row = Books(gateway).row(answer.headers["x-request-id"], 5)
    assert (row["http_status"], row["result_status"]) == (499, "client_gone")
    assert 0 < row["completion_tokens"] < 4000 and row["usage_source"] == "partial"


def test_a_client_that_leaves_during_a_load_harms_nobody(narrow, before):
    gateway = before(narrow)
    loads = narrow.loads()
    body = json.dumps({"model": "large", "max_tokens": 1, "messages": [{"role": "user", "content": "Hello!"}]}).encode()
    with socket.create_connection(("127.0.0.1", gateway.port)) as link:
        link.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: "
                     b"Bearer " + gateway.root_key.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        eventually(lambda: narrow.loads() > loads, 20, "a load")
    answers = []
    with concurrent.futures.ThreadPoolExecutor(3) as clients:
        answers = list(clients.map(lambda model: gateway.chat(model, max_tokens=2)[0], ["large", "large", "small"]))
    assert answers == [200, 200, 200]


def test_a_cold_answer_takes_as_long_as_it_takes(narrow, before):
    """The first bytes come late; nothing on the way gives up or asks twice."""
    gateway = before(narrow, limits={"first_token": "60s"})
    loads = narrow.loads()
    begun = time.monotonic()
    for model in MODELS:
        assert gateway.chat(model, max_tokens=1)[0] == 200
    assert narrow.loads() == loads + 3 and time.monotonic() - begun > 0.5
    books = Books(gateway)
    eventually(lambda: books.count() == 3, 5, "three rows")
    assert [row["attempts"] for row in books.rows()] == [1, 1, 1]
