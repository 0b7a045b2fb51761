# SPDX-License-Identifier: MIT
"""What a client sees when a provider misbehaves, and that the next request is served."""

import concurrent.futures
import http.client
import json
import time

import pytest

from support.books import Books
from support.programs import eventually, provider

MODEL = "chat:speed=0,prefill=0,tokens=24"
NO_MONEY = json.dumps({"error": {"message": "You exceeded your current quota.", "type": "insufficient_quota",
                                 "param": None, "code": "insufficient_quota"}})


@pytest.fixture
def pair(house):
    cloud = house.simulate(MODEL)
    gateway = house.serve([provider("cloud", cloud, "chat", parallel=2)], limits={"first_token": "1s", "idle": "1s"})
    yield cloud, gateway
    cloud.clear_faults()
    status, _, text = gateway.chat("chat")
    assert status == 200, f"the next request was not served: {status} {text}"


def failed(gateway, **fields):
    status, headers, text = gateway.chat("chat", **fields)
    error = json.loads(text)["error"]
    assert set(error) >= {"message", "type", "param", "code"}
    return status, error["code"], headers


@pytest.mark.parametrize("code", [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529])
def test_a_providers_status_is_relayed_with_its_body(pair, code):
    cloud, gateway = pair
    cloud.add_fault("status", model="chat", code=code, body='{"odd":true}')
    status, _, text = gateway.chat("chat")
    assert (status, text) == (code, b'{"odd":true}')


def test_a_providers_rate_limit_keeps_its_retry_after(pair):
    cloud, gateway = pair
    cloud.add_fault("status", model="chat", code=429, retry_after_s=1)
    status, headers, _ = gateway.chat("chat", headers={"x-logos-timeout": "0.5"})  # no time to come back
    assert (status, headers["retry-after"]) == (429, "1")


@pytest.mark.parametrize("stream", [True, False])
def test_that_a_providers_account_is_empty_is_heard_at_once_by_all_who_wait(pair, stream):
    cloud, gateway = pair
    cloud.add_fault("status", model="chat", code=429, body=NO_MONEY)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: gateway.chat("chat", stream=stream), range(12)))
    assert time.monotonic() - began < 30, "as if it were busy"
    assert {(status, text) for status, _, text in answers} == {(429, NO_MONEY.encode())}
    assert len(cloud.requests("chat")) == 12, "each is asked once"
    rows = Books(gateway)
    eventually(lambda: rows.count() == 12, 5, "twelve rows")
    assert {row["http_status"] for row in rows.by_id().values()} == {429}


def test_a_provider_whose_account_is_empty_leaves_its_requests_to_another(house):
    empty, good = house.simulate(MODEL), house.simulate(MODEL)
    gateway = house.serve([provider("empty", empty, "chat"), provider("good", good, "chat")])
    empty.add_fault("status", model="chat", code=429, body=NO_MONEY)
    began = time.monotonic()
    for stream in (True, False) * 3:
        status, headers, text = gateway.chat("chat", stream=stream)
        assert (status, headers.get("x-logos-provider")) == (200, "good"), text
    assert time.monotonic() - began < 30, "as if it were busy"
    assert empty.requests("chat"), "it was asked, too"
    rows = Books(gateway)
    eventually(lambda: rows.count() == 6, 5, "six rows")
    assert {row["http_status"] for row in rows.by_id().values()} == {200}


@pytest.mark.parametrize("kind", ["cut_before_head", "reset", "garbage"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_provider_that_gives_no_answer_is_a_bad_gateway(pair, kind, stream):
    cloud, gateway = pair
    cloud.add_fault(kind, model="chat")
    status, code, headers = failed(gateway, stream=stream)
    assert status == 502 and code.startswith("upstream_")
    row = Books(gateway).row(headers["x-request-id"])
    assert (row["http_status"], row["result_status"]) == (502, "error")


@pytest.mark.parametrize("stream", [True, False])
def test_a_provider_that_hangs_is_a_gateway_timeout(pair, stream):
    cloud, gateway = pair
    cloud.add_fault("hang", model="chat")
    status, code, headers = failed(gateway, stream=stream)
    assert (status, code) == (504, "first_token_timeout")
    assert Books(gateway).row(headers["x-request-id"])["result_status"] == "timeout"
    eventually(lambda: cloud.requests()[-1]["outcome"] == "aborted", 2, "the abort of the hanging request")


@pytest.mark.parametrize("kind, code", [("cut_mid_stream", "upstream_cut"), ("reset", "upstream_cut"),
                                        ("hang_after_chunks", "idle_timeout")])
def test_a_stream_that_breaks_off_is_seen_to_break_off(pair, kind, code):
    cloud, gateway = pair
    cloud.add_fault(kind, model="chat", after_chunks=5)
    link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    link.request("POST", "/v1/chat/completions", json.dumps({"model": "chat", "stream": True, "messages": []}),
                 {"authorization": f"Bearer {gateway.root_key}", "content-type": "application/json"})
    answer = link.getresponse()
    request_id, text, whole = answer.headers["x-request-id"], b"", True
    try:
        while piece := answer.read1():
            text += piece
    except (http.client.IncompleteRead, OSError):
        whole = False
    assert text.count(b'"content":"') >= 5 and b"[DONE]" not in text
    assert not whole or b'"error"' in text, "the client cannot tell that this is not the end"
    row = Books(gateway).row(request_id)
    assert row["error_code"] == code
    assert row["usage_source"] == "partial" and row["completion_tokens"] > 0


def test_an_answer_in_one_piece_that_breaks_off_is_seen_to_break_off(pair):
    cloud, gateway = pair
    cloud.add_fault("cut_mid_stream", model="chat", after_chunks=5)
    try:
        status, _, text = gateway.chat("chat")
    except (http.client.IncompleteRead, OSError):
        return
    assert status == 502, text


@pytest.mark.parametrize("kind", ["malformed_sse", "error_in_stream", "no_done", "no_usage", "usage_every_chunk"])
def test_an_odd_stream_is_relayed_as_it_is(pair, kind):
    cloud, gateway = pair
    cloud.add_fault(kind, model="chat", after_chunks=3)
    status, headers, text = gateway.chat("chat", stream=True)
    assert status == 200
    assert (b"[DONE]" in text) == (kind not in ("no_done", "error_in_stream"))
    assert (b"simulated fault" in text) == (kind == "error_in_stream")
    row = Books(gateway).row(headers["x-request-id"])
    source = {"no_usage": "estimated", "error_in_stream": row["usage_source"]}.get(kind, "provider")
    assert row["usage_source"] == source
    if kind == "usage_every_chunk":
        assert row["completion_tokens"] == 24, "the last of several usages counts"


def test_a_slow_provider_is_waited_for(pair):
    cloud, gateway = pair
    cloud.add_fault("slow", model="chat", delay_ms=300)
    assert gateway.chat("chat")[0] == 200


def test_a_provider_that_is_not_there_is_a_bad_gateway(house):
    gone = house.simulate(MODEL)
    gateway = house.serve([provider("gone", gone, "chat")])
    gone.terminate()
    status, _, text = gateway.chat("chat")
    assert status in (502, 503) and "error" in json.loads(text)
    known = eventually(lambda: (answer := gateway.chat("chat"))[0] == 503 and answer, 30, "that it is known to be away")
    assert 1 <= int(known[1]["retry-after"]) <= 30, "by when it is looked at again"


def test_a_provider_that_comes_back_is_used_again(house):
    cloud = house.simulate(MODEL)
    gateway = house.serve([provider("cloud", cloud, "chat")])
    assert gateway.chat("chat")[0] == 200
    cloud.terminate()
    assert gateway.chat("chat")[0] in (502, 503)
    house.simulate(MODEL, port=cloud.port)
    eventually(lambda: gateway.chat("chat")[0] == 200, 15, "service after the return")


def test_a_pooled_connection_that_went_stale_costs_no_request(house):
    cloud = house.simulate(MODEL)
    gateway = house.serve([provider("cloud", cloud, "chat")])
    assert gateway.chat("chat")[0] == 200
    cloud.terminate()
    house.simulate(MODEL, port=cloud.port)
    assert gateway.chat("chat")[0] == 200


@pytest.mark.parametrize("fault", ["cut_before_head", "reset", "garbage", "gone"])
@pytest.mark.parametrize("stream", [True, False])
def test_another_provider_of_the_model_takes_over_before_the_first_byte(house, fault, stream):
    bad, good = house.simulate(MODEL), house.simulate(MODEL)
    gateway = house.serve([provider("bad", bad, "chat"), provider("good", good, "chat")])
    if fault == "gone":
        bad.terminate()
    else:
        bad.add_fault(fault, model="chat")
    for _ in range(6):
        status, headers, text = gateway.chat("chat", stream=stream)
        assert (status, headers.get("x-logos-provider")) == (200, "good"), text
    ids = Books(gateway)
    eventually(lambda: ids.count() == 6, 3, "six rows")
    assert {row["http_status"] for row in ids.by_id().values()} == {200}


def test_both_of_two_providers_are_used(house):
    first, second = house.simulate("chat:speed=100,prefill=0,tokens=10"), house.simulate("chat:speed=100,prefill=0,tokens=10")
    gateway = house.serve([provider("first", first, "chat", parallel=1), provider("second", second, "chat", parallel=1)])
    from support.load import Load
    load = Load(gateway, "chat", clients=6)
    eventually(lambda: len(load.finished()) > 20, 20, "20 answers")
    load.stop()
    assert not load.failures()
    assert first.stats()["total"]["started"] > 5 and second.stats()["total"]["started"] > 5
    assert first.stats()["total"]["max_in_flight"] == second.stats()["total"]["max_in_flight"] == 1
